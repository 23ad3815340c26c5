import { sum } from '../base/maths.ts'
import type { ConfusionMatrix } from './evaluation.ts'

export type Normalization = 'all' | 'row' | 'column'

/**
 * Shares instead of counts: of all examples, of those with the label (`row`: the diagonal is the recall), or of those with
 * the prediction (`column`: the diagonal is the precision). A sum of 0 gives 0.
 *
 * @example
 * normalized([[3, 1], [0, 4]], 'row') // [[0.75, 0.25], [0, 1]]
 */
export function normalized(matrix: ConfusionMatrix, by: Normalization): number[][] {
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
