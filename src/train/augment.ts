import { RandomStream } from '../base/random.ts'
import type { Shape } from '../base/shape.ts'
import { lowerAugmentation } from '../data/augment/index.ts'
import { whiteOf } from '../data/pixels.ts'
import type { Augment } from '../ops/augment.ts'
import type { TrainSpec } from './options.ts'

/**
 * What changes training images from step 0 on; `null` where nothing does. Throws a `UsageError` if an augmentation does
 * not fit the images.
 */
export function augmentFor(
  { augmentation, pixelRange }: Pick<TrainSpec, 'augmentation' | 'pixelRange'>,
  { shape, seed }: { readonly shape: Shape; readonly seed: number },
): Augment | null {
  if (augmentation.length === 0) return null
  const { ops, mixes } = lowerAugmentation(augmentation, shape)
  const [height, width, channels] = shape
  return {
    ops,
    mixes,
    shape: [height!, width!, channels!],
    white: whiteOf(pixelRange),
    key: new RandomStream(seed).split('augment').key,
    step: 0,
  }
}
