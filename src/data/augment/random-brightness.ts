import { type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { around, probabilityField } from './fields.ts'

const fields = {
  /** What is added, as a share of white: 0.2 for up to a fifth either way, or `[lowest, highest]`. Required. */
  factor: required(around({ min: -1, max: 1 })),
  /** The share of images that it happens to, from 0 to 1. Default 1. */
  probability: probabilityField,
}

export interface RandomBrightnessOptions extends Options<typeof fields> {}
export type RandomBrightnessSpec = Spec<'randomBrightness', typeof fields>

/**
 * Adds one number to all pixels of an image and clips them to black and white: −1 makes it black, 1 white.
 * Throws a `UsageError` for a factor outside [−1, 1].
 *
 * Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_brightness/.
 *
 * @example
 * randomBrightness({ factor: 0.2 }).factor // [-0.2, 0.2]
 */
export function randomBrightness(options: RandomBrightnessOptions): RandomBrightnessSpec {
  return parseSpec('randomBrightness', fields, options)
}

export const randomBrightnessDefinition: AugmentationDefinition<RandomBrightnessSpec> = {
  fields,
  lower: ({ factor, probability }) => ({ kind: 'brightness', probability, fill: null, numbers: factor }),
}
