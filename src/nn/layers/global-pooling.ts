import { boolean, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import type { Shape } from '../../base/shape.ts'
import { channelsLast, type TfjsForm } from './keras-form.ts'
import type { LayerDefinition } from './layer.ts'
import { lowerPooling, type PoolingOp } from './pooling.ts'
import { rowOf } from './sequence.ts'
import { imageOf } from './window.ts'

const fields = {
  /** Keep the pooled axes, with length 1. Default false. */
  keepdims: boolean(false),
}

export interface GlobalPoolingOptions extends Options<typeof fields> {}
export type GlobalAveragePooling1DSpec = Spec<'globalAveragePooling1d', typeof fields>
export type GlobalAveragePooling2DSpec = Spec<'globalAveragePooling2d', typeof fields>
export type GlobalMaxPooling1DSpec = Spec<'globalMaxPooling1d', typeof fields>
export type GlobalMaxPooling2DSpec = Spec<'globalMaxPooling2d', typeof fields>

/**
 * The mean of each channel over all steps: in `[steps, channels]`, out `[channels]`.
 *
 * Source: https://keras.io/api/layers/pooling_layers/global_average_pooling1d/.
 *
 * @example
 * buildModel(sequential([globalAveragePooling1d()]), [7, 16]).outputShape // [16]
 */
export function globalAveragePooling1d(options: GlobalPoolingOptions = {}): GlobalAveragePooling1DSpec {
  return parseSpec('globalAveragePooling1d', fields, options)
}

/**
 * The mean of each channel over the whole image: in `[height, width, channels]`, out `[channels]`.
 *
 * Source: Lin, Chen and Yan (2013); https://keras.io/api/layers/pooling_layers/global_average_pooling2d/.
 *
 * @example
 * buildModel(sequential([globalAveragePooling2d()]), [7, 7, 64]).outputShape // [64]
 */
export function globalAveragePooling2d(options: GlobalPoolingOptions = {}): GlobalAveragePooling2DSpec {
  return parseSpec('globalAveragePooling2d', fields, options)
}

/**
 * The largest value of each channel over all steps: in `[steps, channels]`, out `[channels]`.
 *
 * Source: https://keras.io/api/layers/pooling_layers/global_max_pooling1d/.
 *
 * @example
 * buildModel(sequential([globalMaxPooling1d({ keepdims: true })]), [7, 16]).outputShape // [1, 16]
 */
export function globalMaxPooling1d(options: GlobalPoolingOptions = {}): GlobalMaxPooling1DSpec {
  return parseSpec('globalMaxPooling1d', fields, options)
}

/**
 * The largest value of each channel over the whole image: in `[height, width, channels]`, out `[channels]`.
 *
 * Source: https://keras.io/api/layers/pooling_layers/global_max_pooling2d/.
 *
 * @example
 * buildModel(sequential([globalMaxPooling2d({ keepdims: true })]), [7, 7, 64]).outputShape // [1, 1, 64]
 */
export function globalMaxPooling2d(options: GlobalPoolingOptions = {}): GlobalMaxPooling2DSpec {
  return parseSpec('globalMaxPooling2d', fields, options)
}

/** TensorFlow.js passes over `keepdims`. */
const withoutKeepdims: TfjsForm<{ readonly kind: string; readonly keepdims: boolean }> = {
  refused: ({ keepdims }) => (keepdims ? 'TensorFlow.js has no keepdims. Place a reshape behind it.' : null),
  instead: ({ kind, keepdims }, { outputShape }) =>
    keepdims ? [{ layer: { kind } }, { layer: { kind: 'reshape', targetShape: outputShape } }] : null,
}

type Rank = 1 | 2

function globalPoolingLayer<S extends { readonly kind: string; readonly keepdims: boolean }>(
  className: string,
  { op, rank }: { readonly op: PoolingOp; readonly rank: Rank },
): LayerDefinition<S> {
  const image = (inputs: readonly Shape[]): readonly [number, number, number] =>
    rank === 1 ? rowOf(inputs) : imageOf(inputs)
  const outputShape = ({ keepdims }: S, inputs: readonly Shape[]): Shape => {
    const channels = image(inputs)[2]
    return keepdims ? [...Array<number>(rank).fill(1), channels] : [channels]
  }
  return {
    className,
    keras: { ...channelsLast, tfjs: withoutKeepdims },
    fields,
    role: 'pooling',
    inputs: 'one',
    outputShape,
    window: () => 'all',
    lower(spec, lowering) {
      const [x] = lowering.inputs
      const [height, width, channels] = image([x!.shape])
      const whole = [height, width] as const
      const pooling = { poolSize: whole, strides: whole, padding: 'valid' } as const
      const y = lowerPooling(op, pooling, lowering.reshape(x!, [height, width, channels]), lowering)
      return lowering.reshape(y, outputShape(spec, [x!.shape]))
    },
  }
}

export const globalAveragePooling1dLayer = globalPoolingLayer<GlobalAveragePooling1DSpec>(
  'GlobalAveragePooling1D',
  { op: 'averagePooling', rank: 1 },
)
export const globalAveragePooling2dLayer = globalPoolingLayer<GlobalAveragePooling2DSpec>(
  'GlobalAveragePooling2D',
  { op: 'averagePooling', rank: 2 },
)
export const globalMaxPooling1dLayer = globalPoolingLayer<GlobalMaxPooling1DSpec>('GlobalMaxPooling1D', {
  op: 'maxPooling',
  rank: 1,
})
export const globalMaxPooling2dLayer = globalPoolingLayer<GlobalMaxPooling2DSpec>('GlobalMaxPooling2D', {
  op: 'maxPooling',
  rank: 2,
})
