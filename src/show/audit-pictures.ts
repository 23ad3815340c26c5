import type { DataAudit, ImageOf } from '../protocol/audit.ts'
import { imageName } from './audit-section.ts'
import { type GridImage, imageGrid } from './image-grid.ts'
import type { Picture } from './picture.ts'

/** The images of a dataset. */
interface ImageSource {
  readonly imageShape: readonly [height: number, width: number, channels: number]
  readonly train: { at(index: number): Uint8Array }
  readonly test: { at(index: number): Uint8Array }
}

/** The most images on a sheet: a longer one is hard to read. */
const MOST = 60
const COLUMNS = 10

/** What an audit found, as contact sheets by name. Those without images are left out. `classMeans` has an image for each class that has some. */
export function auditPictures(
  audit: DataAudit,
  data: ImageSource,
  classMeans: readonly (Uint8Array | null)[],
): ReadonlyMap<string, Picture> {
  const { imageShape } = data
  const { classNames } = audit.dataset
  const zoom = Math.max(1, Math.round(112 / imageShape[0]))
  const pixelsOf = ({ split, index }: ImageOf): Uint8Array => data[split].at(index)
  const sheets = new Map<string, Picture>()
  const add = (name: string, title: string, images: readonly GridImage[], columns = COLUMNS): void => {
    if (images.length > 0) sheets.set(name, imageGrid(images, { title, imageShape, columns, zoom }))
  }
  const firstOf = (shown: number, all: number): string => (shown < all ? ` (${shown} of ${all})` : '')

  const means = classMeans.flatMap((pixels, label) =>
    pixels ? [{ pixels, caption: classNames[label]! }] : [],
  )
  add('class-means', 'The mean training image of each class', means, Math.min(5, classNames.length))
  const { pairs, below } = audit.duplicates.near
  const shownPairs = pairs.slice(0, MOST / 2)
  add(
    'near-duplicates',
    `Pairs that differ by less than RMS ${below}${firstOf(shownPairs.length, pairs.length)}`,
    shownPairs.flatMap(({ first, second, rms }) => [
      { pixels: pixelsOf(first), caption: imageName(first) },
      { pixels: pixelsOf(second), caption: `${imageName(second)}, ${rms.toFixed(1)}` },
    ]),
    6,
  )
  const { images } = audit.outliers
  add(
    'outliers',
    'Images that are least like any other',
    images
      .slice(0, MOST)
      .map(image => ({ pixels: pixelsOf(image), caption: `${imageName(image)}, ${image.label}` })),
    5,
  )
  if (!('refused' in audit.labels)) {
    const { suspects } = audit.labels
    const shown = suspects.slice(0, MOST)
    add(
      'label-suspects',
      `Doubtful labels: label → what it looks like${firstOf(shown.length, suspects.length)}`,
      shown.map(suspect => ({
        pixels: pixelsOf(suspect),
        caption: `${suspect.label} → ${suspect.suggested}`,
      })),
      6,
    )
  }
  return sheets
}
