import type { Floats } from './op.ts'

/** The penalty of weights, which is added to the loss: l1 · Σ|w| + l2 · Σw². */
export interface Penalty {
  readonly l1: number
  readonly l2: number
}

/** The penalty of some weights. Adds its gradient, l1 · sign(w) + 2 · l2 · w, to `gradients` where they are given. */
export function penalize({ l1, l2 }: Penalty, weights: Floats, gradients?: Floats): number {
  let magnitudes = 0
  let squares = 0
  weights.forEach((w, i) => {
    magnitudes += Math.abs(w)
    squares += w * w
    if (gradients) gradients[i]! += l1 * Math.sign(w) + 2 * l2 * w
  })
  return l1 * magnitudes + l2 * squares
}
