import type { Floats } from './op.ts'

// One example's cross-entropy between classes, and its gradient, both times `weight`: see ./loss.ts.

const EPSILON = 1e-7

/** Into [1e-7, 1 − 1e-7], where a logarithm is finite. */
export function clip(p: number): number {
  return Math.min(Math.max(p, EPSILON), 1 - EPSILON)
}

export function softmaxCrossEntropy(x: Floats, t: Floats, dx: Floats, weight: number): number {
  let max = -Infinity
  for (const logit of x) max = Math.max(max, logit)
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

/** Classes with t_k = 0 are not skipped: 0 / 0 at any class must make the loss NaN, as in Keras. */
export function normalizedThenClipped(y: Floats, t: Floats, dy: Floats, weight: number): number {
  const sum = sumOf(y)
  let loss = 0
  let common = 0
  for (let k = 0; k < y.length; k++) {
    const p = y[k]! / sum
    const clipped = clip(p)
    loss -= t[k]! * Math.log(clipped)
    const dp = p === clipped ? -t[k]! / p : 0
    dy[k] = dp
    common += dp * p
  }
  for (let k = 0; k < y.length; k++) dy[k] = (weight * (dy[k]! - common)) / sum
  return weight * loss
}

export function clippedThenNormalized(y: Floats, t: Floats, dy: Floats, weight: number): number {
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
