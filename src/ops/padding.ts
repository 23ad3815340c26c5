import type { Pair } from '../base/schema.ts'
import { copyOp } from './copy.ts'

export interface PaddingAttributes {
  /** Rows added above and columns added to the left, or cut where negative; the output's shape gives the rest. */
  readonly padding: Pair
}

/**
 * Zeros around an image, or its borders cut.
 *
 * input `[batch, height, width, channels]`, output `[batch, outHeight, outWidth, channels]`
 */
export const padding = copyOp<PaddingAttributes>(({ attributes, batch, inputShapes, outputShape }, visit) => {
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
})
