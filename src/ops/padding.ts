import type { Pair } from '../base/schema.ts'
import type { Forward, Op } from './op.ts'

export interface PaddingAttributes {
  /** Rows added above and columns added to the left, or cut where negative; the output's shape gives the rest. */
  readonly padding: Pair
}

/**
 * Zeros around an image, or its borders cut.
 *
 * input `[batch, height, width, channels]`, output `[batch, outHeight, outWidth, channels]`
 */
export const padding: Op<PaddingAttributes> = {
  forward(call) {
    call.output.fill(0)
    forEachCopy(call, (output, input) => {
      call.output[output] = call.inputs[0]![input]!
    })
  },

  backward(call) {
    const dx = call.inputGradients[0]
    if (!dx) return
    forEachCopy(call, (output, input) => {
      dx[input]! += call.outputGradient[output]!
    })
  },
}

/** Visits the two places of every number of the input that the output has. */
function forEachCopy(
  { attributes, batch, inputShapes, outputShape }: Forward<PaddingAttributes>,
  visit: (output: number, input: number) => void,
): void {
  const [height, width, channels] = inputShapes[0] as [number, number, number]
  const [outHeight, outWidth] = outputShape as [number, number, number]
  const [top, left] = attributes.padding
  for (let b = 0; b < batch; b++) {
    for (let i = Math.max(0, -top); i < height && i + top < outHeight; i++) {
      for (let j = Math.max(0, -left); j < width && j + left < outWidth; j++) {
        const input = ((b * height + i) * width + j) * channels
        const output = ((b * outHeight + i + top) * outWidth + j + left) * channels
        for (let c = 0; c < channels; c++) visit(output + c, input + c)
      }
    }
  }
}
