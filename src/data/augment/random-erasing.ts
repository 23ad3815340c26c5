import { number, type Options, optional, parseSpec, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { boxFill, probabilityField, upTo } from './fields.ts'

const fields = {
  /** The chance of an image is itself drawn from this range; a number f means [0, f], so that 1 erases half of them. Default [0, 1]. */
  factor: upTo([0, 1]),
  /** The range of the squared shares that height and width take of the image's, each drawn by itself. Default [0.02, 0.33]. */
  scale: upTo([0.02, 0.33]),
  /** 0 is black, 1 is white; `null`: normal noise, clipped. Default null. */
  fillValue: optional(number(undefined, { min: 0, max: 1 })),
  /** The share of images that it happens to, from 0 to 1. Default 1. */
  probability: probabilityField,
}

export interface RandomErasingOptions extends Options<typeof fields> {}
export type RandomErasingSpec = Spec<'randomErasing', typeof fields>

/**
 * Overwrites a random rectangle. Its sides are √s of the image's, s drawn evenly from `scale`; it lies within the image.
 *
 * Source: Zhong et al. (2017); https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_erasing/.
 *
 * @example
 * randomErasing({ factor: [1, 1], fillValue: 0 }).scale // [0.02, 0.33]
 */
export function randomErasing(options: RandomErasingOptions = {}): RandomErasingSpec {
  return parseSpec('randomErasing', fields, options)
}

export const randomErasingDefinition: AugmentationDefinition<RandomErasingSpec> = {
  fields,
  lower: ({ factor, scale, fillValue, probability }) => ({
    kind: 'erasing',
    probability,
    fill: boxFill(fillValue ?? 0),
    numbers: [...factor, ...scale, Number(fillValue === null)],
  }),
}
