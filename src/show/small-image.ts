import type { PixelMap } from '../protocol/explanations.ts'
import { type Html, html } from './markup.ts'
import { encodePng } from './png.ts'

/** The images of a dataset. */
export interface ImageSource {
  readonly imageShape: readonly [height: number, width: number, channels: number]
  readonly train: { at(index: number): Uint8Array }
  readonly test: { at(index: number): Uint8Array }
}

/** An image of few pixels inside of a page, each of them a square. */
export function smallImage(
  pixels: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  label: string,
  zoom = 3,
): Html {
  const png = encodePng(pixels, [height, width, channels]).toString('base64')
  return html`<img class="pixels" width="${width * zoom}" height="${height * zoom}" alt="${label}" src="data:image/png;base64,${png}">`
}

/** Blue below zero, white at it, red above: as far as the largest of all. A map of zeros is said to be one. */
export function mapImage({ height, width, values }: PixelMap, label: string, zoom = 3): Html {
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  if (most === 0) return html`<span class="dim">nothing</span>`
  const pixels = new Uint8Array(values.length * 3)
  values.forEach((value, i) => {
    const share = value / most
    const away = Math.round(255 * (1 - Math.abs(share)))
    pixels.set(share > 0 ? [255, away, away] : [away, away, 255], 3 * i)
  })
  return smallImage(pixels, [height, width, 3], label, zoom)
}
