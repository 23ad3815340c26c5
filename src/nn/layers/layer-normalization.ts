import { number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { type AffineOptions, affineFields, affineNames, affineParameters } from './affine.ts'
import type { LayerDefinition } from './layer.ts'

const own = {
  /** Added to the variance, so that a row of equal values is not divided by zero. Default 0.001. */
  epsilon: number(1e-3, { min: 0 }),
}

const fields = { ...own, ...affineFields }

export interface LayerNormalizationOptions extends Options<typeof own>, AffineOptions {}
export type LayerNormalizationSpec = Spec<'layerNormalization', typeof fields>

/**
 * Layer normalisation over the last axis: y = gamma · (x − mean) / √(variance + epsilon) + beta
 *
 * Mean and variance are those of each row of channels, in training and outside it; so an example never depends on the
 * others of its batch. In and out `[…, channels]`; gamma and beta `[channels]`.
 * Throws a `UsageError` for an option out of range.
 * Source: Ba, Kiros and Hinton (2016); https://keras.io/api/layers/normalization_layers/layer_normalization/.
 *
 * @example
 * buildModel(sequential([layerNormalization()]), [28, 28, 3]).parameterCount // 6
 */
export function layerNormalization(options: LayerNormalizationOptions = {}): LayerNormalizationSpec {
  return parseSpec('layerNormalization', fields, options)
}

export const layerNormalizationLayer: LayerDefinition<LayerNormalizationSpec> = {
  className: 'LayerNormalization',
  keras: { lastAxis: true },
  fields,
  role: 'normalization',
  inputs: 'one',
  outputShape: (_, inputs) => inputs[0]!,

  parameters: (spec, inputs) => affineParameters(spec, inputs[0]!.at(-1)!),

  lower(spec, { inputs: [x], emit }) {
    const { epsilon, scale, center } = spec
    return emit('layerNormalization', {
      inputs: [x!],
      outputShape: x!.shape,
      attributes: { epsilon, scale, center },
      parameters: affineNames(spec),
    })
  },
}
