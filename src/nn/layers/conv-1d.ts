import { integer, type Options, oneOf, parseSpec, required, type Spec } from '../../base/schema.ts'
import {
  convolutionMultiplyAdds,
  convolutionParameters,
  convolvedShape,
  type ImageConvolution,
  lowerConvolution,
} from './convolution.ts'
import { channelsLastWindow } from './keras-form.ts'
import { type KernelOptions, kernelFields } from './kernel-options.ts'
import type { LayerDefinition } from './layer.ts'
import { lowerAsRow, rowOf, stepWindow, withoutRow } from './sequence.ts'

const own = {
  /** Number of output channels. Required. */
  filters: required(integer()),
  /** Steps that a window holds. Required. */
  kernelSize: required(integer()),
  /** Distance between windows, in steps. Default 1. */
  strides: integer(1),
  /** `valid`: only whole windows; `same`: zeros around the sequence, so that stride 1 keeps its length. Default 'valid'. */
  padding: oneOf(['valid', 'same'], 'valid'),
  /** Distance between the steps that a window reads. Default 1. */
  dilationRate: integer(1),
  /** Channels and filters are cut into this many groups that do not see each other. Default 1. */
  groups: integer(1),
}

const fields = { ...own, ...kernelFields }

export interface Conv1DOptions extends Options<typeof own>, KernelOptions {}
export type Conv1DSpec = Spec<'conv1d', typeof fields>

/**
 * One-dimensional convolution, along the steps of a sequence.
 *
 * y[i, f] = activation(bias[f] + Σ_{u, c} x[i·s + u·d − p, c] · kernel[f, u, c])
 *
 * In `[steps, channels]`, out `[outSteps, filters]`; kernel `[filters, kernelSize, channels / groups]`, bias
 * `[filters]`. Throws a `UsageError` for an option that is unknown or out of range.
 * Source: https://keras.io/api/layers/convolution_layers/convolution1d/.
 *
 * @example
 * const model = sequential([reshape({ targetShape: [28, 28] }), conv1d({ filters: 256, kernelSize: 2 })])
 * buildModel(model, [28, 28, 1]).outputShape // [27, 256]
 */
export function conv1d(options: Conv1DOptions): Conv1DSpec {
  return parseSpec('conv1d', fields, options)
}

export const conv1dLayer: LayerDefinition<Conv1DSpec> = {
  className: 'Conv1D',
  keras: channelsLastWindow,
  fields,
  role: 'weights',
  inputs: 'one',
  outputShape: (spec, inputs) => withoutRow(convolvedShape(asImage(spec), rowOf(inputs))),
  parameters: (spec, inputs) =>
    convolutionParameters(spec, { window: [spec.kernelSize], channels: rowOf(inputs)[2] }),
  multiplyAdds: (spec, inputs) => convolutionMultiplyAdds(asImage(spec), rowOf(inputs)),
  window: ({ kernelSize, dilationRate, strides }) => stepWindow((kernelSize - 1) * dilationRate + 1, strides),
  lower: (spec, lowering) => lowerAsRow(lowering, row => lowerConvolution(asImage(spec), row, lowering)),
}

function asImage(spec: Conv1DSpec): ImageConvolution {
  const { kernelSize, strides, dilationRate } = spec
  return { ...spec, kernelSize: [1, kernelSize], strides: [1, strides], dilationRate: [1, dilationRate] }
}
