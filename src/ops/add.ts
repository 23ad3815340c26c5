import type { Op } from './op.ts'

/** The elementwise sum of two or more inputs of one shape. */
export const add: Op<Record<never, never>> = {
  forward({ inputs, output }) {
    for (let i = 0; i < output.length; i++) {
      let sum = 0
      for (const x of inputs) sum += x[i]!
      output[i] = sum
    }
  },

  backward({ outputGradient, inputGradients }) {
    for (const dx of inputGradients) {
      if (dx) for (let i = 0; i < outputGradient.length; i++) dx[i]! += outputGradient[i]!
    }
  },
}
