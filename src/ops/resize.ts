import type { Forward, Op } from './op.ts'

export const resizeInterpolations = ['nearest', 'bilinear'] as const

export interface ResizeAttributes {
  readonly interpolation: (typeof resizeInterpolations)[number]
}

/**
 * An image of another size. Pixels are squares: the center of output i lies at (i + 1/2) · in / out of the input.
 * `nearest` reads the pixel that holds it, `bilinear` mixes the two nearest centers along each axis; nothing is smoothed.
 *
 * input `[batch, height, width, channels]`, output `[batch, outHeight, outWidth, channels]`
 */
export const resize: Op<ResizeAttributes> = {
  forward(call) {
    call.output.fill(0)
    forEachShare(call, (output, input, share) => {
      call.output[output]! += share * call.inputs[0]![input]!
    })
  },

  backward(call) {
    const dx = call.inputGradients[0]
    if (!dx) return
    forEachShare(call, (output, input, share) => {
      dx[input]! += share * call.outputGradient[output]!
    })
  },
}

/** The places along an axis that an output reads, each with its share. */
function readsOf(
  i: number,
  from: number,
  to: number,
  { interpolation }: ResizeAttributes,
): [number, number][] {
  if (interpolation === 'nearest') return [[Math.floor(((2 * i + 1) * from) / (2 * to)), 1]]
  const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1)
  const first = Math.floor(at)
  return [
    [first, 1 - (at - first)],
    [Math.min(first + 1, from - 1), at - first],
  ]
}

function forEachShare(
  { attributes, batch, inputShapes, outputShape }: Forward<ResizeAttributes>,
  visit: (output: number, input: number, share: number) => void,
): void {
  const [height, width, channels] = inputShapes[0] as [number, number, number]
  const [outHeight, outWidth] = outputShape as [number, number, number]
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < outHeight; i++) {
      for (let j = 0; j < outWidth; j++) {
        for (const [y, down] of readsOf(i, height, outHeight, attributes)) {
          for (const [x, right] of readsOf(j, width, outWidth, attributes)) {
            for (let c = 0; c < channels; c++) {
              const output = ((b * outHeight + i) * outWidth + j) * channels + c
              visit(output, ((b * height + y) * width + x) * channels + c, down * right)
            }
          }
        }
      }
    }
  }
}
