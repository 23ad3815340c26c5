import { Empty } from '../parts/messages.tsx'

export function NewRunView() {
  return <Empty title="Not here yet" />
}
