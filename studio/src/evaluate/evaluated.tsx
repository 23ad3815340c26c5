import type { DataPage } from '../../../src/protocol/data.ts'
import type { ModelEvaluation } from '../../../src/protocol/evaluation.ts'
import { useGet } from '../api.ts'
import { useLabels } from '../data/images.ts'
import { useRunData } from '../data/use-run-data.ts'
import { count, decimal, percent, plural } from '../parts/format.ts'
import { Problem } from '../parts/messages.tsx'
import { setQuery } from '../router.tsx'
import { CellImages } from './cell-images.tsx'
import { ClassTable } from './class-table.tsx'
import { Confusion } from './confusion.tsx'
import { Curves, Reliability } from './evaluation-charts.tsx'
import { ImagePage } from './image-page.tsx'
import { type Predictions, usePredictions } from './predictions.ts'

/** All that is to be said of a run's network on its test images. */
export function Evaluated({ run, query }: { readonly run: string; readonly query: URLSearchParams }) {
  const evaluation = useGet<ModelEvaluation>(`/runs/${run}/evaluation`)
  const data = useRunData(run)
  const error = evaluation.error ?? data.error
  if (error) return <Problem error={error} onRetry={() => (evaluation.error ? evaluation : data).reload()} />
  if (!data.data) return <p className="quiet">Reading the data …</p>
  return <WithData run={run} query={query} page={data.data} evaluation={evaluation.data ?? null} />
}

function WithData({
  run,
  query,
  page,
  evaluation,
}: {
  readonly run: string
  readonly query: URLSearchParams
  readonly page: DataPage
  readonly evaluation: ModelEvaluation | null
}) {
  const labels = useLabels(page.name, 'test')
  const predictions = usePredictions(run, labels.data)
  const error = labels.error ?? predictions.error
  if (error) return <Problem error={error} />
  if (!predictions.data) return <p className="quiet">Reading the predictions …</p>
  const index = query.get('index')
  if (index !== null) {
    return (
      <ImagePage run={run} page={page} predictions={predictions.data} index={Number(index)} query={query} />
    )
  }
  if (!evaluation) return <p className="quiet">Measuring: some seconds for thousands of images …</p>
  return <Overview page={page} predictions={predictions.data} evaluation={evaluation} query={query} />
}

function Overview({
  page,
  predictions,
  evaluation,
  query,
}: {
  readonly page: DataPage
  readonly predictions: Predictions
  readonly evaluation: ModelEvaluation
  readonly query: URLSearchParams
}) {
  const { classNames } = evaluation
  const classAt = (name: string): number | null => {
    const found = classNames.indexOf(query.get(name) ?? '')
    return found < 0 ? null : found
  }
  const [label, predicted, curve] = [classAt('label'), classAt('predicted'), classAt('curve')]
  const wanted = query.get('shares')
  const shares = wanted === 'row' || wanted === 'column' ? wanted : 'none'
  return (
    <>
      <Facts evaluation={evaluation} />
      {evaluation.warnings.length > 0 && (
        <details className="notes">
          <summary>{plural(evaluation.warnings.length, 'warning')}</summary>
          <ul>
            {evaluation.warnings.map(warning => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </details>
      )}
      <div className="evaluate-grid">
        <section className="evaluate-block" aria-label="Confusion matrix">
          <div className="strip">
            <h2>Confusion</h2>
            <label>
              <span className="unseen">Numbers</span>
              <select
                value={shares}
                onChange={event =>
                  setQuery({ shares: event.target.value === 'none' ? undefined : event.target.value })
                }
              >
                <option value="none">Counts</option>
                <option value="row">% of each label (recall)</option>
                <option value="column">% of each prediction (precision)</option>
              </select>
            </label>
          </div>
          <Confusion
            matrix={evaluation.confusion}
            classNames={classNames}
            shares={shares}
            label={label}
            predicted={predicted}
          />
        </section>
        <CellImages
          page={page}
          predictions={predictions}
          classNames={classNames}
          label={label}
          predicted={predicted}
        />
        <section className="evaluate-block" aria-label="Classes">
          <h2>Classes</h2>
          <ClassTable evaluation={evaluation} chosen={curve} />
        </section>
        <div className="evaluate-charts">
          <Reliability evaluation={evaluation} />
          <Curves curves={evaluation.curves} chosen={curve} />
        </div>
      </div>
    </>
  )
}

function Facts({ evaluation }: { readonly evaluation: ModelEvaluation }) {
  const { accuracy, interval, images, loss, topK, kappa, matthews, report, calibration, generalization } =
    evaluation
  const facts: [string, string][] = [
    ['Accuracy', percent(accuracy)],
    ['95 % interval', `${percent(interval[0], 1)} to ${percent(interval[1], 1)}`],
    ['Loss', decimal(loss)],
    ...Object.entries(topK).map(([k, share]): [string, string] => [`Top ${k}`, percent(share)]),
    ['F1, mean of classes', decimal(report.macroAverage.f1Score)],
    ["Cohen's κ", decimal(kappa)],
    ['Matthews', decimal(matthews)],
    ...('refused' in calibration
      ? []
      : [['Calibration error', percent(calibration.expectedError)] as [string, string]]),
    ...('refused' in generalization
      ? []
      : [['Train less test', percent(generalization.gap)] as [string, string]]),
    ['Images', count(images)],
  ]
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
