import { number, type Options, optional, parseSpec, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { boxFill, probabilityField, upTo } from './fields.ts'

const fields = {
  /** The chance of an image is itself drawn from this range; a number f means [0, f], so that 1 erases half of them. */
  factor: upTo([0, 1]),
  /** The range of the squared shares that height and width take of the image's, each drawn by itself. */
  scale: upTo([0.02, 0.33]),
  /** 0 is black, 1 is white; `null`: normal noise, clipped. */
  fillValue: optional(number(undefined, { min: 0, max: 1 })),
  probability: probabilityField,
}

export type RandomErasingSpec = Spec<'randomErasing', typeof fields>

/**
 * Overwrites a random rectangle. Its sides are √s of the image's, s drawn evenly from `scale`; it lies within the image.
 *
 * Source: Zhong et al. (2017); https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_erasing/.
 *
 * @example
 * randomErasing({ factor: [1, 1], fillValue: 0 }).scale // [0.02, 0.33]
 */
export function randomErasing(options: Options<typeof fields> = {}): RandomErasingSpec {
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
