import { type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { around, fillFields, fillOf, probabilityField } from './fields.ts'

// A shift by the whole side would leave nothing of the image.
const bounds = { min: -1, max: 1, open: true }

const fields = {
  /** A share of the height, positive is down: 0.1 for up to a tenth either way, or `[lowest, highest]`. */
  heightFactor: required(around(bounds)),
  /** A share of the width, positive is to the right. */
  widthFactor: required(around(bounds)),
  ...fillFields,
  probability: probabilityField,
}

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
export function randomTranslation(options: Options<typeof fields>): RandomTranslationSpec {
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
