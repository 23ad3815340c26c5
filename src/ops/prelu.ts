import type { Shape } from '../base/shape.ts'
import { broadcastPositions } from './broadcast.ts'
import type { Op } from './op.ts'

export interface PReluAttributes {
  /** The shape of alpha: that of the input, with 1 along the axes that share a slope. */
  readonly alphaShape: Shape
}

/**
 * y = x > 0 ? x : alpha · x (He et al., 2015); at 0 nothing passes back.
 *
 * - input and output `[batch, …]` of one shape
 * - parameter alpha `alphaShape`; an axis of 1 repeats
 */
export const prelu: Op<PReluAttributes> = {
  forward({ attributes, inputs, parameters, output, outputShape }) {
    const [x, alpha] = [inputs[0]!, parameters[0]!]
    const positions = broadcastPositions(attributes.alphaShape, outputShape)
    for (let i = 0; i < output.length; i++) {
      output[i] = x[i]! > 0 ? x[i]! : alpha[positions[i % positions.length]!]! * x[i]!
    }
  },

  backward({ attributes, inputs, parameters, outputShape, outputGradient: dy, ...gradients }) {
    const [x, alpha] = [inputs[0]!, parameters[0]!]
    const [dx, dAlpha] = [gradients.inputGradients[0], gradients.parameterGradients[0]!]
    const positions = broadcastPositions(attributes.alphaShape, outputShape)
    for (let i = 0; i < x.length; i++) {
      const at = positions[i % positions.length]!
      if (x[i]! < 0) dAlpha[at]! += dy[i]! * x[i]!
      if (dx) dx[i]! += dy[i]! * (x[i]! > 0 ? 1 : x[i]! < 0 ? alpha[at]! : 0)
    }
  },
}
