import { type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { around, fillOf, type ResamplingOptions, resamplingFields } from './fields.ts'

// A shift by the whole side would leave nothing of the image.
const bounds = { min: -1, max: 1, open: true }

const own = {
  /** A share of the height, positive is down: 0.1 for up to a tenth either way, or `[lowest, highest]`. Required. */
  heightFactor: required(around(bounds)),
  /** A share of the width, positive is to the right. Required. */
  widthFactor: required(around(bounds)),
}

const fields = { ...own, ...resamplingFields }

export interface RandomTranslationOptions extends Options<typeof own>, ResamplingOptions {}
export type RandomTranslationSpec = Spec<'randomTranslation', typeof fields>

/**
 * Shifts images by shares of their sides, drawn evenly from the ranges.
 * Throws a `UsageError` for a factor of −1 or less, or 1 or more.
 *
 * Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_translation/.
 *
 * @example
 * randomTranslation({ heightFactor: 0.1, widthFactor: [0, 0.2] }).heightFactor // [-0.1, 0.1]
 */
export function randomTranslation(options: RandomTranslationOptions): RandomTranslationSpec {
  return parseSpec('randomTranslation', fields, options)
}

export const randomTranslationDefinition: AugmentationDefinition<RandomTranslationSpec> = {
  fields,
  lower: spec => ({
    kind: 'translation',
    probability: spec.probability,
    fill: fillOf(spec),
    numbers: [...spec.heightFactor, ...spec.widthFactor],
  }),
}
