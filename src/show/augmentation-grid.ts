import { type AugmentationOptions, augmentedVersions, type NamedImage } from '../data/augment/versions.ts'
import { imageGrid } from './image-grid.ts'
import type { Picture } from './picture.ts'

/** A row for each image: the original first, then what each training step makes of it. */
export function augmentationGrid(
  images: readonly NamedImage[],
  options: AugmentationOptions,
  title = 'Training images, before and after augmentation',
): Picture {
  const rows = augmentedVersions(images, options)
  const captioned = rows.flatMap(row =>
    row.map((pixels, i) => ({ pixels, caption: i === 0 ? 'original' : `version ${i}` })),
  )
  return imageGrid(captioned, {
    title,
    imageShape: options.augment.shape,
    columns: options.versions + 1,
    rowNames: images.map(({ label }) => label),
    zoom: 3,
  })
}
