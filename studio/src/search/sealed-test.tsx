import { mean } from '../../../src/base/maths.ts'
import { percent, plural } from '../../../src/base/text.ts'
import type { StudyView } from '../../../src/protocol/study.ts'
import { tableOf } from '../../../src/protocol/table.ts'
import { TableView } from '../parts/table-view.tsx'

/** What the test images say, or that they were kept away from the search. */
export function SealedTest({ view: { final, looks, name, state } }: { readonly view: StudyView }) {
  return (
    <section aria-label="Sealed test" className="stack close">
      <h2>Sealed test</h2>
      {final === null ? (
        <>
          <p className="measure">Closed: the search chooses by validation images alone. {looksText(looks)}</p>
          {state !== 'running' && (
            <>
              <p>Open it once, when you have chosen:</p>
              <pre className="code">heddle search --resume {name} --final</pre>
            </>
          )}
        </>
      ) : (
        <>
          <TableView
            table={tableOf(final, [
              ['trial', 'Configuration', ({ trial }) => `trial ${trial}`],
              [
                'mean',
                'Test accuracy',
                ({ runs }) => (runs.length > 0 ? mean(runs.map(run => run.testAccuracy)) : null),
                percent,
              ],
              [
                'seeds',
                'By seed',
                ({ runs }) => ({
                  value: '',
                  runs: runs.map(({ run, seed, testAccuracy }) => ({
                    id: run,
                    text: `${percent(testAccuracy)} (seed ${seed})`,
                  })),
                }),
              ],
            ])}
          />
          <p className="quiet">{looksText(looks)}</p>
        </>
      )}
    </section>
  )
}

/** Tests at the end of runs, evaluations, comparisons and reports, and `--final` of searches. */
function looksText(looks: number): string {
  if (looks === 0) return 'The test images of this data have not been looked at yet.'
  const times = looks === 1 ? 'once' : plural(looks, 'time')
  return `The test images of this data have been looked at ${times}, by everything in this store together.`
}
