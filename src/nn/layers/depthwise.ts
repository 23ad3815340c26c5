import { integer, type Options, oneOf, pair, required } from '../../base/schema.ts'
import { type Shape, sizeOf } from '../../base/shape.ts'
import type { Fans, Initializer } from '../initializers/initializer.ts'
import type { RegularizerSpec } from '../regularizers/regularizer.ts'
import type { ImageConvolution } from './convolution.ts'
import type { ParameterSpec } from './layer.ts'

// A depthwise convolution gives each channel filters of its own: one with a group for each channel.

/** Options of all depthwise convolutions, whatever the rank of their window. */
export const depthwiseFields = {
  /** `valid`: only whole windows; `same`: zeros around the input, so that stride 1 keeps its size. Default 'valid'. */
  padding: oneOf(['valid', 'same'], 'valid'),
  /** Filters of each channel. Default 1. */
  depthMultiplier: integer(1),
}

/** Options of the window over sequences. */
export const depthwiseSteps = {
  /** Steps that a window holds. Required. */
  kernelSize: required(integer()),
  /** Distance between windows, in steps. Default 1. */
  strides: integer(1),
  /** Distance between the steps that a window reads. Default 1. */
  dilationRate: integer(1),
}

/** Options of the window over images. */
export const depthwiseWindow = {
  /** `[height, width]` of the window, or one number for both. Required. */
  kernelSize: required(pair()),
  /** Distance between windows: `[vertical, horizontal]`, or one number for both. Default [1, 1]. */
  strides: pair([1, 1]),
  /** Distance between the rows and columns that a window reads. Default [1, 1]. */
  dilationRate: pair([1, 1]),
}

export interface DepthwiseOptions extends Options<typeof depthwiseFields> {}

/** A depthwise convolution over images; those over sequences are images of one row. */
export interface ImageDepthwise
  extends Pick<ImageConvolution, 'kernelSize' | 'strides' | 'dilationRate' | 'padding'> {
  readonly depthMultiplier: number
}

/** What the shape of the kernel depends on besides its options: `[size]` or `[height, width]` of its window, and channels. */
export interface DepthwiseInput {
  readonly window: Shape
  readonly channels: number
}

/** What it is among convolutions: output channel c · depthMultiplier + k is filter k of channel c. */
export function asConvolution(
  depthwise: ImageDepthwise,
  channels: number,
  { useBias, activation }: Pick<ImageConvolution, 'useBias' | 'activation'>,
): ImageConvolution {
  const { kernelSize, strides, dilationRate, padding, depthMultiplier } = depthwise
  const window = { kernelSize, strides, dilationRate, padding }
  return { ...window, useBias, activation, filters: channels * depthMultiplier, groups: channels }
}

/** A depthwise convolution of sequences as one of images of one row. */
export function asRow({
  kernelSize,
  strides,
  dilationRate,
  padding,
  depthMultiplier,
}: {
  readonly kernelSize: number
  readonly strides: number
  readonly dilationRate: number
  readonly padding: ImageDepthwise['padding']
  readonly depthMultiplier: number
}): ImageDepthwise {
  return {
    kernelSize: [1, kernelSize],
    strides: [1, strides],
    dilationRate: [1, dilationRate],
    padding,
    depthMultiplier,
  }
}

/** `[channels · depthMultiplier, …window, 1]`, with the fans that Keras counts for its `[…window, channels, depthMultiplier]`. */
export function depthwiseKernel(
  depthMultiplier: number,
  { window, channels }: DepthwiseInput,
): { readonly shape: Shape; readonly kerasShape: Shape; readonly fans: Fans } {
  const positions = sizeOf(window)
  return {
    shape: [channels * depthMultiplier, ...window, 1],
    kerasShape: [...window, channels, depthMultiplier],
    fans: { fanIn: channels * positions, fanOut: depthMultiplier * positions },
  }
}

/** One number for each output channel. */
export function biasOf(
  filters: number,
  spec: { readonly biasInitializer: Initializer; readonly biasRegularizer: RegularizerSpec | null },
): ParameterSpec {
  const fans = { fanIn: filters, fanOut: filters }
  const { biasInitializer: initializer, biasRegularizer: regularizer } = spec
  return { name: 'bias', role: 'bias', shape: [filters], initializer, regularizer, fans }
}
