import { sizeOf } from '../base/shape.ts'
import type { Op } from './op.ts'

/**
 * A fully connected layer: y[b, o] = bias[o] + Σ_i x[b, i] · kernel[o, i]
 *
 * - input `[batch, features]` (any shape: it is read flat), output `[batch, units]`
 * - kernel `[units, features]`, bias `[units]` or absent
 */
export const dense: Op<Record<never, never>> = {
  forward({ batch, inputs, inputShapes, parameters, output, outputShape }) {
    const [x, kernel, bias] = [inputs[0]!, parameters[0]!, parameters[1]]
    const [features, units] = [sizeOf(inputShapes[0]!), sizeOf(outputShape)]
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < units; o++) {
        let sum = bias ? bias[o]! : 0
        for (let i = 0; i < features; i++) sum += x[b * features + i]! * kernel[o * features + i]!
        output[b * units + o] = sum
      }
    }
  },

  backward({ batch, inputs, inputShapes, parameters, outputShape, ...gradients }) {
    const [x, kernel] = [inputs[0]!, parameters[0]!]
    const [dKernel, dBias] = gradients.parameterGradients
    const dx = gradients.inputGradients[0]
    const [features, units] = [sizeOf(inputShapes[0]!), sizeOf(outputShape)]
    for (let b = 0; b < batch; b++) {
      for (let o = 0; o < units; o++) {
        const dy = gradients.outputGradient[b * units + o]!
        if (dBias) dBias[o]! += dy
        for (let i = 0; i < features; i++) {
          dKernel![o * features + i]! += dy * x[b * features + i]!
          if (dx) dx[b * features + i]! += dy * kernel[o * features + i]!
        }
      }
    }
  },
}
