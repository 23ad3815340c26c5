import type { Floats } from './op.ts'

/**
 * How gradients are made smaller before a step:
 *
 * - `value`: each number is cut to [−limit, limit]
 * - `norm`: the gradient of each parameter is scaled so that its norm √Σg² is at most `limit`
 * - `globalNorm`: all gradients are scaled by one factor so that the norm of all together is at most `limit`
 */
export interface Clip {
  readonly by: (typeof clipKinds)[number]
  readonly limit: number
}

export const clipKinds = ['value', 'norm', 'globalNorm'] as const

/** Clips the gradients of all parameters, in place. */
export function clipGradients({ by, limit }: Clip, gradients: readonly Floats[]): void {
  if (by === 'value') {
    for (const g of gradients) {
      for (let i = 0; i < g.length; i++) g[i] = Math.min(Math.max(g[i]!, -limit), limit)
    }
    return
  }
  const squares = gradients.map(squaresOf)
  const total = squares.reduce((sum, square) => sum + square, 0)
  gradients.forEach((g, k) => {
    const factor = limit / Math.max(Math.sqrt(by === 'norm' ? squares[k]! : total), limit)
    for (let i = 0; i < g.length; i++) g[i]! *= factor
  })
}

function squaresOf(gradient: Floats): number {
  let sum = 0
  for (const value of gradient) sum += value * value
  return sum
}
