import { initializer } from '../initializers/initializer.ts'
import { HeddleError } from '../spec/errors.ts'
import {
  boolean,
  integer,
  type Options,
  oneOf,
  pair,
  parseSpec,
  required,
  type Spec,
} from '../spec/fields.ts'
import { sizeOf } from '../tensor/shape.ts'
import { activationField, lowerActivation } from './activations.ts'
import type { LayerDefinition } from './layer.ts'
import { imageOf, slide, windowExtent } from './window.ts'

const fields = {
  /** Number of output channels. */
  filters: required(integer()),
  /** `[height, width]` of the window, or one number for both. */
  kernelSize: required(pair()),
  strides: pair([1, 1]),
  /** `valid`: only whole windows; `same`: zeros around the image, so that stride 1 keeps its size. */
  padding: oneOf(['valid', 'same'], 'valid'),
  /** Distance between the rows and columns that a window reads. */
  dilationRate: pair([1, 1]),
  /** Channels and filters are cut into this many groups that do not see each other. */
  groups: integer(1),
  activation: activationField('linear'),
  useBias: boolean(true),
  kernelInitializer: initializer('glorotUniform'),
  biasInitializer: initializer('zeros'),
}

export type Conv2DOptions = Options<typeof fields>
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
  inputs: 'one',

  outputShape(spec, inputs) {
    const image = imageOf(inputs)
    const { filters, groups } = spec
    if (image[2] % groups !== 0 || filters % groups !== 0) {
      throw new HeddleError(
        `groups: ${groups} must divide both the ${image[2]} input channels and the ${filters} filters.`,
      )
    }
    return [...geometry(spec, image).outputs, filters]
  },

  parameters({ filters, kernelSize, groups, useBias, ...spec }, inputs) {
    const channels = imageOf(inputs)[2] / groups
    const window = kernelSize[0] * kernelSize[1]
    const fans = { fanIn: channels * window, fanOut: filters * window }
    const kernel = { shape: [filters, ...kernelSize, channels], initializer: spec.kernelInitializer }
    const bias = { shape: [filters], initializer: spec.biasInitializer }
    return [{ name: 'kernel', ...kernel, fans }, ...(useBias ? [{ name: 'bias', ...bias, fans }] : [])]
  },

  multiplyAdds(spec, inputs) {
    const { outputs } = geometry(spec, imageOf(inputs))
    return sizeOf([...outputs, spec.filters, ...spec.kernelSize, imageOf(inputs)[2] / spec.groups])
  },

  window: ({ kernelSize, dilationRate, strides }) => ({
    size: windowExtent({ size: kernelSize, dilationRate }),
    strides,
  }),

  lower(spec, lowering) {
    const [x] = lowering.inputs
    const { outputs, padding } = geometry(spec, imageOf([x!.shape]))
    const { kernelSize, strides, dilationRate, groups } = spec
    const y = lowering.emit('convolution', {
      inputs: [x!],
      outputShape: [...outputs, spec.filters],
      attributes: { kernelSize, strides, dilationRate, padding, groups },
      parameters: spec.useBias ? ['kernel', 'bias'] : ['kernel'],
    })
    return lowerActivation(spec.activation, y, lowering)
  },
}

function geometry(spec: Conv2DSpec, image: readonly number[]): ReturnType<typeof slide> {
  return slide(image, { ...spec, size: spec.kernelSize })
}
