import type { Op } from './op.ts'

/** Constants: one for each channel, or a single one for all. */
export interface AffineAttributes {
  readonly center: readonly number[]
  readonly scale: readonly number[]
  readonly offset: readonly number[]
}

/**
 * y = (x − center[c]) · scale[c] + offset[c]
 *
 * The center is subtracted first: where a channel hardly varies, what a large scale multiplies must be exact.
 * Input and output `[batch, …, channels]`.
 */
export const affine: Op<AffineAttributes> = {
  forward({ attributes: { center, scale, offset }, inputs, output }) {
    const x = inputs[0]!
    for (let i = 0; i < output.length; i++) {
      const c = i % scale.length
      output[i] = (x[i]! - center[c]!) * scale[c]! + offset[c]!
    }
  },

  backward({ attributes: { scale }, outputGradient, inputGradients }) {
    const dx = inputGradients[0]
    if (!dx) return
    for (let i = 0; i < dx.length; i++) dx[i]! += outputGradient[i]! * scale[i % scale.length]!
  },
}
