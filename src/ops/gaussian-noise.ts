import { normalNumber, threefry } from '../base/random.ts'
import type { Op } from './op.ts'

export interface GaussianNoiseAttributes {
  readonly stddev: number
  /** Which source of noise of the network this is: each draws from a stream of its own. */
  readonly ordinal: number
}

/** While training, y = x + stddev · n with n from N(0, 1), one number for each element; outside training y = x. */
export const gaussianNoise: Op<GaussianNoiseAttributes> = {
  forward({ attributes: { stddev, ordinal }, inputs, output, noise }) {
    output.set(inputs[0]!)
    if (!noise) return
    const key = threefry(noise.key, [ordinal, 0])
    for (let i = 0; i < output.length; i++) output[i]! += stddev * normalNumber(key, i, noise.step)
  },

  backward({ outputGradient, inputGradients }) {
    const dx = inputGradients[0]
    if (!dx) return
    for (let i = 0; i < dx.length; i++) dx[i]! += outputGradient[i]!
  },
}
