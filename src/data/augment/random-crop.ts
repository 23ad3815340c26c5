import { UsageError } from '../../base/errors.ts'
import { type Options, oneOf, optional, pair, parseSpec, type Spec } from '../../base/schema.ts'
import type { AugmentationDefinition } from './augmentation.ts'
import { fillOf, fillValueField, probabilityField, resamplingFields } from './fields.ts'

const fields = {
  /** Pixels added above and below, left and right: a number, or `[height, width]`. Default [0, 0]. */
  padding: pair([0, 0], { min: 0 }),
  /** The window that is cut out, `[height, width]`; `null`: as large as the image. Default null. */
  size: optional(pair()),
  /** What the padding holds, as in `randomRotation`. Zeros are the recipe of the literature. Default 'constant'. */
  fillMode: oneOf(['constant', 'nearest', 'reflect'], 'constant'),
  /** What the padding holds where `fillMode` is `constant`: 0 is black, 1 is white. Default 0. */
  fillValue: fillValueField,
  /** How a window of another size is stretched. Default 'bilinear'. */
  interpolation: resamplingFields.interpolation,
  /** The share of images that it happens to, from 0 to 1. Default 1. */
  probability: probabilityField,
}

export interface RandomCropOptions extends Options<typeof fields> {}
export type RandomCropSpec = Spec<'randomCrop', typeof fields>

/**
 * Pads images and cuts a window out at a random place; a window of another size is stretched to the image's, so that images
 * keep their shape. Without `size` this is a shift by whole pixels, which copies exactly: `padding: 4` is the usual recipe
 * for CIFAR. Throws a `UsageError` if the padding is not smaller than the image, or the window larger than both.
 *
 * Source: He et al. (2016), section 4.2. Keras' RandomCrop changes the shape instead.
 *
 * @example
 * randomCrop({ padding: 2 }).padding // [2, 2]
 */
export function randomCrop(options: RandomCropOptions): RandomCropSpec {
  const spec = parseSpec('randomCrop', fields, options)
  checkWindow(spec)
  return spec
}

/** Without both nothing would be cut. */
function checkWindow({ size, padding }: RandomCropSpec): void {
  if (size === null && padding.every(pixels => pixels === 0)) {
    throw new UsageError(
      'randomCrop: give padding, such as 4, or size, or both: without them nothing is cut.',
    )
  }
}

export const randomCropDefinition: AugmentationDefinition<RandomCropSpec> = {
  fields,
  check: checkWindow,
  lower(spec, [height, width]) {
    const { padding, size, probability } = spec
    const [padY, padX] = padding
    const [sizeY, sizeX] = size ?? [height, width]
    if (padY >= height || padX >= width) {
      throw new UsageError(
        `randomCrop: a padding of ${padY} × ${padX} is not smaller than the image of ${height} × ${width}: ` +
          'nothing of it might be left. Use less padding.',
      )
    }
    if (sizeY > height + 2 * padY || sizeX > width + 2 * padX) {
      throw new UsageError(
        `randomCrop: a window of ${sizeY} × ${sizeX} is larger than the padded image of ` +
          `${height + 2 * padY} × ${width + 2 * padX}. Use a smaller size or more padding.`,
      )
    }
    return { kind: 'crop', probability, fill: fillOf(spec), numbers: [padY, padX, sizeY, sizeX] }
  },
}
