import { type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { lessAndMore, probabilityField } from './fields.ts'

const fields = {
  /** `[lower, upper]`: the factor is drawn from 1 − lower to 1 + upper; a number is both. Required. */
  factor: required(lessAndMore()),
  /** The share of images that it happens to, from 0 to 1. Default 1. */
  probability: probabilityField,
}

export interface RandomContrastOptions extends Options<typeof fields> {}
export type RandomContrastSpec = Spec<'randomContrast', typeof fields>

/**
 * Moves pixels away from the mean of their channel or towards it, (x − mean) · factor + mean, and clips to black and white.
 * Throws a `UsageError` for a bound outside [0, 1].
 *
 * Source: https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_contrast/, whose text
 * this follows: the code of Keras 3.15 takes a number f for [1, 1 + f].
 *
 * @example
 * randomContrast({ factor: 0.3 }).factor // [0.3, 0.3]
 */
export function randomContrast(options: RandomContrastOptions): RandomContrastSpec {
  return parseSpec('randomContrast', fields, options)
}

export const randomContrastDefinition: AugmentationDefinition<RandomContrastSpec> = {
  fields,
  lower: ({ factor: [lower, upper], probability }) => ({
    kind: 'contrast',
    probability,
    fill: null,
    numbers: [1 - lower, 1 + upper],
  }),
}
