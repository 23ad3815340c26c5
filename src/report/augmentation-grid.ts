import { type Augment, augmentImage } from '../ops/augment.ts'
import type { ImageShape } from '../ops/resample.ts'
import { encodePng, type Picture } from './png.ts'

/** Images and what training makes of them: a row for each image, the original first, then one column for each step. */
export interface AugmentationGrid {
  readonly shape: ImageShape
  readonly rows: readonly {
    readonly label: string
    /** Bytes, the original and its versions. */
    readonly images: readonly Uint8Array[]
  }[]
}

/**
 * `images` as the training steps 0 to `versions` − 1 change them, each at the place in the batch that its row has.
 * `augment` is that of bytes: white is 255.
 */
export function augmentationGrid(
  images: readonly { readonly label: string; readonly pixels: Uint8Array }[],
  { augment, versions }: { readonly augment: Augment; readonly versions: number },
): AugmentationGrid {
  const rows = images.map(({ label, pixels }, position) => {
    const changed = Array.from({ length: versions }, (_, step) => {
      const image = Float32Array.from(pixels)
      augmentImage(image, { ...augment, step: augment.step + step }, position)
      return Uint8Array.from(image, x => Math.round(Math.min(Math.max(x, 0), 255)))
    })
    return { label, images: [pixels, ...changed] }
  })
  return { shape: augment.shape, rows }
}

/** Between pictures, in pixels of an image before it is enlarged. */
const GAP = 2
/** Between the originals and what became of them. */
const WIDE_GAP = 6
const PAPER = 255

/** The grid as pixels, each enlarged `scale` times so that it can be told from its neighbours. */
export function drawGrid({ shape, rows }: AugmentationGrid, scale = 3): Picture {
  const [height, width, channels] = shape
  const columns = rows[0]?.images.length ?? 0
  const size = {
    width: scale * (columnAt(columns, width) - GAP),
    height: scale * (rows.length * (height + GAP) - GAP),
  }
  const pixels = new Uint8Array(3 * size.width * size.height).fill(PAPER)
  rows.forEach(({ images }, row) => {
    images.forEach((image, column) => {
      const [top, left] = [scale * row * (height + GAP), scale * columnAt(column, width)]
      for (let y = 0; y < scale * height; y++) {
        for (let x = 0; x < scale * width; x++) {
          const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels
          const to = 3 * ((top + y) * size.width + left + x)
          // Gray has one channel for all three colours; more than three cannot be shown.
          for (let k = 0; k < 3; k++) pixels[to + k] = image[from + (channels < 3 ? 0 : k)]!
        }
      }
    })
  })
  return { ...size, pixels }
}

function columnAt(column: number, width: number): number {
  return column * (width + GAP) + (column > 0 ? WIDE_GAP - GAP : 0)
}

/** The grid as an SVG with its labels: the name of each image, the step of each column. */
export function gridSvg(grid: AugmentationGrid, scale = 3): string {
  const { width, height, pixels } = drawGrid(grid, scale)
  const [rowHeight, columnWidth] = grid.shape
  const png = Buffer.from(encodePng({ width, height, pixels })).toString('base64')
  const [left, top] = [140, 24]
  const titles = (grid.rows[0]?.images ?? []).map((_, column) => {
    const x = left + scale * (columnAt(column, columnWidth) + columnWidth / 2)
    return `<text x="${x}" y="16" text-anchor="middle">${column === 0 ? 'original' : `step ${column - 1}`}</text>`
  })
  const names = grid.rows.map(({ label }, row) => {
    const y = top + scale * (row * (rowHeight + GAP) + rowHeight / 2)
    return `<text x="${left - 8}" y="${y}" text-anchor="end" dominant-baseline="middle">${escaped(label)}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width}" height="${top + height}" font-family="sans-serif" font-size="13">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...titles,
    ...names,
    `<image x="${left}" y="${top}" width="${width}" height="${height}" style="image-rendering: pixelated" href="data:image/png;base64,${png}"/>`,
    '</svg>',
    '',
  ].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
