import { FONT, paper } from './chart.ts'
import { html, joined } from './markup.ts'
import type { Picture } from './picture.ts'
import { encodePng } from './png.ts'

type ImageShape = readonly [height: number, width: number, channels: number]

export interface GridImage {
  /** Bytes `[height, width, channels]`; `null`: its place stays free. */
  readonly pixels: Uint8Array | null
  /** Line feeds break its lines. */
  readonly caption?: string
}

export interface GridOptions {
  readonly title: string
  readonly imageShape: ImageShape
  /** Images in a row. */
  readonly columns: number
  /** Before each row, where rows mean something: one augmentation each. */
  readonly rowNames?: readonly string[]
  /** Pixels of the picture to one of an image. */
  readonly zoom?: number
  /** A thin line around each image: for maps that are white where nothing is. */
  readonly framed?: boolean
}

const GAP = 10
const CAPTION = 18

/**
 * Images in rows, each with its caption.
 *
 * @example
 * const image = { pixels: Uint8Array.of(0, 128, 255, 0), caption: 'cat' }
 * String(imageGrid([image, image], { title: 'Cats', imageShape: [2, 2, 1], columns: 2 }).content).split('<image').length // 3
 */
export function imageGrid(images: readonly GridImage[], options: GridOptions): Picture {
  const { title, imageShape, columns, rowNames, zoom = 4, framed = false } = options
  const [height, width] = [imageShape[0] * zoom, imageShape[1] * zoom]
  const lines = Math.max(...images.map(({ caption }) => caption?.split('\n').length ?? 0))
  const cell = { width: width + GAP, height: height + GAP + CAPTION * lines }
  const left = GAP + (rowNames ? 20 + Math.max(...rowNames.map(name => name.length)) * 8 : 0)
  const top = title === '' ? GAP : 40
  const rows = Math.ceil(images.length / columns)
  const size = {
    width: Math.max(left + columns * cell.width, 2 * GAP + title.length * 9.5),
    height: top + rows * cell.height + 4,
  }
  const drawn = images.map(({ pixels, caption }, i) => {
    const [x, y] = [left + (i % columns) * cell.width, top + Math.floor(i / columns) * cell.height]
    const frame = html`<rect x="${x - 0.5}" y="${y - 0.5}" width="${width + 1}" height="${height + 1}" fill="none" stroke="${paper.grid}"/>`
    if (pixels === null) return null
    const image = html`<image x="${x}" y="${y}" width="${width}" height="${height}" href="${dataUri(pixels, imageShape, zoom)}"/>${framed ? frame : null}`
    if (caption === undefined) return image
    const written = caption.split('\n').map((line, k) => {
      // A line wider than its image is squeezed, not cut.
      const squeezed =
        line.length * 7.4 > cell.width
          ? html` textLength="${cell.width - 4}" lengthAdjust="spacingAndGlyphs"`
          : null
      return html`\n<text x="${x + width / 2}" y="${y + height + 14 + k * (CAPTION - 3)}" font-size="12" text-anchor="middle"${squeezed}>${line}</text>`
    })
    return html`${image}${written}`
  })
  const names = (rowNames ?? []).map(
    (name, i) =>
      html`<text x="${left - 12}" y="${top + i * cell.height + height / 2 + 4}" font-size="13" text-anchor="end">${name}</text>`,
  )
  const content = html`<g font-family="${FONT}" fill="${paper.text}">
<rect width="${size.width}" height="${size.height}" fill="#FFFFFF"/>
${title === '' ? null : html`<text x="12" y="25" font-size="15" font-weight="bold">${title}</text>`}
${joined([...names, ...drawn])}
</g>`
  return { ...size, content }
}

/**
 * Images as one picture without gaps, row by row: Fashion-MNIST's own poster.
 *
 * @example
 * String(sprite([Uint8Array.of(0), Uint8Array.of(255)], { imageShape: [1, 1, 1], columns: 2 }).content).includes('<image') // true
 */
export function sprite(
  images: readonly Uint8Array[],
  { imageShape, columns }: { readonly imageShape: ImageShape; readonly columns: number },
): Picture {
  const [height, width, channels] = imageShape
  const rows = Math.ceil(images.length / columns)
  const all = new Uint8Array(rows * height * columns * width * channels)
  images.forEach((image, i) => {
    for (let y = 0; y < height; y++) {
      const to = ((Math.floor(i / columns) * height + y) * columns * width + (i % columns) * width) * channels
      all.set(image.subarray(y * width * channels, (y + 1) * width * channels), to)
    }
  })
  const size = { width: columns * width, height: rows * height }
  const shape = [size.height, size.width, channels] as const
  const uri = dataUri(all, shape, 1)
  return { ...size, content: html`<image width="${size.width}" height="${size.height}" href="${uri}"/>` }
}

/** Every pixel a square of `zoom` × `zoom`, so that no viewer blurs it. */
function dataUri(pixels: Uint8Array, [height, width, channels]: ImageShape, zoom: number): string {
  const large = new Uint8Array(pixels.length * zoom * zoom)
  for (let y = 0; y < height * zoom; y++) {
    for (let x = 0; x < width * zoom; x++) {
      const from = (Math.floor(y / zoom) * width + Math.floor(x / zoom)) * channels
      const to = (y * width * zoom + x) * channels
      for (let c = 0; c < channels; c++) large[to + c] = pixels[from + c]!
    }
  }
  return `data:image/png;base64,${encodePng(large, [height * zoom, width * zoom, channels]).toString('base64')}`
}
