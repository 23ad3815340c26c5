import { type Options, parseSpec, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { alphaField, probabilityField } from './fields.ts'

const fields = {
  /** The share λ of each image is drawn from Beta(alpha, alpha): near 0 or 1 for a small alpha, even for 1. Default 0.2. */
  alpha: alphaField(0.2),
  /** The share of images that it happens to, from 0 to 1. Default 1. */
  probability: probabilityField,
}

export interface MixupOptions extends Options<typeof fields> {}
export type MixupSpec = Spec<'mixup', typeof fields>

/**
 * Mixes each image with another of its batch, and their targets alike: λ · own + (1 − λ) · other.
 *
 * It works with every loss: targets become rows of shares, where 70 % shirt and 30 % coat is the target (0.7, 0.3).
 * The accuracy of training steps counts the class with the larger share. The other image has had its own augmentation.
 * `mixup` and `cutmix` come last in a list. An image is mixed once: `[mixup({ probability: 0.5 }), cutmix()]` gives half of
 * the images to each.
 *
 * Source: Zhang et al. (2017); https://keras.io/api/layers/preprocessing_layers/image_augmentation/mix_up/.
 *
 * @example
 * mixup().alpha // 0.2
 */
export function mixup(options: MixupOptions = {}): MixupSpec {
  return parseSpec('mixup', fields, options)
}

export const mixupDefinition: AugmentationDefinition<MixupSpec> = {
  fields,
  mix: ({ alpha, probability }) => ({ kind: 'mixup', alpha, probability }),
}
