import { argMax, sum } from '../../base/maths.ts'
import { checkProbabilities, type Predictions } from '../../network/predictions.ts'
import type { Calibration } from '../../protocol/evaluation.ts'

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
