import { useRuns } from '../stream/stream.ts'
import { RunChoice } from './run-choice.tsx'

/** A second network to ask about the same picture. */
export function SecondChoice({
  run,
  second,
  dataset,
  onChoose,
}: {
  /** The first one. */
  readonly run: string
  readonly second: string | null
  /** Only networks that were trained on this data; left out: all. */
  readonly dataset?: string | undefined
  readonly onChoose: (run: string | null) => void
}) {
  const { rows } = useRuns()
  const others = (rows ?? []).filter(
    row => row.status === 'finished' && row.id !== run && (dataset === undefined || row.dataset === dataset),
  )
  if (others.length === 0) return null
  return (
    <RunChoice
      label="Beside it"
      runs={others}
      chosen={second ?? ''}
      none="none"
      onChoose={id => onChoose(id || null)}
    />
  )
}
