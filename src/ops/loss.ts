import { binaryCrossentropy, sigmoidCrossEntropy } from './binary-cross-entropy.ts'
import { clippedThenNormalized, normalizedThenClipped, softmaxCrossEntropy } from './cross-entropy.ts'
import type { Floats } from './op.ts'

/**
 * How the network's outputs become one number per example:
 *
 * - `softmaxCrossEntropy`: the outputs are logits; −Σ_k t_k · log softmax(x)_k, in the numerically safe form
 * - `categoricalCrossentropy`: the outputs are probabilities, divided by their sum, then clipped
 * - `sparseCategoricalCrossentropy`: the outputs are probabilities, clipped, then divided by their sum
 * - `sigmoidCrossEntropy`: the outputs are logits of independent yes-or-no answers; the mean over them, in the safe form
 * - `binaryCrossentropy`: the outputs are the probabilities of such answers, clipped
 * - `meanSquaredError`: 1/K · Σ_k (y_k − t_k)²
 * - `dot`: Σ_k t_k · x_k, whose gradient is the target itself: for gradient checks and attributions
 *
 * The clip is to [1e-7, 1 − 1e-7] and passes no gradient outside, as in Keras.
 */
export const lossKinds = [
  'softmaxCrossEntropy',
  'categoricalCrossentropy',
  'sparseCategoricalCrossentropy',
  'sigmoidCrossEntropy',
  'binaryCrossentropy',
  'meanSquaredError',
  'dot',
] as const

export type LossKind = (typeof lossKinds)[number]

/** The loss of one example times `weight`; writes its gradient with respect to the outputs, times `weight`. */
type Loss = (outputs: Floats, target: Floats, gradient: Floats, weight: number) => number

const losses: Readonly<Record<LossKind, Loss>> = {
  softmaxCrossEntropy,
  categoricalCrossentropy: normalizedThenClipped,
  sparseCategoricalCrossentropy: clippedThenNormalized,
  sigmoidCrossEntropy,
  binaryCrossentropy,
  meanSquaredError,
  dot,
}

/**
 * The loss of one example and its gradient with respect to the outputs, both times `weight`.
 * `outputs`, `target` and `gradient` are rows of one length; `gradient` is overwritten.
 */
export function lossOfExample(
  kind: LossKind,
  {
    outputs,
    target,
    gradient,
    weight,
  }: {
    readonly outputs: Floats
    readonly target: Floats
    readonly gradient: Floats
    readonly weight: number
  },
): number {
  return losses[kind](outputs, target, gradient, weight)
}

function meanSquaredError(y: Floats, t: Floats, dy: Floats, weight: number): number {
  const each = weight / y.length
  let loss = 0
  for (let k = 0; k < y.length; k++) {
    const error = y[k]! - t[k]!
    loss += error * error
    dy[k] = each * 2 * error
  }
  return each * loss
}

function dot(y: Floats, t: Floats, dy: Floats, weight: number): number {
  let loss = 0
  for (let k = 0; k < y.length; k++) {
    dy[k] = weight * t[k]!
    loss += t[k]! * y[k]!
  }
  return weight * loss
}

/**
 * Whether fewer than `k` values are larger than that of `label`, so that ties count; never where one is not finite.
 * Source: https://www.tensorflow.org/api_docs/python/tf/math/in_top_k.
 */
export function isInTop(k: number, values: Floats, label: number): boolean {
  return values.every(Number.isFinite) && values.filter(value => value > values[label]!).length < k
}
