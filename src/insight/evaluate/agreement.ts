import { sum } from '../../base/maths.ts'
import type { ConfusionMatrix } from '../../protocol/evaluation.ts'

/**
 * Cohen's kappa: how far labels and predictions agree beyond what their frequencies alone would give,
 * (observed − expected) / (1 − expected). NaN where chance alone gives full agreement.
 * Source: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.cohen_kappa_score.html.
 *
 * @example
 * cohensKappa([[3, 1], [1, 3]]) // 0.5
 */
export function cohensKappa(matrix: ConfusionMatrix): number {
  const { correct, all, chance } = totals(matrix)
  const expected = chance / all ** 2
  return (correct / all - expected) / (1 - expected)
}

/**
 * Matthews' correlation of labels and predictions, over several classes (Gorodkin's R_K): from −1 to 1; 0 where one of
 * the two never changes.
 * Source: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.matthews_corrcoef.html.
 *
 * @example
 * matthewsCorrelation([[3, 1], [1, 3]]) // 0.5
 */
export function matthewsCorrelation(matrix: ConfusionMatrix): number {
  const { correct, all, chance, rows, columns } = totals(matrix)
  const spread = (of: readonly number[]): number => all ** 2 - sum(of.map(n => n ** 2))
  const both = spread(rows) * spread(columns)
  return both === 0 ? 0 : (correct * all - chance) / Math.sqrt(both)
}

function totals(matrix: ConfusionMatrix) {
  const rows = matrix.map(sum)
  const columns = matrix.map((_, k) => sum(matrix.map(row => row[k]!)))
  return {
    rows,
    columns,
    all: sum(rows),
    correct: sum(matrix.map((row, i) => row[i]!)),
    chance: sum(rows.map((n, i) => n * columns[i]!)),
  }
}
