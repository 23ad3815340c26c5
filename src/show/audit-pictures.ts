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

/** Images with their captions on one picture. */
export interface AuditSheet {
  readonly name: string
  readonly title: string
  readonly images: readonly SheetImage[]
  /** The picture, with a title above it where that is not empty. */
  readonly draw: (title: string) => Picture
}

interface SheetImage extends GridImage {
  readonly caption: string
  /** Left out: it is a mean of many. */
  readonly of?: ImageOf
}

interface SheetOptions {
  /** The most images on a sheet: a longer one is hard to read. Default 60. */
  readonly most?: number
  /** An image for each class that has some. Default none. */
  readonly classMeans?: readonly (Uint8Array | null)[]
}

/** What an audit found, as contact sheets. Those without images are left out. */
export function auditSheets(
  audit: DataAudit,
  data: ImageSource,
  { most = 60, classMeans = [] }: SheetOptions = {},
): AuditSheet[] {
  const { imageShape } = data
  const { classNames } = audit.dataset
  const zoom = Math.max(1, Math.round(112 / imageShape[0]))
  const shownAs = (of: ImageOf, caption: string): SheetImage => ({
    of,
    pixels: data[of.split].at(of.index),
    caption,
  })
  const sheet = (
    name: string,
    title: string,
    { images, columns }: { readonly images: readonly SheetImage[]; readonly columns: number },
  ): AuditSheet[] =>
    images.length === 0
      ? []
      : [
          {
            name,
            title,
            images,
            draw: above => imageGrid(images, { title: above, imageShape, columns, zoom }),
          },
        ]
  const firstOf = (shown: number, all: number): string => (shown < all ? ` (${shown} of ${all})` : '')

  const means = classMeans.flatMap((pixels, label) =>
    pixels ? [{ pixels, caption: classNames[label]! }] : [],
  )
  const { exact, near } = audit.duplicates
  const copies = exact.flatMap((group, i) => group.map(image => ({ image, group: i + 1 })))
  const shownCopies = copies.slice(0, most)
  const shownPairs = near.pairs.slice(0, most / 2)
  const odd = [...audit.blank, ...audit.outliers.images].slice(0, most)
  const suspects = 'refused' in audit.labels ? [] : audit.labels.suspects
  const shownSuspects = suspects.slice(0, most)
  return [
    ...sheet('class-means', 'The mean training image of each class', {
      images: means,
      columns: Math.min(5, classNames.length),
    }),
    ...sheet('copies', `Images of the same bytes, in groups${firstOf(shownCopies.length, copies.length)}`, {
      images: shownCopies.map(({ image, group }) => shownAs(image, `${group}: ${imageName(image)}`)),
      columns: 6,
    }),
    ...sheet(
      'near-duplicates',
      `Pairs that differ by less than RMS ${near.below}${firstOf(shownPairs.length, near.pairs.length)}`,
      {
        images: shownPairs.flatMap(({ first, second, rms }) => [
          shownAs(first, imageName(first)),
          shownAs(second, `${imageName(second)}, ${rms.toFixed(1)}`),
        ]),
        columns: 6,
      },
    ),
    ...sheet('outliers', 'Images that are least like any other', {
      images: odd.map(image => shownAs(image, `${imageName(image)}, ${image.label}`)),
      columns: 5,
    }),
    ...sheet(
      'label-suspects',
      `Doubtful labels: label → what it looks like${firstOf(shownSuspects.length, suspects.length)}`,
      {
        images: shownSuspects.map(one => shownAs(one, `${one.label} → ${one.suggested}\n${imageName(one)}`)),
        columns: 6,
      },
    ),
  ]
}
