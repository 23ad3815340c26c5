import type { Pair } from '../base/schema.ts'
import type { Forward, Op } from './op.ts'

export interface PoolingAttributes {
  readonly poolSize: Pair
  readonly strides: Pair
  /** Rows added above and columns added to the left; they are never read: padding is −∞ for a maximum, left out of a mean. */
  readonly padding: Pair
}

/**
 * The largest value of each window and channel; the first of equal ones passes the gradient on.
 *
 * input `[batch, height, width, channels]`, output `[batch, outHeight, outWidth, channels]`
 */
export const maxPooling: Op<PoolingAttributes> = {
  forward(call) {
    const x = call.inputs[0]!
    forEachWindow(call, (output, window) => {
      call.output[output] = x[largest(x, window)]!
    })
  },

  backward(call) {
    const [x, dx] = [call.inputs[0]!, call.inputGradients[0]]
    if (!dx) return
    forEachWindow(call, (output, window) => {
      dx[largest(x, window)]! += call.outputGradient[output]!
    })
  },
}

/**
 * The mean of each window and channel, over the positions that lie inside the image.
 *
 * input `[batch, height, width, channels]`, output `[batch, outHeight, outWidth, channels]`
 */
export const averagePooling: Op<PoolingAttributes> = {
  forward(call) {
    const x = call.inputs[0]!
    forEachWindow(call, (output, window) => {
      let sum = 0
      for (const input of window) sum += x[input]!
      call.output[output] = sum / window.length
    })
  },

  backward(call) {
    const dx = call.inputGradients[0]
    if (!dx) return
    forEachWindow(call, (output, window) => {
      for (const input of window) dx[input]! += call.outputGradient[output]! / window.length
    })
  },
}

function largest(x: ArrayLike<number>, window: readonly number[]): number {
  let best = window[0]!
  for (const input of window) if (x[input]! > x[best]!) best = input
  return best
}

/** Visits every output with the input positions of its window, row by row. */
function forEachWindow(
  { attributes, batch, inputShapes, outputShape }: Forward<PoolingAttributes>,
  visit: (output: number, window: number[]) => void,
): void {
  const [height, width, channels] = inputShapes[0] as [number, number, number]
  const [outHeight, outWidth] = outputShape as [number, number, number]
  const { poolSize, strides, padding } = attributes
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < outHeight; i++) {
      for (let j = 0; j < outWidth; j++) {
        for (let c = 0; c < channels; c++) {
          const window: number[] = []
          for (let u = 0; u < poolSize[0]; u++) {
            const y = i * strides[0] + u - padding[0]
            if (y < 0 || y >= height) continue
            for (let v = 0; v < poolSize[1]; v++) {
              const x = j * strides[1] + v - padding[1]
              if (x >= 0 && x < width) window.push(((b * height + y) * width + x) * channels + c)
            }
          }
          visit(((b * outHeight + i) * outWidth + j) * channels + c, window)
        }
      }
    }
  }
}
