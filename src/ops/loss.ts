import type { Floats } from './op.ts'

/**
 * How the network's outputs become one number per example:
 *
 * - `softmaxCrossEntropy`: the outputs are logits; −Σ_k t_k · log softmax(x)_k, in the numerically safe form
 * - `categoricalCrossentropy`: the outputs are probabilities, divided by their sum, then clipped
 * - `sparseCategoricalCrossentropy`: the outputs are probabilities, clipped, then divided by their sum
 * - `dot`: Σ_k t_k · x_k, whose gradient is the target itself: for gradient checks and attributions
 *
 * The clip is to [1e-7, 1 − 1e-7] and passes no gradient outside, as in Keras.
 */
export const lossKinds = [
  'softmaxCrossEntropy',
  'categoricalCrossentropy',
  'sparseCategoricalCrossentropy',
  'dot',
] as const

export type LossKind = (typeof lossKinds)[number]

const EPSILON = 1e-7

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
  switch (kind) {
    case 'dot':
      return dot(outputs, target, gradient, weight)
    case 'softmaxCrossEntropy':
      return softmaxCrossEntropy(outputs, target, gradient, weight)
    case 'categoricalCrossentropy':
      return normalizedThenClipped(outputs, target, gradient, weight)
    case 'sparseCategoricalCrossentropy':
      return clippedThenNormalized(outputs, target, gradient, weight)
  }
}

function dot(y: Floats, t: Floats, dy: Floats, weight: number): number {
  let loss = 0
  for (let k = 0; k < y.length; k++) {
    dy[k] = weight * t[k]!
    loss += t[k]! * y[k]!
  }
  return weight * loss
}

function softmaxCrossEntropy(x: Floats, t: Floats, dx: Floats, weight: number): number {
  const max = x[argMax(x)]!
  let sum = 0
  for (const logit of x) sum += Math.exp(logit - max)
  const logSum = max + Math.log(sum)
  const total = sumOf(t)
  let loss = 0
  for (let k = 0; k < x.length; k++) {
    const logProbability = x[k]! - logSum
    if (t[k] !== 0) loss -= t[k]! * logProbability
    dx[k] = weight * (total * Math.exp(logProbability) - t[k]!)
  }
  return weight * loss
}

function normalizedThenClipped(y: Floats, t: Floats, dy: Floats, weight: number): number {
  const sum = sumOf(y)
  let loss = 0
  let common = 0
  for (let k = 0; k < y.length; k++) {
    const p = y[k]! / sum
    const clipped = clip(p)
    if (t[k] !== 0) loss -= t[k]! * Math.log(clipped)
    const dp = p === clipped ? -t[k]! / p : 0
    dy[k] = dp
    common += dp * p
  }
  for (let k = 0; k < y.length; k++) dy[k] = (weight * (dy[k]! - common)) / sum
  return weight * loss
}

function clippedThenNormalized(y: Floats, t: Floats, dy: Floats, weight: number): number {
  let sum = 0
  let total = 0
  for (let k = 0; k < y.length; k++) {
    sum += clip(y[k]!)
    total += t[k]!
  }
  let loss = 0
  for (let k = 0; k < y.length; k++) {
    const clipped = clip(y[k]!)
    if (t[k] !== 0) loss -= t[k]! * Math.log(clipped / sum)
    dy[k] = y[k] === clipped ? weight * (total / sum - t[k]! / clipped) : 0
  }
  return weight * loss
}

function sumOf(values: Floats): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

function clip(p: number): number {
  return Math.min(Math.max(p, EPSILON), 1 - EPSILON)
}

/** The position of the largest value; the first of equal ones. */
export function argMax(values: ArrayLike<number>, from = 0, count = values.length): number {
  let best = 0
  for (let k = 1; k < count; k++) if (values[from + k]! > values[from + best]!) best = k
  return best
}
