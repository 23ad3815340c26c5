import {
  boolean,
  formOf,
  integer,
  later,
  number,
  type Options,
  oneOf,
  optional,
  parseSpec,
  required,
  type Spec,
} from '../base/schema.ts'
import { augmentationField } from '../data/augment/index.ts'
import { pixelRangeField } from '../data/pixels.ts'
import { losses } from '../nn/losses/loss.ts'
import { metricsField, topKField } from '../nn/metrics/index.ts'
import { optimizers } from '../nn/optimizers/index.ts'
import { valueText } from '../protocol/options.ts'
import { callbacks } from './callbacks/index.ts'
import { classWeightField } from './class-weights.ts'
import { fineTuningField } from './fine-tuning.ts'
import { learningRatesField } from './learning-rates.ts'

export const trainFields = {
  /** `adam()`, `sgd({ momentum: 0.9 })`, or a name. Required. */
  optimizer: required(optimizers.field),
  /** `sparseCategoricalCrossentropy()` or another loss, or a name. Required. */
  loss: required(losses.field),
  /** How often training goes through all training images. Default 1. */
  epochs: integer(1),
  /** Training images in a step. Default 32. */
  batchSize: integer(32),
  /**
   * The share of the training examples that is kept for validation, before any shuffling; `stratify` decides which. Data with a
   * validation part of its own (a folder `val`) needs none.
   * Default 0.
   */
  validationSplit: number(0, { min: 0, below: 1 }),
  /**
   * Which examples `validationSplit` takes. `true`: the same share of every class, drawn by the seed. `false`: the last ones, as
   * Keras does. `null`, the default: the last ones where they have every class in about its share, as in shuffled data; else as `true`.
   * Default null.
   */
  stratify: optional(boolean(false)),
  /** `test`: validate on the test examples. They are then no longer unseen: choose nothing by them. Default null. */
  validationData: optional(oneOf(['test'])),
  /** The network may have more outputs than there are classes: those that no example is labelled with. Default false. */
  spareOutputs: boolean(false),
  /** What a byte is to the network, here and in validation: `unit` is 0 to 1, `raw` 0 to 255. Default 'unit'. */
  pixelRange: pixelRangeField,
  /** Changes training images, and no others, at random: a list, applied in its order. Default []. */
  augmentation: augmentationField,
  /**
   * How many changed versions of each training image there are, one an epoch in turn: the outputs of a frozen first part are then
   * computed once for each, and not in every step. Needs `augmentation` and frozen first layers. Default null: each step draws new ones.
   */
  variants: later(optional(integer())),
  /** Show the training examples in a new order each epoch. Default true. */
  shuffle: boolean(true),
  /** Measure the training examples again after each epoch, with dropout off: `trainLoss`, `trainAccuracy`. Default false. */
  evaluateTraining: boolean(false),
  /**
   * What the learning rate of some layers is multiplied by, by their name or the beginning of it: `{ conv: 0.1 }`. The longest one that
   * fits counts. Weight decay is multiplied too. Default {}.
   */
  learningRates: later(learningRatesField),
  /**
   * A second phase: `{ after: 5, unfreeze: 20, learningRate: 1e-5 }` trains as it is for 5 epochs; in the rest of `epochs` the last 20
   * of the frozen layers learn too (or all from the layer of a name on), at that rate. Batch normalisations stay frozen. Default null.
   */
  fineTuning: later(optional(fineTuningField)),
  /** What the loss of an example counts, by class: `{ Bag: 4 }` or `{ 8: 4 }`, the others 1. In training only. Default null. */
  classWeight: classWeightField,
  /** What to measure besides the loss and the accuracy, which always are. Default ['accuracy']. */
  metrics: metricsField,
  /** Also measure how often the right class is among this many of the most probable ones: `topKAccuracy`. Default null. */
  topK: topKField,
  /** `earlyStopping({ … })` and others, each told what is measured. Default []. */
  callbacks: callbacks.list(),
}

export interface TrainOptions extends Options<typeof trainFields> {}
export type TrainSpec = Spec<'train', typeof trainFields>

/** Checks options and fills in Keras' defaults. Throws a `UsageError` that names the bad one. */
export function trainSpec(options: TrainOptions): TrainSpec {
  return parseSpec('train', trainFields, options)
}

const forms = formOf(trainFields)

/**
 * The value of a training option as tables show it: nested specs without what is default in them.
 *
 * @example
 * trainOptionText('optimizer', sgd({ momentum: 0.9 })) // 'sgd (learningRate 0.01, momentum 0.9)'
 */
export function trainOptionText(name: string, value: unknown): string {
  return valueText(value, forms[name]?.form)
}
