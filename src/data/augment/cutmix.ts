import { type Options, parseSpec, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { alphaField, probabilityField } from './fields.ts'

const fields = {
  /** The share λ that an image keeps is drawn from Beta(alpha, alpha), even for 1; near the border it keeps more. Default 1. */
  alpha: alphaField(1),
  /** The share of images that it happens to, from 0 to 1. Default 1. */
  probability: probabilityField,
}

export interface CutmixOptions extends Options<typeof fields> {}
export type CutmixSpec = Spec<'cutmix', typeof fields>

/**
 * Puts a rectangle of another image of the batch into each image, around a random pixel; its sides are √(1 − λ) of the
 * image's. The targets are mixed by the pixels: as the paper does it, and not Keras, which also counts those outside the image.
 *
 * It works with every loss, comes last in a list, and an image is mixed once: see `mixup`.
 *
 * Source: Yun et al. (2019); https://keras.io/api/layers/preprocessing_layers/image_augmentation/cut_mix/.
 *
 * @example
 * cutmix({ probability: 0.5 }).alpha // 1
 */
export function cutmix(options: CutmixOptions = {}): CutmixSpec {
  return parseSpec('cutmix', fields, options)
}

export const cutmixDefinition: AugmentationDefinition<CutmixSpec> = {
  fields,
  mix: ({ alpha, probability }) => ({ kind: 'cutmix', alpha, probability }),
}
