import { integer, type Options, oneOf, optional, parseSpec, type Spec } from '../../base/schema.ts'
import { channelsLast } from './keras-form.ts'
import type { LayerDefinition } from './layer.ts'
import { type ImagePooling, lowerPooling, type PoolingOp, pooledShape } from './pooling.ts'
import { lowerAsRow, rowOf, stepWindow, withoutRow } from './sequence.ts'

const fields = {
  /** Steps that a window holds. Default 2. */
  poolSize: integer(2),
  /** Distance between windows; left out: the pool size, so that windows do not overlap. Default null. */
  strides: optional(integer()),
  /** `valid`: only whole windows; `same`: windows over the edge too, so that stride 1 keeps the size. Default 'valid'. */
  padding: oneOf(['valid', 'same'], 'valid'),
}

export interface Pooling1DOptions extends Options<typeof fields> {}
export type MaxPooling1DSpec = Spec<'maxPooling1d', typeof fields>
export type AveragePooling1DSpec = Spec<'averagePooling1d', typeof fields>

/**
 * The largest value of each window of steps, channel by channel.
 *
 * In `[steps, channels]`, out `[outSteps, channels]`. Throws a `UsageError` for a bad option.
 * Source: https://keras.io/api/layers/pooling_layers/max_pooling1d/.
 *
 * @example
 * maxPooling1d({ poolSize: 3 }).poolSize // 3
 */
export function maxPooling1d(options: Pooling1DOptions = {}): MaxPooling1DSpec {
  return parseSpec('maxPooling1d', fields, options)
}

/**
 * The mean of each window of steps, channel by channel; padding does not count.
 *
 * In `[steps, channels]`, out `[outSteps, channels]`. Throws a `UsageError` for a bad option.
 * Source: https://keras.io/api/layers/pooling_layers/average_pooling1d/.
 *
 * @example
 * averagePooling1d().poolSize // 2
 */
export function averagePooling1d(options: Pooling1DOptions = {}): AveragePooling1DSpec {
  return parseSpec('averagePooling1d', fields, options)
}

function poolingLayer<S extends MaxPooling1DSpec | AveragePooling1DSpec>(
  className: string,
  op: PoolingOp,
): LayerDefinition<S> {
  const pooling = ({ poolSize, strides, padding }: S): ImagePooling => ({
    poolSize: [1, poolSize],
    strides: [1, strides ?? poolSize],
    padding,
  })
  return {
    className,
    keras: channelsLast,
    fields,
    role: 'pooling',
    inputs: 'one',
    outputShape: (spec, inputs) => withoutRow(pooledShape(pooling(spec), rowOf(inputs))),
    window: ({ poolSize, strides }) => stepWindow(poolSize, strides ?? poolSize),
    lower: (spec, lowering) => lowerAsRow(lowering, row => lowerPooling(op, pooling(spec), row, lowering)),
  }
}

export const maxPooling1dLayer = poolingLayer<MaxPooling1DSpec>('MaxPooling1D', 'maxPooling')
export const averagePooling1dLayer = poolingLayer<AveragePooling1DSpec>('AveragePooling1D', 'averagePooling')
