import { sum } from '../../../src/base/maths.ts'
import { percent } from '../../../src/base/text.ts'
import type { ConfusionMatrix } from '../../../src/protocol/evaluation.ts'

export type Norm = 'counts' | 'row' | 'column' | 'all'

export interface Cell {
  readonly label: number
  readonly predicted: number
}

/** How often each class is taken for each; every cell opens its images. */
export function Confusion({
  matrix,
  classNames,
  norm,
  cell,
  onCell,
}: {
  readonly matrix: ConfusionMatrix
  readonly classNames: readonly string[]
  readonly norm: Norm
  readonly cell: Cell | null
  readonly onCell: (cell: Cell) => void
}) {
  const shares = sharesOf(matrix, norm === 'counts' ? 'row' : norm)
  const most = Math.max(...shares.flat(), 1e-9)
  return (
    <div className="wide">
      <table className="confusion">
        <caption className="quiet">Rows are labels, columns what the network says.</caption>
        <thead>
          <tr>
            <td />
            {classNames.map(name => (
              <th scope="col" key={name}>
                <span>{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {matrix.map((row, label) => (
            <tr key={classNames[label]}>
              <th scope="row">{classNames[label]}</th>
              {row.map((count, predicted) => {
                const share = shares[label]![predicted]!
                const text = norm === 'counts' ? String(count) : percent(share, 1).replace(' %', '')
                const isOn = cell?.label === label && cell.predicted === predicted
                return (
                  <td
                    key={classNames[predicted]}
                    style={{ background: shade(share / most, label === predicted) }}
                  >
                    <button
                      type="button"
                      aria-pressed={isOn}
                      aria-label={`${classNames[label]} taken for ${classNames[predicted]}: ${count}`}
                      disabled={count === 0}
                      onClick={() => onCell({ label, predicted })}
                    >
                      {count === 0 ? '·' : text}
                    </button>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Small mistakes are to be seen, too: the root of the share. */
function shade(share: number, isRight: boolean): string {
  const strength = Math.round(42 * Math.sqrt(share))
  return `color-mix(in srgb, var(${isRight ? '--accent' : '--bad'}) ${strength}%, transparent)`
}

function sharesOf(matrix: ConfusionMatrix, by: Exclude<Norm, 'counts'>): number[][] {
  const rows = matrix.map(sum)
  const columns = matrix.map((_, k) => sum(matrix.map(row => row[k]!)))
  const all = sum(rows)
  return matrix.map((row, i) =>
    row.map((count, k) => {
      const of = by === 'all' ? all : by === 'row' ? rows[i]! : columns[k]!
      return of === 0 ? 0 : count / of
    }),
  )
}
