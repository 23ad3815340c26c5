import { count } from '../../../src/base/text.ts'
import type { ConfusedPair } from '../../../src/protocol/evaluation.ts'
import type { Cell } from './confusion.tsx'

/** Which class is most often taken for which, where a matrix would be too large; a pair can be chosen. */
export function ConfusedPairs({
  pairs,
  classNames,
  cell,
  onCell,
}: {
  readonly pairs: readonly ConfusedPair[]
  readonly classNames: readonly string[]
  readonly cell: Cell | null
  readonly onCell: (cell: Cell | undefined) => void
}) {
  return (
    <div className="wide">
      <table className="plain-table numbers named">
        <thead>
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Taken for</th>
            <th scope="col">Images</th>
          </tr>
        </thead>
        <tbody>
          {pairs.map(pair => {
            const label = classNames.indexOf(pair.label)
            const predicted = classNames.indexOf(pair.predicted)
            const isChosen = cell?.label === label && cell.predicted === predicted
            return (
              <tr key={`${label},${predicted}`} className={isChosen ? 'on' : undefined}>
                <th scope="row">
                  <button
                    type="button"
                    className="plain"
                    aria-pressed={isChosen}
                    onClick={() => onCell(isChosen ? undefined : { label, predicted })}
                  >
                    {pair.label}
                  </button>
                </th>
                <td>{pair.predicted}</td>
                <td>{count(pair.count)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
