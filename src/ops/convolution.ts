import type { Pair } from '../base/schema.ts'
import type { Backward, Forward, Op } from './op.ts'

/** Geometry of a window that slides over an image; `padding` is what is added above and to the left. */
export interface ConvolutionAttributes {
  readonly kernelSize: Pair
  readonly strides: Pair
  readonly dilationRate: Pair
  readonly padding: Pair
  readonly groups: number
}

/**
 * Two-dimensional convolution (cross-correlation, as in every framework).
 *
 * y[b, i, j, f] = bias[f] + Σ_{u, v, c} x[b, i·s + u·d − p, j·s + v·d − p, c] · kernel[f, u, v, c]
 *
 * - input `[batch, height, width, channels]`, zero outside its borders
 * - kernel `[filters, kernelHeight, kernelWidth, channels / groups]`, bias `[filters]` or absent
 * - output `[batch, outHeight, outWidth, filters]`
 */
export const convolution: Op<ConvolutionAttributes> = {
  forward(call) {
    const [x, kernel, bias] = [call.inputs[0]!, call.parameters[0]!, call.parameters[1]]
    const filters = call.outputShape[2]!
    forEachOutput(call, (output, filter) => {
      call.output[output] = bias ? bias[filter]! : 0
    })
    forEachProduct(call, filters, (output, input, weight) => {
      call.output[output]! += x[input]! * kernel[weight]!
    })
  },

  backward(call) {
    const [x, kernel] = [call.inputs[0]!, call.parameters[0]!]
    const [dKernel, dBias] = call.parameterGradients
    const dx = call.inputGradients[0]
    const dy = call.outputGradient
    const filters = call.outputShape[2]!
    if (dBias) {
      forEachOutput(call, (output, filter) => {
        dBias[filter]! += dy[output]!
      })
    }
    forEachProduct(call, filters, (output, input, weight) => {
      dKernel![weight]! += dy[output]! * x[input]!
      if (dx) dx[input]! += dy[output]! * kernel[weight]!
    })
  },
}

function forEachOutput(call: Forward<unknown>, visit: (output: number, filter: number) => void): void {
  const filters = call.outputShape[2]!
  const count = call.batch * call.outputShape[0]! * call.outputShape[1]! * filters
  for (let output = 0; output < count; output++) visit(output, output % filters)
}

/** Visits every product that a convolution sums: the positions of its output, input and weight. */
function forEachProduct(
  {
    attributes,
    batch,
    inputShapes,
    outputShape,
  }: Forward<ConvolutionAttributes> | Backward<ConvolutionAttributes>,
  filters: number,
  visit: (output: number, input: number, weight: number) => void,
): void {
  const [height, width, channels] = inputShapes[0] as [number, number, number]
  const [outHeight, outWidth] = outputShape as [number, number, number]
  const { kernelSize, strides, dilationRate, padding, groups } = attributes
  const [groupFilters, groupChannels] = [filters / groups, channels / groups]
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < outHeight; i++) {
      for (let j = 0; j < outWidth; j++) {
        for (let f = 0; f < filters; f++) {
          const output = ((b * outHeight + i) * outWidth + j) * filters + f
          const firstChannel = Math.floor(f / groupFilters) * groupChannels
          for (let u = 0; u < kernelSize[0]; u++) {
            const y = i * strides[0] + u * dilationRate[0] - padding[0]
            if (y < 0 || y >= height) continue
            for (let v = 0; v < kernelSize[1]; v++) {
              const x = j * strides[1] + v * dilationRate[1] - padding[1]
              if (x < 0 || x >= width) continue
              const input = ((b * height + y) * width + x) * channels + firstChannel
              const weight = ((f * kernelSize[0] + u) * kernelSize[1] + v) * groupChannels
              for (let c = 0; c < groupChannels; c++) visit(output, input + c, weight + c)
            }
          }
        }
      }
    }
  }
}
