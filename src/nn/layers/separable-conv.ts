import {
  boolean,
  integer,
  type Options,
  parseSpec,
  required,
  type Spec,
  type Values,
} from '../../base/schema.ts'
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
  type ImageDepthwise,
} from './depthwise.ts'
import { channelsLast, channelsLastWindow } from './keras-form.ts'
import type { LayerDefinition, Lowering, ParameterSpec, Value } from './layer.ts'
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
  /** What the pointwise kernel starts with. Default 'glorotUniform'. */
  pointwiseInitializer: initializer('glorotUniform'),
  /** What the bias starts with. Default 'zeros'. */
  biasInitializer: initializer('zeros'),
  /** What the depthwise kernel adds to the loss: `l2()`, `l1()`, `l1l2({ … })` or a name. Default null. */
  depthwiseRegularizer: regularizerField,
  /** What the pointwise kernel adds to the loss, as `depthwiseRegularizer`. Default null. */
  pointwiseRegularizer: regularizerField,
  /** What the bias adds to the loss, as `depthwiseRegularizer`. Default null. */
  biasRegularizer: regularizerField,
  ...weightFields,
}

interface CommonOptions
  extends WeightOptions,
    Options<typeof filters>,
    DepthwiseOptions,
    Options<typeof learned> {}

const filters = {
  /** Number of output channels. Required. */
  filters: required(integer()),
}
const fields1d = { ...filters, ...depthwiseSteps, ...depthwiseFields, ...learned }
const fields2d = { ...filters, ...depthwiseWindow, ...depthwiseFields, ...learned }

export interface SeparableConv1DOptions extends Options<typeof depthwiseSteps>, CommonOptions {}
export type SeparableConv1DSpec = Spec<'separableConv1d', typeof fields1d>
export interface SeparableConv2DOptions extends Options<typeof depthwiseWindow>, CommonOptions {}
export type SeparableConv2DSpec = Spec<'separableConv2d', typeof fields2d>

/**
 * A depthwise convolution along the steps of a sequence, then a mix of its channels at each step.
 *
 * y[i, f] = activation(bias[f] + Σ_g z[i, g] · pointwiseKernel[f, 0, g]), z the depthwise convolution without bias
 *
 * In `[steps, channels]`, out `[outSteps, filters]`; depthwiseKernel `[channels · depthMultiplier, kernelSize, 1]`,
 * pointwiseKernel `[filters, 1, channels · depthMultiplier]`, bias `[filters]`.
 * Throws a `UsageError` for an option that is unknown or out of range.
 * Source: https://keras.io/api/layers/convolution_layers/separable_convolution1d/.
 *
 * @example
 * buildModel(sequential([separableConv1d({ filters: 32, kernelSize: 3 })]), [28, 8]).outputShape // [26, 32]
 */
export function separableConv1d(options: SeparableConv1DOptions): SeparableConv1DSpec {
  return parseSpec('separableConv1d', fields1d, options)
}

/**
 * A depthwise convolution of an image, then a mix of its channels at each pixel: far fewer weights than a convolution.
 *
 * y[i, j, f] = activation(bias[f] + Σ_g z[i, j, g] · pointwiseKernel[f, 0, 0, g]), z the depthwise convolution without bias
 *
 * In `[height, width, channels]`, out `[outHeight, outWidth, filters]`; depthwiseKernel
 * `[channels · depthMultiplier, kernelHeight, kernelWidth, 1]`, pointwiseKernel
 * `[filters, 1, 1, channels · depthMultiplier]`, bias `[filters]`.
 * Throws a `UsageError` for an option that is unknown or out of range.
 * Source: Chollet (2017); https://keras.io/api/layers/convolution_layers/separable_convolution2d/.
 *
 * @example
 * buildModel(sequential([separableConv2d({ filters: 64, kernelSize: 3 })]), [28, 28, 32]).parameterCount // 2400
 */
export function separableConv2d(options: SeparableConv2DOptions): SeparableConv2DSpec {
  return parseSpec('separableConv2d', fields2d, options)
}

export const separableConv1dLayer: LayerDefinition<SeparableConv1DSpec> = {
  className: 'SeparableConv1D',
  keras: { ...channelsLastWindow, only: { ...channelsLast.only, groups: 1 } },
  fields: fields1d,
  role: 'weights',
  inputs: 'one',
  outputShape: (spec, inputs) => withoutRow(separatedShape(spec, asRow(spec), rowOf(inputs))),
  parameters: (spec, inputs) => parametersOf(spec, { window: [spec.kernelSize], channels: rowOf(inputs)[2] }),
  multiplyAdds: (spec, inputs) => separableMultiplyAdds(spec, asRow(spec), rowOf(inputs)),
  window: ({ kernelSize, dilationRate, strides }) => stepWindow((kernelSize - 1) * dilationRate + 1, strides),
  lower: (spec, lowering) => lowerAsRow(lowering, row => lowerSeparable(spec, asRow(spec), row, lowering)),
}

export const separableConv2dLayer: LayerDefinition<SeparableConv2DSpec> = {
  className: 'SeparableConv2D',
  keras: { ...channelsLastWindow, only: { ...channelsLast.only, groups: 1 } },
  fields: fields2d,
  role: 'weights',
  inputs: 'one',
  outputShape: (spec, inputs) => separatedShape(spec, spec, imageOf(inputs)),
  parameters: (spec, inputs) => parametersOf(spec, { window: spec.kernelSize, channels: imageOf(inputs)[2] }),
  multiplyAdds: (spec, inputs) => separableMultiplyAdds(spec, spec, imageOf(inputs)),
  window: ({ kernelSize, dilationRate, strides }) => ({
    size: windowExtent({ size: kernelSize, dilationRate }),
    strides,
  }),
  lower: (spec, lowering) => lowerSeparable(spec, spec, lowering.inputs[0]!, lowering),
}

type Pointwise = Pick<ImageConvolution, 'filters' | 'useBias' | 'activation'>

/** The two convolutions that it is made of. */
function partsOf(
  { filters, useBias, activation }: Pointwise,
  depthwise: ImageDepthwise,
  channels: number,
): readonly [depthwise: ImageConvolution, pointwise: ImageConvolution] {
  const one = [1, 1] as const
  return [
    asConvolution(depthwise, channels, { useBias: false, activation: 'linear' }),
    {
      kernelSize: one,
      strides: one,
      dilationRate: one,
      padding: 'valid',
      groups: 1,
      filters,
      useBias,
      activation,
    },
  ]
}

function separatedShape(spec: Pointwise, depthwise: ImageDepthwise, image: Shape): Shape {
  const [first, second] = partsOf(spec, depthwise, image[2]!)
  return convolvedShape(second, convolvedShape(first, image))
}

function separableMultiplyAdds(spec: Pointwise, depthwise: ImageDepthwise, image: Shape): number {
  const [first, second] = partsOf(spec, depthwise, image[2]!)
  return convolutionMultiplyAdds(first, image) + convolutionMultiplyAdds(second, convolvedShape(first, image))
}

function lowerSeparable(spec: Pointwise, depthwise: ImageDepthwise, image: Value, lowering: Lowering): Value {
  const [first, second] = partsOf(spec, depthwise, image.shape[2]!)
  const z = lowerConvolution(first, image, lowering, 'depthwiseKernel')
  return lowerConvolution(second, z, lowering, 'pointwiseKernel')
}

type Learned = Values<typeof learned> & { readonly filters: number; readonly depthMultiplier: number }

function parametersOf(
  { filters, depthMultiplier, useBias, ...spec }: Learned,
  input: DepthwiseInput,
): readonly ParameterSpec[] {
  const depthwise = depthwiseKernel(depthMultiplier, input)
  const between = depthwise.shape[0]!
  const pointwise = {
    shape: [filters, ...input.window.map(() => 1), between],
    fans: { fanIn: between, fanOut: filters },
  }
  return [
    {
      name: 'depthwiseKernel',
      role: 'kernel',
      initializer: spec.depthwiseInitializer,
      regularizer: spec.depthwiseRegularizer,
      ...depthwise,
    },
    {
      name: 'pointwiseKernel',
      role: 'kernel',
      initializer: spec.pointwiseInitializer,
      regularizer: spec.pointwiseRegularizer,
      ...pointwise,
    },
    ...(useBias ? [biasOf(filters, spec)] : []),
  ]
}
