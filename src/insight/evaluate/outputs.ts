/** What is odd about a network's outputs; 001's heads have all of it. */
export interface OutputDiagnosis {
  /** Classes whose output is zero or less for every example: such an output of a relu head never learns again. */
  readonly deadOutputs: number
  /** The share of examples whose label, after division by the sum, has a probability at the clip of 1e-7: loss 16.118, no gradient. */
  readonly clipped: number
  /** The share of examples whose outputs sum up to less than zero: the division turns their order around. */
  readonly negativeSums: number
  /** The share of examples whose outputs are all zero: divided by their sum they are no numbers, and neither is the loss. */
  readonly allZero: number
}

const CLIP = 1e-7

/**
 * Looks for what makes a cross-entropy on outputs that are not probabilities fail.
 *
 * `outputs` is `[count, classes]`, row by row.
 *
 * @example
 * diagnoseOutputs(Float32Array.of(0, 3, 0, 1), Int32Array.of(1, 0), 2) // { deadOutputs: 1, clipped: 0.5, negativeSums: 0, allZero: 0 }
 */
export function diagnoseOutputs(
  outputs: Float32Array,
  labels: Int32Array,
  classCount: number,
): OutputDiagnosis {
  const alive = Array<boolean>(classCount).fill(false)
  let [clipped, negative, zero] = [0, 0, 0]
  labels.forEach((label, i) => {
    const row = outputs.subarray(i * classCount, (i + 1) * classCount)
    let total = 0
    row.forEach((value, k) => {
      total += value
      if (value > 0) alive[k] = true
    })
    if (row[label]! / total <= CLIP) clipped++
    if (total < 0) negative++
    if (row.every(value => value === 0)) zero++
  })
  const count = labels.length
  return {
    deadOutputs: alive.filter(is => !is).length,
    clipped: clipped / count,
    negativeSums: negative / count,
    allZero: zero / count,
  }
}

/**
 * The lowest loss of a softmax that is taken for logits once more: ln(1 + (K − 1) / e), the second softmax of a one-hot row.
 *
 * @example
 * doubleSoftmaxFloor(3) // 0.5514…
 */
export function doubleSoftmaxFloor(classCount: number): number {
  return Math.log(1 + (classCount - 1) / Math.E)
}

/**
 * The loss of a network with dead outputs whose other outputs are equal: dead/K · −ln(1e-7) + (1 − dead/K) · ln(K − dead).
 *
 * @example
 * deadOutputsLoss(4, 10) // 7.522…
 */
export function deadOutputsLoss(dead: number, classCount: number): number {
  const share = dead / classCount
  return share * -Math.log(CLIP) + (1 - share) * Math.log(classCount - dead)
}
