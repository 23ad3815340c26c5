import { maskBits, threefry } from '../base/random.ts'
import { sizeOf } from '../base/shape.ts'
import type { Forward, Op } from './op.ts'

export interface DropoutAttributes {
  readonly rate: number
  /** Which dropout of the network this is: each draws from a stream of its own. */
  readonly ordinal: number
  /** The unit that one random number keeps or drops: an element, or a whole channel of an example. */
  readonly covers: 'element' | 'channel'
}

/**
 * Inverted dropout (Srivastava et al., 2014): while training, an element is zero with probability `rate` and
 * multiplied by 1 / (1 − rate) otherwise; outside training it passes unchanged.
 *
 * An element is kept if its random number u in [0, 1) is at least `rate`, as in Keras. Where the numbers cover
 * channels, input and output are `[batch, …, channels]`.
 */
export const dropout: Op<DropoutAttributes> = {
  forward(call) {
    const scale = scaleOf(call)
    for (let i = 0; i < call.output.length; i++) call.output[i] = call.inputs[0]![i]! * scale(i)
  },

  backward(call) {
    const dx = call.inputGradients[0]
    if (!dx) return
    const scale = scaleOf(call)
    for (let i = 0; i < call.output.length; i++) dx[i]! += call.outputGradient[i]! * scale(i)
  },
}

/** The factor of each element: drawn again in the backward pass, so that no mask is kept. */
function scaleOf({
  attributes,
  noise,
  outputShape,
}: Forward<DropoutAttributes>): (position: number) => number {
  if (!noise) return () => 1
  const key = threefry(noise.key, [attributes.ordinal, 0])
  const kept = 1 / (1 - attributes.rate)
  const threshold = dropoutThreshold(attributes.rate)
  const factor = (number: number): number => (maskBits(key, number, noise.step) >= threshold ? kept : 0)
  if (attributes.covers === 'element') return factor
  const [size, channels] = [sizeOf(outputShape), outputShape.at(-1)!]
  return position => factor(Math.floor(position / size) * channels + (position % channels))
}

/** `rate` in the units of `maskBits`, to which it is rounded. */
export function dropoutThreshold(rate: number): number {
  return Math.round(rate * 2 ** 16)
}
