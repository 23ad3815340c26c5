import { number, type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { Shape } from '../../base/shape.ts'
import type { TfjsForm } from './keras-form.ts'
import type { LayerDefinition } from './layer.ts'
import { rowOf } from './sequence.ts'
import { imageOf } from './window.ts'

const fields = {
  /** The share of channels set to zero while training, in [0, 1). Required. */
  rate: required(number(undefined, { min: 0, below: 1 })),
}

export interface SpatialDropoutOptions extends Options<typeof fields> {}
export type SpatialDropout1DSpec = Spec<'spatialDropout1d', typeof fields>
export type SpatialDropout2DSpec = Spec<'spatialDropout2d', typeof fields>

/**
 * Dropout of whole channels of a sequence: while training, each channel of an example is zero with probability `rate`,
 * else divided by 1 − `rate`. In and out `[steps, channels]`. Throws a `UsageError` for a rate outside [0, 1).
 *
 * Source: https://keras.io/api/layers/regularization_layers/spatial_dropout1d/.
 *
 * @example
 * spatialDropout1d({ rate: 0.2 }) // { kind: 'spatialDropout1d', rate: 0.2 }
 */
export function spatialDropout1d(options: SpatialDropoutOptions): SpatialDropout1DSpec {
  return parseSpec('spatialDropout1d', fields, options)
}

/**
 * Dropout of whole channels of an image, whose neighbouring pixels say nearly the same: while training, each channel of
 * an example is zero with probability `rate`, else divided by 1 − `rate`. In and out `[height, width, channels]`.
 * Throws a `UsageError` for a rate outside [0, 1).
 *
 * Source: Tompson et al. (2015); https://keras.io/api/layers/regularization_layers/spatial_dropout2d/.
 *
 * @example
 * spatialDropout2d({ rate: 0.2 }) // { kind: 'spatialDropout2d', rate: 0.2 }
 */
export function spatialDropout2d(options: SpatialDropoutOptions): SpatialDropout2DSpec {
  return parseSpec('spatialDropout2d', fields, options)
}

function spatialDropoutLayer<S extends SpatialDropout1DSpec | SpatialDropout2DSpec>(
  className: string,
  check: (inputs: readonly Shape[]) => unknown,
  tfjs: TfjsForm<S> = {},
): LayerDefinition<S> {
  return {
    className,
    keras: { ignored: ['seed'], tfjs },
    fields,
    role: 'dropout',
    inputs: 'one',
    outputShape(_, inputs) {
      check(inputs)
      return inputs[0]!
    },
    lower({ rate }, { inputs: [x], emit, nextOrdinal }) {
      const attributes = { rate, ordinal: nextOrdinal(), covers: 'channel' } as const
      return rate === 0 ? x! : emit('dropout', { inputs: [x!], outputShape: x!.shape, attributes })
    },
  }
}

export const spatialDropout1dLayer = spatialDropoutLayer<SpatialDropout1DSpec>('SpatialDropout1D', rowOf)
export const spatialDropout2dLayer = spatialDropoutLayer<SpatialDropout2DSpec>('SpatialDropout2D', imageOf, {
  instead: ({ rate }) => [
    {
      layer: { kind: 'dropout', rate },
      remark: 'it drops single numbers there, not whole channels: this acts in training only',
    },
  ],
})
