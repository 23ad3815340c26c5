import { HeddleError } from '../../base/errors.ts'
import { argMax, sum } from '../../base/maths.ts'
import type { ConfusionMatrix, OneVsRest } from '../../protocol/evaluation.ts'

/**
 * The class of each row of outputs: the largest, the first of equals.
 *
 * `outputs` is `[count, classes]`, row by row, as `predict` gives it.
 *
 * @example
 * predictedClasses(Float32Array.of(0.2, 0.8, 0.5, 0.5), 2) // Int32Array.of(1, 0)
 */
export function predictedClasses(outputs: ArrayLike<number>, classCount: number): Int32Array {
  const count = outputs.length / classCount
  return Int32Array.from({ length: count }, (_, i) => argMax(outputs, i * classCount, classCount))
}

/**
 * Counts every pair of a label and a prediction.
 * Throws a `HeddleError` if the lists differ in length, or a number is not a class.
 * Source: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.confusion_matrix.html.
 *
 * @example
 * confusionMatrix(Int32Array.of(0, 1, 1), Int32Array.of(0, 1, 0), 2) // [[1, 0], [1, 1]]
 */
export function confusionMatrix(
  labels: Int32Array,
  predictions: Int32Array,
  classCount: number,
): ConfusionMatrix {
  if (labels.length !== predictions.length) {
    throw new HeddleError(`There are ${labels.length} labels, but ${predictions.length} predictions.`)
  }
  const matrix = Array.from({ length: classCount }, () => Array<number>(classCount).fill(0))
  labels.forEach((label, i) => {
    const predicted = predictions[i]!
    const row = matrix[label]
    if (row?.[predicted] === undefined) {
      throw new HeddleError(
        `Example ${i} has the label ${label} and the prediction ${predicted}, but there are ${classCount} ` +
          `classes (0 to ${classCount - 1}).`,
      )
    }
    row[predicted]++
  })
  return matrix
}

/**
 * Each class as if it were a problem of its own: is it this one, or not?
 *
 * @example
 * oneVsRest([[3, 1], [0, 4]])[0].accuracy // 0.875
 */
export function oneVsRest(matrix: ConfusionMatrix): OneVsRest[] {
  const all = sum(matrix.map(sum))
  return matrix.map((row, i) => {
    const truePositives = row[i]!
    const falseNegatives = sum(row) - truePositives
    const falsePositives = sum(matrix.map(other => other[i]!)) - truePositives
    const trueNegatives = all - truePositives - falseNegatives - falsePositives
    return {
      truePositives,
      falsePositives,
      falseNegatives,
      trueNegatives,
      accuracy: all === 0 ? 0 : (truePositives + trueNegatives) / all,
      recall: sum(row) === 0 ? null : truePositives / sum(row),
    }
  })
}

/** The share of examples on the diagonal. */
export function accuracyOf(matrix: ConfusionMatrix): number {
  return sum(matrix.map((row, i) => row[i]!)) / sum(matrix.map(sum))
}
