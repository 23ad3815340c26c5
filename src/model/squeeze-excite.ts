import type { Activation } from '../nn/layers/activations.ts'
import { conv2d, globalAveragePooling2d, type LayerSpec, multiply } from '../nn/layers/index.ts'

export interface SqueezeExciteOptions {
  /** The name of the node that holds the result; the others are called `<name>_pool`, `<name>_squeeze` and `<name>_excite`. */
  readonly name: string
  /** The node whose channels are weighed. */
  readonly input: string
  /** Channels of that node. */
  readonly channels: number
  /** Channels in between, such as a quarter of `channels`. */
  readonly squeezed: number
  /** Behind the first convolution. Default 'relu'. */
  readonly activation?: Activation
  /** Behind the second one: 'sigmoid', or 'hardSigmoid' as in MobileNetV3. Default 'sigmoid'. */
  readonly gate?: Activation
}

/**
 * The nodes of a squeeze-and-excitation block for `graph`: each channel is multiplied by a number that is computed from
 * the means of all channels.
 *
 * y = x · gate(W₂ · activation(W₁ · mean(x))), in and out `[height, width, channels]`
 *
 * Source: Hu, Shen and Sun (2018), https://arxiv.org/abs/1709.01507.
 *
 * @example
 * graph({
 *   conv: [conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }), 'input'],
 *   ...squeezeExcite({ name: 'se', input: 'conv', channels: 16, squeezed: 4 }),
 *   row: [globalAveragePooling2d(), 'se'],
 *   head: [dense({ units: 10, activation: 'softmax' }), 'row'],
 * }).nodes.length // 7
 */
export function squeezeExcite({
  name,
  input,
  channels,
  squeezed,
  activation = 'relu',
  gate = 'sigmoid',
}: SqueezeExciteOptions): Readonly<Record<string, readonly [layer: LayerSpec, ...inputs: string[]]>> {
  const [pool, squeeze, excite] = [`${name}_pool`, `${name}_squeeze`, `${name}_excite`]
  return {
    [pool]: [globalAveragePooling2d({ keepdims: true }), input],
    [squeeze]: [conv2d({ filters: squeezed, kernelSize: 1, activation }), pool],
    [excite]: [conv2d({ filters: channels, kernelSize: 1, activation: gate }), squeeze],
    [name]: [multiply(), input, excite],
  }
}
