import { sum } from '../../base/maths.ts'
import type { ClassificationReport, ConfusionMatrix, ReportRow } from '../../protocol/evaluation.ts'
import { pythonFixed } from './python-number.ts'

/** What stands where something is divided by zero; NaN is left out of averages. */
export type ZeroDivision = 0 | 1 | typeof NaN

/**
 * Precision, recall, F1 and support of every class, and their averages.
 * Source: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.classification_report.html.
 *
 * @example
 * classificationReport([[3, 1], [0, 4]], ['cat', 'dog']).classes[1].precision // 0.8
 */
export function classificationReport(
  matrix: ConfusionMatrix,
  classNames: readonly string[],
  { zeroDivision = 0 }: { readonly zeroDivision?: ZeroDivision } = {},
): ClassificationReport {
  const divide = (a: number, b: number): number => (b === 0 ? zeroDivision : a / b)
  const classes = matrix.map((row, i) => {
    const hits = row[i]!
    const support = sum(row)
    const predicted = sum(matrix.map(other => other[i]!))
    return {
      name: classNames[i]!,
      precision: divide(hits, predicted),
      recall: divide(hits, support),
      f1Score: divide(2 * hits, predicted + support),
      support,
    }
  })
  const support = sum(classes.map(row => row.support))
  const average = (weightOf: (row: ReportRow) => number): ReportRow => {
    const weights = classes.map(weightOf)
    const of = (name: 'precision' | 'recall' | 'f1Score'): number =>
      mean(
        classes.map(row => row[name]),
        weights,
      )
    return { precision: of('precision'), recall: of('recall'), f1Score: of('f1Score'), support }
  }
  return {
    classes,
    accuracy: divide(sum(matrix.map((row, i) => row[i]!)), support),
    support,
    macroAverage: average(() => 1),
    weightedAverage: average(row => row.support),
  }
}

/**
 * A report as text, in scikit-learn's layout to the character (`sklearn.metrics.classification_report`), a line break at
 * its end included.
 *
 * @example
 * formatReport(classificationReport([[3, 1], [0, 4]], ['cat', 'dog'])).split('\n')[2] // '         cat       1.00      0.75      0.86         4'
 */
export function formatReport(
  { classes, accuracy, support, macroAverage, weightedAverage }: ClassificationReport,
  { digits = 2 }: { readonly digits?: number } = {},
): string {
  const width = Math.max(...classes.map(({ name }) => [...name].length), 'weighted avg'.length, digits)
  const line = (name: string, cells: readonly string[]): string =>
    `${' '.repeat(width - [...name].length)}${name} ${cells.map(cell => ` ${cell.padStart(9)}`).join('')}\n`
  const row = (name: string, values: ReportRow): string =>
    line(name, [
      ...[values.precision, values.recall, values.f1Score].map(value => pythonFixed(value, digits)),
      countOf(values.support),
    ])
  // If no prediction is right, scikit-learn's counts are floats.
  const nothingRight = accuracy === 0
  const countOf = (value: number): string => `${value}${nothingRight ? '.0' : ''}`
  return [
    line('', ['precision', 'recall', 'f1-score', 'support']),
    '\n',
    ...classes.map(values => row(values.name, values)),
    '\n',
    line('accuracy', ['', '', pythonFixed(accuracy, digits), countOf(support)]),
    row('macro avg', macroAverage),
    row('weighted avg', weightedAverage),
  ].join('')
}

/** NaN is left out; where all weights are 0 they are taken as equal. */
function mean(values: readonly number[], weights: readonly number[]): number {
  const known = values.map((_, i) => i).filter(i => !Number.isNaN(values[i]))
  if (known.length === 0) return NaN
  const total = sum(known.map(i => weights[i]!))
  if (total === 0) return sum(known.map(i => values[i]!)) / known.length
  return sum(known.map(i => values[i]! * weights[i]!)) / total
}
