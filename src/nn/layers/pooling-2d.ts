import { type Options, oneOf, optional, pair, parseSpec, type Spec } from '../../base/schema.ts'
import { channelsLast } from './keras-form.ts'
import type { LayerDefinition } from './layer.ts'
import { type ImagePooling, lowerPooling, type PoolingOp, pooledShape } from './pooling.ts'
import { imageOf } from './window.ts'

const fields = {
  /** `[height, width]` of the window, or one number for both. Default [2, 2]. */
  poolSize: pair([2, 2]),
  /** Distance between windows; left out: the pool size, so that windows do not overlap. Default null. */
  strides: optional(pair()),
  /** `valid`: only whole windows; `same`: windows over the edge too, so that stride 1 keeps the size. Default 'valid'. */
  padding: oneOf(['valid', 'same'], 'valid'),
}

export interface Pooling2DOptions extends Options<typeof fields> {}
export type MaxPooling2DSpec = Spec<'maxPooling2d', typeof fields>
export type AveragePooling2DSpec = Spec<'averagePooling2d', typeof fields>

/**
 * The largest value of each window, channel by channel.
 *
 * In `[height, width, channels]`, out `[outHeight, outWidth, channels]`. Throws a `UsageError` for a bad option.
 * Source: https://keras.io/api/layers/pooling_layers/max_pooling2d/.
 *
 * @example
 * maxPooling2d().poolSize // [2, 2]
 */
export function maxPooling2d(options: Pooling2DOptions = {}): MaxPooling2DSpec {
  return parseSpec('maxPooling2d', fields, options)
}

/**
 * The mean of each window, channel by channel; padding does not count.
 *
 * In `[height, width, channels]`, out `[outHeight, outWidth, channels]`. Throws a `UsageError` for a bad option.
 * Source: https://keras.io/api/layers/pooling_layers/average_pooling2d/.
 *
 * @example
 * averagePooling2d({ poolSize: 7 }).poolSize // [7, 7]
 */
export function averagePooling2d(options: Pooling2DOptions = {}): AveragePooling2DSpec {
  return parseSpec('averagePooling2d', fields, options)
}

function poolingLayer<S extends MaxPooling2DSpec | AveragePooling2DSpec>(
  className: string,
  op: PoolingOp,
): LayerDefinition<S> {
  const pooling = ({ poolSize, strides, padding }: S): ImagePooling => ({
    poolSize,
    strides: strides ?? poolSize,
    padding,
  })
  return {
    className,
    keras: channelsLast,
    fields,
    role: 'pooling',
    inputs: 'one',
    outputShape: (spec, inputs) => pooledShape(pooling(spec), imageOf(inputs)),
    window: spec => ({ size: spec.poolSize, strides: pooling(spec).strides }),
    lower: (spec, lowering) => lowerPooling(op, pooling(spec), lowering.inputs[0]!, lowering),
  }
}

export const maxPooling2dLayer = poolingLayer<MaxPooling2DSpec>('MaxPooling2D', 'maxPooling')
export const averagePooling2dLayer = poolingLayer<AveragePooling2DSpec>('AveragePooling2D', 'averagePooling')
