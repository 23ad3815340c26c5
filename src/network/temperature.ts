import { HeddleError } from '../base/errors.ts'
import { argMax, sum } from '../base/maths.ts'
import { checkProbabilities, type OutputKind, type Predictions } from './predictions.ts'

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

/**
 * The calibrated probability of the largest output of an example, `classes` numbers from `at` on.
 */
export function confidenceAt(
  outputs: Float32Array,
  at: number,
  { classes, temperature, kind }: Confidence,
): number {
  const top = argMax(outputs, at, classes)
  const logAt = (k: number): number => (kind === 'logits' ? outputs[at + k]! : logOf(outputs[at + k]!))
  const largest = logAt(top)
  let total = 0
  for (let k = 0; k < classes; k++) total += Math.exp((logAt(k) - largest) / temperature)
  return 1 / total
}

interface Confidence {
  readonly classes: number
  readonly temperature: number
  readonly kind: Exclude<OutputKind, 'other'>
}

function logOf(probability: number): number {
  return Math.max(Math.log(probability), LOWEST_LOG)
}
