import { useMemo, useState } from 'react'
import { count, decimal, percent } from '../../../src/base/text.ts'
import { type ConfusionMatrix, MANY_CLASSES, type ModelEvaluation } from '../../../src/protocol/evaluation.ts'
import type { RunClasses } from '../../../src/protocol/studio.ts'
import { useGet } from '../api.ts'
import { ClassTable } from '../evaluate/class-table.tsx'
import { ConfusedPairs } from '../evaluate/confused-pairs.tsx'
import { type Cell, Confusion, type Norm } from '../evaluate/confusion.tsx'
import { RankCurves, Reliability, Robustness } from '../evaluate/curves.tsx'
import '../evaluate/evaluate.css'
import '../parts/page.css'
import { ImagePage } from '../evaluate/image-page.tsx'
import { ofCell, usePredictions } from '../evaluate/predictions.ts'
import { TestImages } from '../evaluate/test-images.tsx'
import { Empty, Problem, Warnings } from '../parts/messages.tsx'
import { RunChoice } from '../parts/run-choice.tsx'
import { go, Link, type Place, setQuery } from '../router.tsx'
import { useRuns } from '../stream/stream.ts'

/** `/evaluate/3f9a?cell=6,0&image=12`: everything about one trained network on its test images. */
export function EvaluateView({ place }: { readonly place: Place }) {
  const { rows } = useRuns()
  if (rows === null) return <p className="quiet">Reading the store …</p>
  const finished = rows.filter(({ status }) => status === 'finished')
  const wanted = place.path[1]
  const id = wanted ?? finished[0]?.id
  if (id === undefined) {
    return (
      <Empty title="Nothing to evaluate yet">
        <p>
          A run that has reached its end is needed: <Link href="/new">start one</Link>.
        </p>
      </Empty>
    )
  }
  const shown = finished.find(run => run.id.startsWith(id))
  return (
    <div className="stack evaluate">
      <div className="heading">
        <h1>Evaluate</h1>
        <RunChoice
          runs={finished.slice(0, 500)}
          chosen={shown?.id ?? id}
          onChoose={run => go(`/evaluate/${run}`)}
        />
        <Link href={`/runs/${id}`}>Its training</Link>
        <Link href={`/model?run=${id}`}>Its layers</Link>
        <Link href={`/try?run=${id}`}>Try it</Link>
      </div>
      <Evaluated key={id} id={shown?.id ?? id} query={place.query} />
    </div>
  )
}

function Evaluated({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  const { data, error, reload } = useGet<ModelEvaluation>(`/runs/${encodeURIComponent(id)}/evaluation`)
  const [chosen, setChosen] = useState<number | null>(null)
  if (error) return <Problem error={error} onRetry={reload} />
  if (!data) {
    return (
      <p className="quiet" role="status">
        Measuring on all test images …
      </p>
    )
  }
  const chosenName = chosen === null ? null : data.classNames[chosen]!
  return (
    <>
      <Numbers evaluation={data} />
      <Mistakes id={id} evaluation={data} query={query} />
      <section aria-label="Classes" className="evaluate-columns">
        <ClassTable evaluation={data} chosen={chosen} onChoose={setChosen} />
        <div className="curve-panels">
          <Reliability evaluation={data} />
          <RankCurves curves={data.curves} of="roc" chosen={chosenName} />
          <RankCurves curves={data.curves} of="precisionRecall" chosen={chosenName} />
        </div>
      </section>
      <Spoilt id={id} />
    </>
  )
}

function Numbers({ evaluation }: { readonly evaluation: ModelEvaluation }) {
  const { accuracy, interval, loss, topK, kappa, matthews, images, model, generalization, warnings } =
    evaluation
  const facts: [string, string][] = [
    ['Accuracy', percent(accuracy)],
    ['95 % interval', `${percent(interval[0])} to ${percent(interval[1])}`],
    ...Object.entries(topK).map(([k, share]): [string, string] => [`Among the first ${k}`, percent(share)]),
    ['Loss', decimal(loss)],
    ['Kappa', decimal(kappa)],
    ['Matthews', decimal(matthews)],
    ['Test images', count(images)],
    ['Parameters', count(model.params)],
  ]
  return (
    <>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="measure">
        {'refused' in generalization ? generalization.refused : generalization.sentence}
      </p>
      <Warnings warnings={warnings} />
    </>
  )
}

const norms: readonly (readonly [norm: Norm, name: string])[] = [
  ['counts', 'counts'],
  ['row', 'of the label, %'],
  ['column', 'of the prediction, %'],
  ['all', 'of all, %'],
]

/** Which class is taken for which, and the images of it. */
function Mistakes({
  id,
  evaluation,
  query,
}: {
  readonly id: string
  readonly evaluation: ModelEvaluation
  readonly query: URLSearchParams
}) {
  const { confusion, classNames, hardest, mostConfused } = evaluation
  const predictions = usePredictions(id)
  const classes = useGet<RunClasses>(`/runs/${encodeURIComponent(id)}/classes`)
  const norm = norms.find(([name]) => name === query.get('norm'))?.[0] ?? 'counts'
  const cell = cellOf(query, classNames.length)
  const image = /^\d+$/.test(query.get('image') ?? '') ? Number(query.get('image')) : null
  const indices = useMemo(
    () => (cell && predictions.data ? ofCell(predictions.data, cell) : hardest.map(({ index }) => index)),
    [cell?.label, cell?.predicted, predictions.data, hardest, cell],
  )
  const title = !cell
    ? 'Hardest images'
    : cell.label === cell.predicted
      ? `${classNames[cell.label]}, recognised`
      : `${classNames[cell.label]} taken for ${classNames[cell.predicted]}`
  const error = predictions.error ?? classes.error
  return (
    <section aria-label="Mistakes" className="evaluate-columns mistakes">
      <div>
        {isSmall(confusion) ? (
          <>
            <label className="norm">
              Confusion matrix:{' '}
              <select value={norm} onChange={event => setQuery({ norm: event.target.value })}>
                {norms.map(([value, name]) => (
                  <option key={value} value={value}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
            <Confusion
              matrix={confusion}
              classNames={classNames}
              norm={norm}
              cell={cell}
              onCell={({ label, predicted }) => {
                const isSame = cell?.label === label && cell.predicted === predicted
                setQuery({ cell: isSame ? undefined : `${label},${predicted}` }, { step: true })
              }}
            />
          </>
        ) : (
          <ConfusedPairs
            pairs={mostConfused}
            classNames={classNames}
            cell={cell}
            onCell={pair => setQuery({ cell: pair && `${pair.label},${pair.predicted}` }, { step: true })}
          />
        )}
      </div>
      <div>
        <h2 className="cell-title">
          {title}
          {cell && (
            <button
              type="button"
              className="plain"
              onClick={() => setQuery({ cell: undefined }, { step: true })}
            >
              show the hardest
            </button>
          )}
        </h2>
        {error && <Problem error={error} />}
        {predictions.data && classes.data && (
          <TestImages
            key={title}
            run={id}
            indices={indices}
            predictions={predictions.data}
            classNames={classNames}
            shape={classes.data.imageShape}
            chosen={image}
            label={title}
            onChoose={index => setQuery({ image: String(index) }, { step: true })}
          />
        )}
        {image !== null && (
          <ImagePage run={id} index={image} onClose={() => setQuery({ image: undefined }, { step: true })} />
        )}
      </div>
    </section>
  )
}

function isSmall(confusion: ModelEvaluation['confusion']): confusion is ConfusionMatrix {
  return confusion !== null && confusion.length <= MANY_CLASSES
}

function cellOf(query: URLSearchParams, classes: number): Cell | null {
  const [label, predicted] = (query.get('cell') ?? '').split(',').map(Number)
  const isClass = (k: number | undefined): k is number => Number.isInteger(k) && k! >= 0 && k! < classes
  return query.get('cell') && isClass(label) && isClass(predicted) ? { label, predicted } : null
}

/** Thirty times the test set: only when it is asked for. */
function Spoilt({ id }: { readonly id: string }) {
  const [isAsked, setAsked] = useState(false)
  const { data, error, reload } = useGet<ModelEvaluation>(
    isAsked ? `/runs/${id}/evaluation?robustness=1` : null,
  )
  return (
    <section aria-label="Robustness">
      <h2>Spoilt images</h2>
      {error && <Problem error={error} onRetry={reload} />}
      {!isAsked && (
        <p>
          <button type="button" onClick={() => setAsked(true)}>
            Shift, turn, blur and hide the test images
          </button>
        </p>
      )}
      {isAsked && !data && !error && <p className="quiet">Spoiling them in thirty ways …</p>}
      {data && <Robustness curves={data.robustness} />}
    </section>
  )
}
