import { type Augment, augmentBatch } from '../../ops/augment.ts'

export interface NamedImage {
  readonly label: string
  /** Bytes `[height, width, channels]`. */
  readonly pixels: Uint8Array
}

export interface AugmentationOptions {
  /** That of bytes: white is 255. */
  readonly augment: Augment
  /** Training steps, from 0 on. */
  readonly versions: number
}

/** Images as bytes, and what training makes of them: an image, then a version for each step, at its place in the batch, which is these images. */
export function augmentedVersions(
  images: readonly NamedImage[],
  { augment, versions }: AugmentationOptions,
): readonly (readonly Uint8Array[])[] {
  const changed = Array.from({ length: versions }, (_, step) => {
    const batch = images.map(({ pixels }) => Float32Array.from(pixels))
    augmentBatch(batch, { ...augment, step: augment.step + step })
    return batch.map(image => Uint8Array.from(image, x => Math.round(Math.min(Math.max(x, 0), 255))))
  })
  return images.map(({ pixels }, position) => [pixels, ...changed.map(batch => batch[position]!)])
}
