import { HeddleError } from '../base/errors.ts'

/**
 * One row per label with a 1 at the label's place: `[n]` to `[n, classCount]`.
 * Throws a `HeddleError` that names the example when a label is not one of the classes.
 *
 * @example
 * oneHot(Int32Array.of(2, 0), 3) // Float32Array [0, 0, 1, 1, 0, 0]
 */
export function oneHot(labels: Int32Array, classCount: number): Float32Array {
  const rows = new Float32Array(labels.length * classCount)
  labels.forEach((label, i) => {
    if (label < 0 || label >= classCount) {
      throw new HeddleError(
        `Example ${i} has the label ${label}, but there are ${classCount} classes (0 to ${classCount - 1}). ` +
          "Correct the label, or the number of classes (the last layer's units).",
      )
    }
    rows[i * classCount + label] = 1
  })
  return rows
}

/**
 * How many examples each class has.
 *
 * @example
 * countLabels(Int32Array.of(2, 0, 2), 3) // [1, 0, 2]
 */
export function countLabels(labels: Int32Array, classCount: number): number[] {
  const counts = Array<number>(classCount).fill(0)
  for (const label of labels) counts[label]!++
  return counts
}
