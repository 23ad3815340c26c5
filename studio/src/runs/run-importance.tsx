import { plural } from '../../../src/base/text.ts'
import type { RunImportance as Answer, RunRow } from '../../../src/protocol/studio.ts'
import { send } from '../api.ts'
import { Problem } from '../parts/messages.tsx'
import { useCurrent } from '../parts/use-loaded.ts'
import type { Axis } from '../points/axes.ts'
import { ImportanceBars } from '../points/importance.tsx'

/** A list that is being filtered changes with each letter. */
const PAUSE_MS = 300

/** Which options the best of some runs differ in from the others. */
export function RunImportance({
  rows,
  measure,
}: {
  readonly rows: readonly RunRow[]
  readonly measure: Axis<RunRow>
}) {
  const measured = rows.filter(row => measure.at(row) !== null).map(({ id }) => id)
  const ask = { runs: measured, measure: measure.id }
  const { data, error } = useCurrent<Answer>(
    measured.length > 1 ? JSON.stringify(ask) : null,
    signal => send('POST', '/importance', ask, signal),
    { pauseMs: PAUSE_MS },
  )
  return (
    <section className="card" aria-label="Importance">
      <h2>What matters for {measure.title}</h2>
      <Problem error={error} />
      {data && data.shares.length > 0 ? (
        <>
          <p className="quiet">
            From {plural(data.configurations, 'configuration')}: how far the best tenth of them differs in
            each option from all of them. {data.warning}
          </p>
          <ImportanceBars shares={data.shares} />
        </>
      ) : (
        <p className="quiet">
          {data || measured.length < 2
            ? 'These runs do not differ in any option. Choose runs of several configurations.'
            : 'Counting …'}
        </p>
      )}
    </section>
  )
}
