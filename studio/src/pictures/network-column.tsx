import type { PictureSetPage } from '../../../src/protocol/pictures.ts'
import { setQuery } from '../router.tsx'
import { Result } from './result.tsx'
import { TakeAway } from './take-away.tsx'
import { Training, useOwnRuns, usePlan } from './training.tsx'
import { TryPicture } from './try-picture.tsx'
import './network.css'

/** From pictures to a network: training it, how well it does, trying it, taking it along. */
export function NetworkColumn({
  page,
  order,
  wanted,
  onSelect,
}: {
  readonly page: PictureSetPage
  readonly order: readonly string[]
  /** The run that the address names; else the newest one. */
  readonly wanted: string | null
  readonly onSelect: (pictures: readonly string[]) => void
}) {
  const plan = usePlan(page, null)
  const { runs } = useOwnRuns(plan.data)
  const finished = runs.filter(({ status }) => status === 'finished')
  const run = (finished.find(({ id }) => id === wanted) ?? finished[0])?.id ?? null
  return (
    <>
      <Training
        page={page}
        plan={plan.data}
        problem={plan.error}
        run={run}
        onRun={id => setQuery({ run: id === finished[0]?.id ? undefined : id })}
      />
      {run !== null && (
        <>
          <Result key={run} folder={page.name} run={run} order={order} onSelect={onSelect} />
          <TryPicture run={run} />
        </>
      )}
      <TakeAway page={page} run={run} />
    </>
  )
}
