import { clip } from './cross-entropy.ts'
import type { Floats } from './op.ts'

// One example's mean over independent yes-or-no answers, and its gradient, both times `weight`: see ./loss.ts.

/** −t log σ(x) − (1 − t) log(1 − σ(x)) = max(x, 0) − x t + log(1 + e^−|x|), which no x overflows. */
export function sigmoidCrossEntropy(x: Floats, t: Floats, dx: Floats, weight: number): number {
  const each = weight / x.length
  let loss = 0
  for (let k = 0; k < x.length; k++) {
    const small = Math.exp(-Math.abs(x[k]!))
    loss += Math.max(x[k]!, 0) - x[k]! * t[k]! + Math.log1p(small)
    const probability = (x[k]! >= 0 ? 1 : small) / (1 + small)
    dx[k] = each * (probability - t[k]!)
  }
  return each * loss
}

export function binaryCrossentropy(y: Floats, t: Floats, dy: Floats, weight: number): number {
  const each = weight / y.length
  let loss = 0
  for (let k = 0; k < y.length; k++) {
    const p = clip(y[k]!)
    loss -= t[k]! * Math.log(p) + (1 - t[k]!) * Math.log(1 - p)
    dy[k] = p === y[k] ? each * ((1 - t[k]!) / (1 - p) - t[k]! / p) : 0
  }
  return each * loss
}
