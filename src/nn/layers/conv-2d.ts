import { integer, type Options, oneOf, pair, parseSpec, required, type Spec } from '../../base/schema.ts'
import {
  convolutionMultiplyAdds,
  convolutionParameters,
  convolvedShape,
  lowerConvolution,
} from './convolution.ts'
import { channelsLastWindow } from './keras-form.ts'
import { type KernelOptions, kernelFields } from './kernel-options.ts'
import type { LayerDefinition } from './layer.ts'
import { imageOf, windowExtent } from './window.ts'

const own = {
  /** Number of output channels. Required. */
  filters: required(integer()),
  /** `[height, width]` of the window, or one number for both. Required. */
  kernelSize: required(pair()),
  /** Distance between windows: `[vertical, horizontal]`, or one number for both. Default [1, 1]. */
  strides: pair([1, 1]),
  /** `valid`: only whole windows; `same`: zeros around the image, so that stride 1 keeps its size. Default 'valid'. */
  padding: oneOf(['valid', 'same'], 'valid'),
  /** Distance between the rows and columns that a window reads. Default [1, 1]. */
  dilationRate: pair([1, 1]),
  /** Channels and filters are cut into this many groups that do not see each other. Default 1. */
  groups: integer(1),
}

const fields = { ...own, ...kernelFields }

export interface Conv2DOptions extends Options<typeof own>, KernelOptions {}
export type Conv2DSpec = Spec<'conv2d', typeof fields>

/**
 * Two-dimensional convolution.
 *
 * y[i, j, f] = activation(bias[f] + Σ_{u, v, c} x[i·s + u·d − p, j·s + v·d − p, c] · kernel[f, u, v, c])
 *
 * In `[height, width, channels]`, out `[outHeight, outWidth, filters]`; kernel
 * `[filters, kernelHeight, kernelWidth, channels / groups]`, bias `[filters]`.
 * Throws a `UsageError` for an option that is unknown or out of range.
 * Source: https://keras.io/api/layers/convolution_layers/convolution2d/.
 *
 * @example
 * conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }).kernelSize // [3, 3]
 */
export function conv2d(options: Conv2DOptions): Conv2DSpec {
  return parseSpec('conv2d', fields, options)
}

export const conv2dLayer: LayerDefinition<Conv2DSpec> = {
  className: 'Conv2D',
  keras: channelsLastWindow,
  fields,
  role: 'weights',
  inputs: 'one',
  outputShape: (spec, inputs) => convolvedShape(spec, imageOf(inputs)),
  parameters: (spec, inputs) =>
    convolutionParameters(spec, { window: spec.kernelSize, channels: imageOf(inputs)[2] }),
  multiplyAdds: (spec, inputs) => convolutionMultiplyAdds(spec, imageOf(inputs)),
  window: ({ kernelSize, dilationRate, strides }) => ({
    size: windowExtent({ size: kernelSize, dilationRate }),
    strides,
  }),
  lower: (spec, lowering) => lowerConvolution(spec, lowering.inputs[0]!, lowering),
}
