import { HeddleError } from '../../base/errors.ts'
import { checkOutputs, type Predictions } from '../../network/predictions.ts'
import { isInTop } from '../../ops/loss.ts'
import type { ClassCurves, Curve } from '../../protocol/evaluation.ts'

/**
 * How often the labelled class is among the `k` most probable ones; ties count, as in Keras.
 * Throws a `HeddleError` for outputs that are not finite.
 *
 * @example
 * topKAccuracy({ probabilities: Float32Array.of(0.5, 0.3, 0.2), labels: Int32Array.of(1), classNames: ['a', 'b', 'c'] }, 2) // 1
 */
export function topKAccuracy(predictions: Predictions, k: number): number {
  checkOutputs(predictions)
  const { probabilities, labels, classNames } = predictions
  const classes = classNames.length
  const hits = labels.filter((label, i) =>
    isInTop(k, probabilities.subarray(i * classes, (i + 1) * classes), label),
  )
  return hits.length / labels.length
}

/**
 * The receiver operating characteristic of one class against the rest: true against false positive rate, for every
 * threshold that the outputs can be cut at; the area by trapezoids.
 * Throws a `HeddleError` if one of the two sides has no example.
 * Source: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_curve.html.
 *
 * @example
 * rocCurve([0.9, 0.4, 0.6, 0.1], [true, true, false, false]).area // 0.75
 */
export function rocCurve(scores: ArrayLike<number>, positive: ArrayLike<boolean>): Curve {
  const cuts = cutsOf(scores, positive)
  const { hits: positives, count } = cuts.at(-1)!
  const negatives = count - positives
  if (positives === 0 || negatives === 0) {
    throw new HeddleError(
      `A ROC curve needs examples of the class and others; there are no ${positives === 0 ? 'examples of the class' : 'others'}.`,
    )
  }
  const x = [0, ...cuts.map(cut => (cut.count - cut.hits) / negatives)]
  const y = [0, ...cuts.map(cut => cut.hits / positives)]
  let area = 0
  for (let i = 1; i < x.length; i++) area += ((x[i]! - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2
  return { x, y, area }
}

/**
 * Precision against recall of one class against the rest. The area is the average precision, Σ (Rₙ − Rₙ₋₁) Pₙ, which
 * does not interpolate.
 * Source: https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html.
 *
 * @example
 * precisionRecallCurve([0.9, 0.4, 0.6, 0.1], [true, true, false, false]).area // 1 / 2 + 1 / 3
 */
export function precisionRecallCurve(scores: ArrayLike<number>, positive: ArrayLike<boolean>): Curve {
  const cuts = cutsOf(scores, positive)
  const { hits: positives } = cuts.at(-1)!
  if (positives === 0) {
    throw new HeddleError('A precision-recall curve needs examples of the class; there are none.')
  }
  const x = [0, ...cuts.map(cut => cut.hits / positives)]
  const y = [1, ...cuts.map(cut => cut.hits / cut.count)]
  let area = 0
  for (let i = 1; i < x.length; i++) area += (x[i]! - x[i - 1]!) * y[i]!
  return { x, y, area }
}

/**
 * Both curves of every class against the rest. A curve is `null` where it is not defined: both for a class without examples,
 * the ROC curve also where every example is of the class.
 */
export function classCurves(predictions: Predictions): ClassCurves[] {
  checkOutputs(predictions)
  const { probabilities, labels, classNames } = predictions
  const classes = classNames.length
  return classNames.map((name, k) => {
    const scores = Float64Array.from(labels, (_, i) => probabilities[i * classes + k]!)
    const positive = Array.from(labels, label => label === k)
    const positives = positive.reduce((sum, isOne) => sum + Number(isOne), 0)
    return {
      name,
      roc: positives === 0 || positives === labels.length ? null : rocCurve(scores, positive),
      precisionRecall: positives === 0 ? null : precisionRecallCurve(scores, positive),
    }
  })
}

/**
 * A curve with fewer points: the first, the last, and those between that are about equally far from each other along it.
 *
 * @example
 * thinnedCurve({ x: [0, 0.001, 1], y: [0, 0.001, 1], area: 0.5 }, 100).x // [0, 1]
 */
export function thinnedCurve({ x, y, area }: Curve, points: number): Curve {
  const thin: { x: number[]; y: number[] } = { x: [], y: [] }
  let [lastX, lastY] = [Number.NEGATIVE_INFINITY, 0]
  x.forEach((value, i) => {
    const moved = Math.abs(value - lastX) + Math.abs(y[i]! - lastY)
    if (moved < 2 / points && i < x.length - 1) return
    thin.x.push(value)
    thin.y.push(y[i]!)
    ;[lastX, lastY] = [value, y[i]!]
  })
  return { ...thin, area }
}

interface Cut {
  /** Examples that score at least as much as the cut, and how many of them are positive. */
  readonly count: number
  readonly hits: number
}

/** One cut below each different score, from the highest score to the lowest. */
function cutsOf(scores: ArrayLike<number>, positive: ArrayLike<boolean>): Cut[] {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => scores[b]! - scores[a]!,
  )
  const cuts: Cut[] = []
  let hits = 0
  order.forEach((example, i) => {
    if (positive[example]) hits++
    const next = order[i + 1]
    if (next === undefined || scores[next] !== scores[example]) cuts.push({ count: i + 1, hits })
  })
  return cuts
}
