import type { Op } from './op.ts'

/**
 * Softmax over the last axis: y_k = exp(x_k − max x) / Σ_j exp(x_j − max x)
 *
 * input and output `[batch, …, classes]`
 */
export const softmax: Op<Record<never, never>> = {
  forward({ inputs, output, outputShape }) {
    const x = inputs[0]!
    const classes = outputShape.at(-1)!
    for (let row = 0; row < output.length; row += classes) {
      let max = -Infinity
      for (let k = 0; k < classes; k++) max = Math.max(max, x[row + k]!)
      let sum = 0
      for (let k = 0; k < classes; k++) sum += Math.exp(x[row + k]! - max)
      for (let k = 0; k < classes; k++) output[row + k] = Math.exp(x[row + k]! - max) / sum
    }
  },

  backward({ output, outputShape, outputGradient, inputGradients }) {
    const dx = inputGradients[0]
    if (!dx) return
    const classes = outputShape.at(-1)!
    for (let row = 0; row < output.length; row += classes) {
      let mean = 0
      for (let k = 0; k < classes; k++) mean += outputGradient[row + k]! * output[row + k]!
      for (let k = 0; k < classes; k++) dx[row + k]! += output[row + k]! * (outputGradient[row + k]! - mean)
    }
  },
}
