import { useMemo, useState } from 'react'
import { plural } from '../../../src/base/text.ts'
import { type ConfusionMatrix, MANY_CLASSES, type ModelEvaluation } from '../../../src/protocol/evaluation.ts'
import {
  evaluationSection,
  type MatrixKind,
  matrixKinds,
  matrixTable,
  robustnessSection,
} from '../../../src/show/evaluation-section.ts'
import { useGet } from '../parts/use-get.ts'
import '../evaluate/evaluate.css'
import { Take } from '../charts/chart-card.tsx'
import { drawingOf } from '../charts/figure-options.ts'
import { Segmented } from '../design/segmented.tsx'
import { Skeleton } from '../design/skeleton.tsx'
import { Classes } from '../evaluate/classes.tsx'
import { ConfusedPairs } from '../evaluate/confused-pairs.tsx'
import { ImagePage } from '../evaluate/image-page.tsx'
import { MarkAll } from '../evaluate/mark-all.tsx'
import { ofCell, usePredictions } from '../evaluate/predictions.ts'
import { TestImages } from '../evaluate/test-images.tsx'
import { useMarks } from '../evaluate/use-marks.ts'
import { MapPart } from '../map/map-part.tsx'
import { Empty, Problem } from '../parts/messages.tsx'
import { RunChoice } from '../parts/run-choice.tsx'
import { SectionView } from '../parts/section-view.tsx'
import { TableView } from '../parts/table-view.tsx'
import { useTitle } from '../parts/use-title.ts'
import { go, Link, type Place, setQuery } from '../router.tsx'
import { titled } from '../runs/endings.tsx'
import { useRuns } from '../stream/stream.ts'

const parts = { results: 'Results', map: 'Map of the images' } as const

/** `/evaluate/3f9a?show=map&cell=6,0&image=12`: everything about one trained network on its test images. */
export function EvaluateView({ place }: { readonly place: Place }) {
  const { rows } = useRuns()
  if (rows === null) return <Skeleton label="Reading the store …" />
  const finished = rows.filter(({ status }) => status === 'finished')
  const wanted = place.path[1]
  const id = wanted ?? finished[0]?.id
  if (id === undefined) {
    return (
      <Empty heading="h1" icon="target" title="Nothing to evaluate yet">
        <p>
          You need a finished run: <Link href="/new">start one</Link>.
        </p>
      </Empty>
    )
  }
  const shown = finished.find(run => run.id.startsWith(id))
  const show = place.query.get('show') === 'map' ? 'map' : 'results'
  return (
    <div className="flow evaluate">
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
      <nav className="tabs" aria-label="Parts of the page">
        {Object.entries(parts).map(([part, title]) => (
          <Link
            key={part}
            href={part === 'results' ? '?' : `?show=${part}`}
            aria-current={part === show ? 'true' : undefined}
          >
            {title}
          </Link>
        ))}
      </nav>
      {show === 'map' ? (
        <MapPart run={shown?.id ?? id} query={place.query} />
      ) : (
        <Evaluated
          key={id}
          id={shown?.id ?? id}
          query={place.query}
          title={`Evaluate ${shown ? titled(shown) : id}`}
        />
      )}
    </div>
  )
}

function Evaluated({
  id,
  query,
  title,
}: {
  readonly id: string
  readonly query: URLSearchParams
  readonly title: string
}) {
  useTitle(title)
  const { data, error, reload } = useGet<ModelEvaluation>(`/runs/${encodeURIComponent(id)}/evaluation`)
  if (error) return <Problem error={error} onRetry={reload} />
  if (!data) {
    return <Skeleton label="Measuring on all test images …" rows={20} />
  }
  return (
    <>
      <SectionView
        section={evaluationSection(data)}
        instead={{
          confusion: () => <Mistakes id={id} evaluation={data} query={query} />,
          classes: block => <Classes evaluation={data} section={block} />,
          // The mistakes begin with them.
          hardest: () => null,
        }}
      />
      <Spoilt id={id} />
    </>
  )
}

interface Cell {
  readonly label: number
  readonly predicted: number
}

const kindNames: Readonly<Record<MatrixKind, string>> = {
  counts: 'Counts',
  row: '% of the label',
  column: '% of the prediction',
  all: '% of all',
}

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
  const { confusion, classNames, hardest } = evaluation
  const predictions = usePredictions(id)
  const marks = useMarks(id)
  const norm = matrixKinds.find(kind => kind === query.get('norm')) ?? 'counts'
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
  const isSame = ({ label, predicted }: Cell): boolean =>
    cell?.label === label && cell.predicted === predicted
  const choose = (one: Cell): void =>
    setQuery({ cell: isSame(one) ? undefined : `${one.label},${one.predicted}` }, { step: true })
  const matrix = useMemo(
    () => (isSmall(confusion) ? matrixTable(confusion, classNames, norm) : null),
    [confusion, classNames, norm],
  )
  return (
    <section aria-label="Mistakes" className="columns evaluate-columns mistakes">
      <div className="card">
        {matrix && isSmall(confusion) ? (
          <>
            <header className="card-head">
              <h2>Confusion matrix</h2>
              <Segmented
                label="Numbers of the confusion matrix"
                of={kindNames}
                value={norm}
                onChange={kind => setQuery({ norm: kind })}
              />
              <Take title="Confusion matrix" drawing={palette => drawingOf(matrix, palette)} />
            </header>
            <TableView
              className="confusion"
              table={matrix}
              pick={{
                canPick: (label, column) => column > 0 && confusion[label]![column - 1]! > 0,
                isChosen: (label, column) => cell?.label === label && cell.predicted === column - 1,
                onPick: (label, column) => choose({ label, predicted: column - 1 }),
                label: (label, column) =>
                  `${classNames[label]} taken for ${classNames[column - 1]}: ${confusion[label]![column - 1]}`,
              }}
            />
            <p className="quiet">Rows are labels, columns are predictions.</p>
          </>
        ) : (
          <ConfusedPairs
            evaluation={evaluation}
            predictions={predictions.data}
            isChosen={isSame}
            onChoose={choose}
          />
        )}
      </div>
      <div className="card">
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
        <Problem error={predictions.error} />
        {marks && cell && indices.length > 0 && <MarkAll marks={marks} indices={indices} what={title} />}
        {marks && marks.count > 0 && (
          <p className="strip">
            <span>{plural(marks.count, 'label')} corrected.</span>
            <Link className="button main" href={`/data/run:${id}?show=corrections&again=${id}`}>
              Train again with them
            </Link>
          </p>
        )}
        {predictions.data && (
          <TestImages
            key={title}
            run={id}
            indices={indices}
            predictions={predictions.data}
            chosen={image}
            label={title}
            marked={marks?.marked}
            onChoose={index => setQuery({ image: String(index) }, { step: true })}
          />
        )}
        {image !== null && (
          <ImagePage
            run={id}
            index={image}
            among={indices}
            predictions={predictions.data}
            marks={marks}
            onOpen={index => setQuery({ image: String(index) })}
            onClose={() => setQuery({ image: undefined }, { step: true })}
          />
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
    <section className="card" aria-label="Robustness">
      <h2>Distorted images</h2>
      <Problem error={error} onRetry={reload} />
      {!isAsked && (
        <p>
          <button type="button" onClick={() => setAsked(true)}>
            Shift, turn, blur and hide the test images
          </button>
        </p>
      )}
      {isAsked && !data && !error && <p className="quiet">Distorting them in thirty ways …</p>}
      {data && <SectionView section={robustnessSection([{ name: data.model.name, evaluation: data }])} />}
    </section>
  )
}
