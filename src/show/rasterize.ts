import { createRequire } from 'node:module'
import { Resvg } from '@resvg/resvg-js'
import { type Picture, svgOf } from './picture.ts'

const require = createRequire(import.meta.url)

// The machine's fonts are left alone: it may have none, and other fonts would give other pictures.
const font = {
  loadSystemFonts: false,
  fontFiles: [
    require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'),
    require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'),
  ],
  defaultFontFamily: 'DejaVu Sans',
  sansSerifFamily: 'DejaVu Sans',
}

/** A picture as PNG, two pixels to each of its units; the same picture gives the same bytes on every machine. */
export function rasterize(picture: Picture, zoom = 2): Buffer {
  return new Resvg(svgOf(picture), { font, fitTo: { mode: 'zoom', value: zoom }, background: '#FFFFFF' })
    .render()
    .asPng()
}
