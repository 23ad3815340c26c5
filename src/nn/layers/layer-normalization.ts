import { boolean, number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { initializer } from '../initializers/initializer.ts'
import { regularizerField } from '../regularizers/regularizer.ts'
import type { LayerDefinition } from './layer.ts'

const fields = {
  /** Added to the variance, so that a row of equal values is not divided by zero. Default 0.001. */
  epsilon: number(1e-3, { min: 0 }),
  /** Learn beta, which is added. Default true. */
  center: boolean(true),
  /** Learn gamma, which is multiplied by. Default true. */
  scale: boolean(true),
  /** What beta starts with. Default 'zeros'. */
  betaInitializer: initializer('zeros'),
  /** What gamma starts with. Default 'ones'. */
  gammaInitializer: initializer('ones'),
  /** What beta adds to the loss: `l2()`, `l1()`, `l1l2({ … })` or a name. Default null. */
  betaRegularizer: regularizerField,
  /** What gamma adds to the loss, as `betaRegularizer`. Default null. */
  gammaRegularizer: regularizerField,
}

export interface LayerNormalizationOptions extends Options<typeof fields> {}
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
  fields,
  role: 'normalization',
  inputs: 'one',
  outputShape: (_, inputs) => inputs[0]!,

  parameters({ scale, center, ...spec }, inputs) {
    const channels = inputs[0]!.at(-1)!
    const common = { shape: [channels], fans: { fanIn: channels, fanOut: channels } }
    return [
      ...(scale
        ? [
            {
              name: 'gamma',
              role: 'scale' as const,
              initializer: spec.gammaInitializer,
              regularizer: spec.gammaRegularizer,
              ...common,
            },
          ]
        : []),
      ...(center
        ? [
            {
              name: 'beta',
              role: 'offset' as const,
              initializer: spec.betaInitializer,
              regularizer: spec.betaRegularizer,
              ...common,
            },
          ]
        : []),
    ]
  },

  lower({ epsilon, scale, center }, { inputs: [x], emit }) {
    return emit('layerNormalization', {
      inputs: [x!],
      outputShape: x!.shape,
      attributes: { epsilon, scale, center },
      parameters: [...(scale ? ['gamma'] : []), ...(center ? ['beta'] : [])],
    })
  },
}
