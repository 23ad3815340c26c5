import { HeddleError } from '../../base/errors.ts'
import { argMax, sum } from '../../base/maths.ts'
import type { Calibration } from '../../protocol/evaluation.ts'
import { checkProbabilities, type Predictions } from './predictions.ts'

const BINS = 15

/**
 * Whether a network that says 80 % is right in 80 of 100 cases: 15 bins of equal width.
 * Throws a `HeddleError` for outputs that are not probabilities.
 * Source: C. Guo et al., On Calibration of Modern Neural Networks (2017), https://arxiv.org/abs/1706.04599.
 *
 * @example
 * calibrationOf({ probabilities: Float32Array.of(0.75, 0.25), labels: Int32Array.of(0), classNames: ['a', 'b'] }).expectedError // 0.25
 */
export function calibrationOf(predictions: Predictions): Calibration {
  checkProbabilities(predictions)
  const { probabilities, labels, classNames } = predictions
  const classes = classNames.length
  const counts = new Float64Array(BINS)
  const confidences = new Float64Array(BINS)
  const hits = new Float64Array(BINS)
  let [brier, logLoss] = [0, 0]
  labels.forEach((label, i) => {
    const predicted = argMax(probabilities, i * classes, classes)
    const confidence = probabilities[i * classes + predicted]!
    const bin = Math.max(0, Math.min(BINS, Math.ceil(confidence * BINS)) - 1)
    counts[bin]!++
    confidences[bin]! += confidence
    hits[bin]! += predicted === label ? 1 : 0
    for (let k = 0; k < classes; k++) brier += (probabilities[i * classes + k]! - (k === label ? 1 : 0)) ** 2
    logLoss -= Math.log(Math.max(probabilities[i * classes + label]!, Number.EPSILON))
  })
  const all = labels.length
  const bins = Array.from(counts, (count, bin) => ({
    from: bin / BINS,
    to: (bin + 1) / BINS,
    count,
    confidence: count === 0 ? null : confidences[bin]! / count,
    accuracy: count === 0 ? null : hits[bin]! / count,
  }))
  const filled = bins.filter(({ count }) => count > 0)
  const gaps = filled.map(({ confidence, accuracy }) => Math.abs(accuracy! - confidence!))
  return {
    bins,
    expectedError: sum(filled.map(({ count }, i) => (count / all) * gaps[i]!)),
    maximumError: Math.max(...gaps),
    brierScore: brier / all,
    logLoss: logLoss / all,
  }
}

/** Probabilities have no smaller logarithm than this one: that of the smallest normal float32. */
const LOWEST_LOG = Math.log(2 ** -126)

/** Between these, every network that learned anything has its temperature. */
const [COLDEST, HOTTEST] = [1 / 64, 64]

/**
 * The temperature T whose softmax(log p / T) has the lowest log loss on these examples: more than 1 for a network that
 * is too sure. Fit it on validation examples, and apply it elsewhere.
 *
 * The slope of the log loss by 1/T grows with 1/T, and is zero once: found by bisection. Throws a `HeddleError` for
 * outputs that are not probabilities, and where no temperature from 1/64 to 64 is best.
 * Source: C. Guo et al., On Calibration of Modern Neural Networks (2017), https://arxiv.org/abs/1706.04599.
 *
 * @example
 * fitTemperature({ probabilities: Float32Array.of(0.9, 0.1, 0.9, 0.1, 0.9, 0.1), labels: Int32Array.of(0, 0, 1), classNames: ['a', 'b'] }) // 3.169…
 */
export function fitTemperature(predictions: Predictions): number {
  checkProbabilities(predictions)
  const { probabilities, labels, classNames } = predictions
  const classes = classNames.length
  const logs = Float64Array.from(probabilities, logOf)
  // d/dβ of the mean of log Σ exp(β z_k) − β z_label: the expected logarithm less the label's.
  const slopeAt = (beta: number): number => {
    let slope = 0
    labels.forEach((label, i) => {
      const row = logs.subarray(i * classes, (i + 1) * classes)
      const largest = row.reduce((a, b) => Math.max(a, b))
      let [total, weighted] = [0, 0]
      for (const log of row) {
        const share = Math.exp(beta * (log - largest))
        total += share
        weighted += share * log
      }
      slope += weighted / total - row[label]!
    })
    return slope / labels.length
  }
  let [low, high] = [1 / HOTTEST, 1 / COLDEST]
  // At 64 the softmax of predictions that are all right rounds to the label's.
  if (slopeAt(low) >= 0 || slopeAt(high) <= 0) {
    throw new HeddleError(
      `No temperature from 1/64 to 64 fits these ${labels.length} predictions best: they are ` +
        `${slopeAt(low) >= 0 ? 'no better than chance' : 'all right'}. Fit it on more validation examples.`,
    )
  }
  while (high - low > 1e-15 * high) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (slopeAt(middle) > 0) high = middle
    else low = middle
  }
  return 2 / (low + high)
}

/**
 * Probabilities at a temperature: softmax(log p / T), row by row. The order within a row stays.
 *
 * @example
 * applyTemperature(Float32Array.of(0.8, 0.2), 2, 2) // Float32Array.of(2 / 3, 1 / 3)
 */
export function applyTemperature(
  probabilities: Float32Array,
  classCount: number,
  temperature: number,
): Float32Array {
  const result = new Float32Array(probabilities.length)
  for (let i = 0; i < probabilities.length; i += classCount) {
    const logs = Array.from(probabilities.subarray(i, i + classCount), logOf)
    const largest = Math.max(...logs)
    const shares = logs.map(log => Math.exp((log - largest) / temperature))
    const total = sum(shares)
    result.set(
      shares.map(share => share / total),
      i,
    )
  }
  return result
}

function logOf(probability: number): number {
  return Math.max(Math.log(probability), LOWEST_LOG)
}
