import { boolean, number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { initializer } from '../initializers/initializer.ts'
import { regularizerField } from '../regularizers/regularizer.ts'
import { affineNames, affineParameters } from './affine.ts'
import type { LayerDefinition } from './layer.ts'
import { type WeightOptions, weightFields } from './weight-options.ts'

const fields = {
  /** The share of the moving statistics that each training step keeps, in [0, 1]. Default 0.99. */
  momentum: number(0.99, { min: 0, max: 1 }),
  /** Added to the variance, so that a constant channel is not divided by zero. Default 0.001. */
  epsilon: number(1e-3, { min: 0 }),
  /** Learn beta, which is added. Default true. */
  center: boolean(true),
  /** Learn gamma, which is multiplied by. Default true. */
  scale: boolean(true),
  /** What beta starts with. Default 'zeros'. */
  betaInitializer: initializer('zeros'),
  /** What gamma starts with. Default 'ones'. */
  gammaInitializer: initializer('ones'),
  /** What the moving mean starts with. Default 'zeros'. */
  movingMeanInitializer: initializer('zeros'),
  /** What the moving variance starts with. Default 'ones'. */
  movingVarianceInitializer: initializer('ones'),
  /** What beta adds to the loss: `l2()`, `l1()`, `l1l2({ … })` or a name. Default null. */
  betaRegularizer: regularizerField,
  /** What gamma adds to the loss, as `betaRegularizer`. Default null. */
  gammaRegularizer: regularizerField,
  ...weightFields,
}

export interface BatchNormalizationOptions extends WeightOptions, Options<typeof fields> {}
export type BatchNormalizationSpec = Spec<'batchNormalization', typeof fields>

/**
 * Batch normalisation over the last axis: y = gamma · (x − mean) / √(variance + epsilon) + beta
 *
 * While training, mean and variance are those of the batch, and the moving ones follow them:
 * moving ← moving · momentum + batch · (1 − momentum). Outside training the moving ones are used. As in Keras 2, the
 * moving variance of images follows the variance divided by N − 1, that of sequences and rows the one divided by N
 * (docs/decisions/0008-batch-normalization.md). With `trainable: false` the moving ones are used in training too, and stay.
 *
 * In and out `[…, channels]`; gamma, beta, movingMean and movingVariance `[channels]`, the last two not trainable.
 * Throws a `UsageError` for an option out of range; training refuses batches of one value per channel.
 * Source: Ioffe and Szegedy (2015); https://keras.io/api/layers/normalization_layers/batch_normalization/.
 *
 * @example
 * batchNormalization({ momentum: 0.9 }).epsilon // 0.001
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): BatchNormalizationSpec {
  return parseSpec('batchNormalization', fields, options)
}

export const batchNormalizationLayer: LayerDefinition<BatchNormalizationSpec> = {
  className: 'BatchNormalization',
  keras: { lastAxis: true, ignored: ['renorm_momentum'] },
  fields,
  role: 'normalization',
  inputs: 'one',
  seesBatch: true,
  outputShape: (_, inputs) => inputs[0]!,

  parameters(spec, inputs) {
    const channels = inputs[0]!.at(-1)!
    const state = {
      shape: [channels],
      fans: { fanIn: channels, fanOut: channels },
      trainable: false as const,
    }
    return [
      ...affineParameters(spec, channels),
      { name: 'movingMean', role: 'mean', initializer: spec.movingMeanInitializer, ...state },
      { name: 'movingVariance', role: 'variance', initializer: spec.movingVarianceInitializer, ...state },
    ]
  },

  lower({ epsilon, momentum, scale, center }, { inputs: [x], emit }) {
    return emit('batchNormalization', {
      inputs: [x!],
      outputShape: x!.shape,
      attributes: { epsilon, momentum, scale, center, bessel: x!.shape.length === 3 },
      parameters: ['movingMean', 'movingVariance', ...affineNames({ scale, center })],
    })
  },
}
