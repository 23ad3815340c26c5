import { integer, type Options, oneOf, pair, parseSpec, required, type Spec } from '../../base/schema.ts'
import { type ResizeAttributes, resizeInterpolations } from '../../ops/resize.ts'
import { channelsLast } from './keras-form.ts'
import type { LayerDefinition, Lowering } from './layer.ts'
import { imageOf } from './window.ts'

const upSamplingFields = {
  /** How many times as many rows and columns: `[vertical, horizontal]`, or one number for both. Default [2, 2]. */
  size: pair([2, 2]),
  /** `nearest` repeats pixels, `bilinear` mixes neighbours. Default 'nearest'. */
  interpolation: oneOf(resizeInterpolations, 'nearest'),
}

const resizingFields = {
  /** Rows of the output. Required. */
  height: required(integer()),
  /** Columns of the output. Required. */
  width: required(integer()),
  /** `nearest` reads one pixel, `bilinear` mixes four neighbours; neither smooths what it shrinks. Default 'bilinear'. */
  interpolation: oneOf(resizeInterpolations, 'bilinear'),
}

export interface UpSampling2DOptions extends Options<typeof upSamplingFields> {}
export type UpSampling2DSpec = Spec<'upSampling2d', typeof upSamplingFields>
export interface ResizingOptions extends Options<typeof resizingFields> {}
export type ResizingSpec = Spec<'resizing', typeof resizingFields>

/**
 * An image with each row and column as often as `size` says.
 *
 * In `[height, width, channels]`, out `[height · size[0], width · size[1], channels]`. Throws a `UsageError` for a bad
 * option. Source: https://keras.io/api/layers/reshaping_layers/up_sampling2d/.
 *
 * @example
 * buildModel(sequential([upSampling2d({ size: [2, 3] })]), [7, 7, 8]).outputShape // [14, 21, 8]
 */
export function upSampling2d(options: UpSampling2DOptions = {}): UpSampling2DSpec {
  return parseSpec('upSampling2d', upSamplingFields, options)
}

/**
 * An image of another size: output pixel i has its center at (i + 1/2) · in / out of the input.
 *
 * In `[height, width, channels]`, out `[options.height, options.width, channels]`. Throws a `UsageError` for a bad option.
 * Source: https://keras.io/api/layers/preprocessing_layers/image_preprocessing/resizing/, with its defaults.
 *
 * @example
 * buildModel(sequential([resizing({ height: 32, width: 32 })]), [28, 28, 1]).outputShape // [32, 32, 1]
 */
export function resizing(options: ResizingOptions): ResizingSpec {
  return parseSpec('resizing', resizingFields, options)
}

const nearestOnly = {
  refused: ({ interpolation }: Readonly<Record<string, unknown>>) =>
    interpolation === undefined || interpolation === 'nearest'
      ? null
      : 'TensorFlow.js places the pixels of a bilinear interpolation elsewhere. Use the interpolation nearest.',
} as const

type Image = readonly [height: number, width: number, channels: number]

function resizeLayer<S extends { readonly kind: string } & ResizeAttributes>(
  className: string,
  { fields, sizeOf }: Pick<LayerDefinition<S>, 'fields'> & { sizeOf(spec: S, image: Image): Image },
): LayerDefinition<S> {
  return {
    className,
    keras: { only: { ...channelsLast.only, fill_mode: 'constant', fill_value: 0 }, tfjs: nearestOnly },
    fields,
    role: 'shape',
    inputs: 'one',
    outputShape: (spec, inputs) => sizeOf(spec, imageOf(inputs)),
    lower(spec, { inputs: [x], emit }: Lowering) {
      const outputShape = sizeOf(spec, imageOf([x!.shape]))
      return emit('resize', { inputs: [x!], outputShape, attributes: { interpolation: spec.interpolation } })
    },
  }
}

export const upSampling2dLayer = resizeLayer<UpSampling2DSpec>('UpSampling2D', {
  fields: upSamplingFields,
  sizeOf: ({ size }, [height, width, channels]) => [height * size[0], width * size[1], channels],
})

export const resizingLayer = resizeLayer<ResizingSpec>('Resizing', {
  fields: resizingFields,
  sizeOf: ({ height, width }, [, , channels]) => [height, width, channels],
})
