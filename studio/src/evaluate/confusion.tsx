import type { ConfusionMatrix } from '../../../src/protocol/evaluation.ts'
import { count } from '../parts/format.ts'
import { setQuery } from '../router.tsx'

/** The confusion matrix: a cell shows its images, a name those of its row or column. */
export function Confusion({
  matrix,
  classNames,
  shares,
  label,
  predicted,
}: {
  readonly matrix: ConfusionMatrix
  readonly classNames: readonly string[]
  /** What counts are divided by. */
  readonly shares: 'none' | 'row' | 'column'
  readonly label: number | null
  readonly predicted: number | null
}) {
  const rows = matrix.map(row => row.reduce((sum, n) => sum + n, 0))
  const columns = matrix[0]!.map((_, j) => matrix.reduce((sum, row) => sum + row[j]!, 0))
  const choose = (i: number | null, j: number | null): void => {
    const isSame = i === label && j === predicted
    setQuery({
      label: isSame || i === null ? undefined : classNames[i],
      predicted: isSame || j === null ? undefined : classNames[j],
    })
  }
  const textOf = (i: number, j: number): string => {
    const n = matrix[i]![j]!
    if (shares === 'none') return n === 0 ? '·' : count(n)
    const whole = (shares === 'row' ? rows[i]! : columns[j]!) || 1
    return n === 0 ? '·' : ((100 * n) / whole).toFixed(n === whole ? 0 : 1)
  }
  return (
    <div className="confusion">
      <table>
        <thead>
          <tr>
            <td className="corner quiet">label ↓ predicted →</td>
            {classNames.map((name, j) => (
              <th key={name} scope="col">
                <button
                  type="button"
                  className="plain"
                  aria-pressed={label === null && predicted === j}
                  aria-label={`Predicted ${name}`}
                  onClick={() => choose(null, j)}
                >
                  <span>{name}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classNames.map((name, i) => (
            <tr key={name}>
              <th scope="row">
                <button
                  type="button"
                  className="plain"
                  aria-pressed={label === i && predicted === null}
                  aria-label={`Labelled ${name}`}
                  onClick={() => choose(i, null)}
                >
                  {name}
                </button>
              </th>
              {classNames.map((other, j) => {
                const share = matrix[i]![j]! / (rows[i]! || 1)
                return (
                  <td key={other}>
                    <button
                      type="button"
                      className={i === j ? 'right' : 'wrong'}
                      // A few mistakes among many images still have to be seen.
                      style={
                        {
                          '--strength': `${Math.round(100 * Math.sqrt(share) * (i === j ? 0.45 : 0.9))}%`,
                        } as object
                      }
                      aria-pressed={label === i && predicted === j}
                      aria-label={`${name} taken for ${other}: ${matrix[i]![j]}`}
                      onClick={() => choose(i, j)}
                    >
                      {textOf(i, j)}
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
