import { boolean, type Options, parseSpec, type Spec, type Values } from '../../base/schema.ts'
import type { Shape } from '../../base/shape.ts'
import { initializer } from '../initializers/initializer.ts'
import { regularizerField } from '../regularizers/regularizer.ts'
import { activationField } from './activations.ts'
import {
  convolutionMultiplyAdds,
  convolvedShape,
  type ImageConvolution,
  lowerConvolution,
} from './convolution.ts'
import {
  asConvolution,
  asRow,
  biasOf,
  type DepthwiseInput,
  type DepthwiseOptions,
  depthwiseFields,
  depthwiseKernel,
  depthwiseSteps,
  depthwiseWindow,
} from './depthwise.ts'
import { channelsLast, channelsLastWindow } from './keras-form.ts'
import type { LayerDefinition, ParameterSpec } from './layer.ts'
import { lowerAsRow, rowOf, stepWindow, withoutRow } from './sequence.ts'
import { type WeightOptions, weightFields } from './weight-options.ts'
import { imageOf, windowExtent } from './window.ts'

const learned = {
  /** Applied to the outputs: a name, `{ kind: 'elu', alpha }` or `{ kind: 'leakyRelu', negativeSlope }`. Default 'linear'. */
  activation: activationField('linear'),
  /** Add a learned number to each output. Default true. */
  useBias: boolean(true),
  /** What the depthwise kernel starts with. Default 'glorotUniform'. */
  depthwiseInitializer: initializer('glorotUniform'),
  /** What the bias starts with. Default 'zeros'. */
  biasInitializer: initializer('zeros'),
  /** What the depthwise kernel adds to the loss: `l2()`, `l1()`, `l1l2({ … })` or a name. Default null. */
  depthwiseRegularizer: regularizerField,
  /** What the bias adds to the loss, as `depthwiseRegularizer`. Default null. */
  biasRegularizer: regularizerField,
  ...weightFields,
}

interface LearnedOptions extends WeightOptions, DepthwiseOptions, Options<typeof learned> {}

const fields1d = { ...depthwiseSteps, ...depthwiseFields, ...learned }
const fields2d = { ...depthwiseWindow, ...depthwiseFields, ...learned }

export interface DepthwiseConv1DOptions extends Options<typeof depthwiseSteps>, LearnedOptions {}
export type DepthwiseConv1DSpec = Spec<'depthwiseConv1d', typeof fields1d>
export interface DepthwiseConv2DOptions extends Options<typeof depthwiseWindow>, LearnedOptions {}
export type DepthwiseConv2DSpec = Spec<'depthwiseConv2d', typeof fields2d>

/**
 * One-dimensional convolution of each channel on its own.
 *
 * y[i, c·m + k] = activation(bias[c·m + k] + Σ_u x[i·s + u·d − p, c] · kernel[c·m + k, u, 0]), m = depthMultiplier
 *
 * In `[steps, channels]`, out `[outSteps, channels · m]`; kernel `[channels · m, kernelSize, 1]`, bias `[channels · m]`.
 * Throws a `UsageError` for an option that is unknown or out of range.
 * Source: https://keras.io/api/layers/convolution_layers/depthwise_convolution1d/.
 *
 * @example
 * buildModel(sequential([depthwiseConv1d({ kernelSize: 3, depthMultiplier: 2 })]), [28, 8]).outputShape // [26, 16]
 */
export function depthwiseConv1d(options: DepthwiseConv1DOptions): DepthwiseConv1DSpec {
  return parseSpec('depthwiseConv1d', fields1d, options)
}

/**
 * Two-dimensional convolution of each channel on its own.
 *
 * y[i, j, c·m + k] = activation(bias[c·m + k] + Σ_{u, v} x[i·s + u·d − p, j·s + v·d − p, c] · kernel[c·m + k, u, v, 0]),
 * m = depthMultiplier
 *
 * In `[height, width, channels]`, out `[outHeight, outWidth, channels · m]`; kernel
 * `[channels · m, kernelHeight, kernelWidth, 1]`, bias `[channels · m]`.
 * Throws a `UsageError` for an option that is unknown or out of range.
 * Source: https://keras.io/api/layers/convolution_layers/depthwise_convolution2d/.
 *
 * @example
 * buildModel(sequential([depthwiseConv2d({ kernelSize: 3 })]), [28, 28, 8]).outputShape // [26, 26, 8]
 */
export function depthwiseConv2d(options: DepthwiseConv2DOptions): DepthwiseConv2DSpec {
  return parseSpec('depthwiseConv2d', fields2d, options)
}

export const depthwiseConv1dLayer: LayerDefinition<DepthwiseConv1DSpec> = {
  className: 'DepthwiseConv1D',
  keras: {
    ...channelsLastWindow,
    only: { ...channelsLast.only, groups: 1 },
    formerly: { kernel: 'depthwise_kernel' },
  },
  fields: fields1d,
  role: 'weights',
  inputs: 'one',
  outputShape: (spec, inputs) => withoutRow(convolvedShape(overSteps(spec, rowOf(inputs)), rowOf(inputs))),
  parameters: (spec, inputs) => parametersOf(spec, { window: [spec.kernelSize], channels: rowOf(inputs)[2] }),
  multiplyAdds: (spec, inputs) => convolutionMultiplyAdds(overSteps(spec, rowOf(inputs)), rowOf(inputs)),
  window: ({ kernelSize, dilationRate, strides }) => stepWindow((kernelSize - 1) * dilationRate + 1, strides),
  lower: (spec, lowering) =>
    lowerAsRow(lowering, row => lowerConvolution(overSteps(spec, row.shape), row, lowering)),
}

export const depthwiseConv2dLayer: LayerDefinition<DepthwiseConv2DSpec> = {
  className: 'DepthwiseConv2D',
  keras: {
    ...channelsLastWindow,
    only: { ...channelsLast.only, groups: 1 },
    formerly: { kernel: 'depthwise_kernel' },
  },
  fields: fields2d,
  role: 'weights',
  inputs: 'one',
  outputShape: (spec, inputs) => convolvedShape(overImages(spec, imageOf(inputs)), imageOf(inputs)),
  parameters: (spec, inputs) => parametersOf(spec, { window: spec.kernelSize, channels: imageOf(inputs)[2] }),
  multiplyAdds: (spec, inputs) => convolutionMultiplyAdds(overImages(spec, imageOf(inputs)), imageOf(inputs)),
  window: ({ kernelSize, dilationRate, strides }) => ({
    size: windowExtent({ size: kernelSize, dilationRate }),
    strides,
  }),
  lower(spec, lowering) {
    const [x] = lowering.inputs
    return lowerConvolution(overImages(spec, x!.shape), x!, lowering)
  },
}

function overImages(spec: DepthwiseConv2DSpec, image: Shape): ImageConvolution {
  return asConvolution(spec, image[2]!, spec)
}

function overSteps(spec: DepthwiseConv1DSpec, row: Shape): ImageConvolution {
  return asConvolution(asRow(spec), row[2]!, spec)
}

type Learned = Values<typeof learned> & { readonly depthMultiplier: number }

function parametersOf(
  { depthMultiplier, useBias, ...spec }: Learned,
  input: DepthwiseInput,
): readonly ParameterSpec[] {
  const { shape, kerasShape, fans } = depthwiseKernel(depthMultiplier, input)
  const kernel = {
    name: 'kernel',
    role: 'kernel' as const,
    shape,
    kerasShape,
    fans,
    initializer: spec.depthwiseInitializer,
    regularizer: spec.depthwiseRegularizer,
  }
  return useBias ? [kernel, biasOf(shape[0]!, spec)] : [kernel]
}
