import { broadcastPositions } from './broadcast.ts'
import type { Forward, Op } from './op.ts'

export const mergeRules = ['sum', 'product', 'mean', 'maximum', 'difference'] as const

export interface MergeAttributes {
  readonly rule: (typeof mergeRules)[number]
}

interface Rule {
  value(x: readonly number[]): number
  /** dy/dx of the k-th input. */
  derivative(x: readonly number[], k: number): number
}

const product = (x: readonly number[]): number => x.reduce((result, value) => result * value, 1)

const rules: Readonly<Record<MergeAttributes['rule'], Rule>> = {
  sum: {
    value: x => x.reduce((total, value) => total + value, 0),
    derivative: () => 1,
  },
  product: {
    value: product,
    derivative: (x, k) => product(x.filter((_, other) => other !== k)),
  },
  mean: {
    value: x => x.reduce((total, value) => total + value, 0) / x.length,
    derivative: x => 1 / x.length,
  },
  maximum: {
    value: x => x[winner(x)]!,
    derivative: (x, k) => (winner(x) === k ? 1 : 0),
  },
  difference: {
    value: x => x[0]! - x[1]!,
    derivative: (_, k) => (k === 0 ? 1 : -1),
  },
}

/** The first of the largest values; one that is no number wins over all. */
function winner(x: readonly number[]): number {
  return x.reduce((best, value, k) => (value > x[best]! || Number.isNaN(value) ? k : best), 0)
}

/**
 * Two or more inputs (`difference`: two) joined value by value. An axis of 1 of an input repeats along the output's:
 * `[batch, 1, 1, channels]` times `[batch, height, width, channels]`.
 */
export const merge: Op<MergeAttributes> = {
  forward(call) {
    const { value } = rules[call.attributes.rule]
    forEachElement(call, (output, positions) => {
      call.output[output] = value(positions.map((position, k) => call.inputs[k]![position]!))
    })
  },

  backward(call) {
    const { derivative } = rules[call.attributes.rule]
    forEachElement(call, (output, positions) => {
      const x = positions.map((position, k) => call.inputs[k]![position]!)
      call.inputGradients.forEach((dx, k) => {
        if (dx) dx[positions[k]!]! += call.outputGradient[output]! * derivative(x, k)
      })
    })
  },
}

function forEachElement(
  { batch, inputShapes, outputShape }: Forward<unknown>,
  visit: (output: number, positions: readonly number[]) => void,
): void {
  const tables = inputShapes.map(shape => broadcastPositions(shape, outputShape))
  const sizes = inputShapes.map(shape => shape.reduce((size, axis) => size * axis, 1))
  const size = tables[0]!.length
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < size; i++) {
      visit(
        b * size + i,
        tables.map((table, k) => b * sizes[k]! + table[i]!),
      )
    }
  }
}
