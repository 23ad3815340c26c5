import { UsageError } from '../../base/errors.ts'
import { type Options, pair, parseSpec, required, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { boxFill, fillValueField, probabilityField } from './fields.ts'

const fields = {
  /** In pixels: a number, or `[height, width]`. Required. */
  size: required(pair()),
  /** What the square becomes: 0 is black, 1 is white. Default 0. */
  fillValue: fillValueField,
  /** The share of images that it happens to, from 0 to 1. Default 1. */
  probability: probabilityField,
}

export interface CutoutOptions extends Options<typeof fields> {}
export type CutoutSpec = Spec<'cutout', typeof fields>

/**
 * Overwrites a rectangle of one size around a random pixel; near the border a part of it lies outside.
 * Throws a `UsageError` if it is larger than the image.
 *
 * Source: DeVries and Taylor (2017).
 *
 * @example
 * cutout({ size: 8 }).size // [8, 8]
 */
export function cutout(options: CutoutOptions): CutoutSpec {
  return parseSpec('cutout', fields, options)
}

export const cutoutDefinition: AugmentationDefinition<CutoutSpec> = {
  fields,
  lower({ size, fillValue, probability }, [height, width]) {
    if (size[0] > height || size[1] > width) {
      throw new UsageError(
        `cutout: a size of ${size.join(' × ')} is larger than the image of ${height} × ${width}. Use a smaller one.`,
      )
    }
    return { kind: 'cutout', probability, fill: boxFill(fillValue), numbers: size }
  },
}
