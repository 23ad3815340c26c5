import { useMemo, useState } from 'react'
import type { ModelEvaluation } from '../../../src/protocol/evaluation.ts'
import { pairsTable } from '../../../src/show/evaluation-section.ts'
import { ClassSearch, classesFound } from '../parts/class-search.tsx'
import { TableView } from '../parts/table-view.tsx'
import { confusedWith, type TestPredictions } from './predictions.ts'

const MOST_SHOWN = 20

interface Cell {
  readonly label: number
  readonly predicted: number
}

/** Which of many classes are taken for which most often: all, or those with a class that you look for. A pair leads to its images. */
export function ConfusedPairs({
  evaluation: { mostConfused, classNames },
  predictions,
  isChosen,
  onChoose,
}: {
  readonly evaluation: Pick<ModelEvaluation, 'mostConfused' | 'classNames'>
  /** `null`: on their way. */
  readonly predictions: TestPredictions | null
  readonly isChosen: (cell: Cell) => boolean
  readonly onChoose: (cell: Cell) => void
}) {
  const [text, setText] = useState('')
  const found = useMemo(() => classesFound(text, classNames, MOST_SHOWN), [text, classNames])
  const pairs = useMemo(() => {
    if (found === null || predictions === null) return mostConfused.slice(0, MOST_SHOWN)
    return confusedWith(predictions, new Set(found))
      .slice(0, MOST_SHOWN)
      .map(({ label, predicted, count }) => ({
        label: classNames[label]!,
        predicted: classNames[predicted]!,
        count,
      }))
  }, [found, classNames, predictions, mostConfused])
  const cellOf = (row: number): Cell => {
    const { label, predicted } = pairs[row]!
    return { label: classNames.indexOf(label), predicted: classNames.indexOf(predicted) }
  }
  return (
    <>
      <header className="card-head">
        <h2>Most confused pairs</h2>
        <ClassSearch
          text={text}
          of={classNames.length}
          label="Find a class among the pairs"
          onChange={setText}
        />
      </header>
      {found?.length === 0 ? (
        <p className="quiet">No class has this name.</p>
      ) : found && predictions === null ? (
        <p className="quiet">Loading the predictions …</p>
      ) : pairs.length === 0 ? (
        <p className="quiet">
          All test images of such classes are recognised, and no other image is taken for one.
        </p>
      ) : (
        <TableView
          table={pairsTable({ mostConfused: pairs }, MOST_SHOWN)}
          pick={{
            canPick: (_, column) => column === 0,
            isChosen: row => isChosen(cellOf(row)),
            onPick: row => onChoose(cellOf(row)),
          }}
        />
      )}
    </>
  )
}
