import { createRequire } from 'node:module'
import { Resvg } from '@resvg/resvg-js'

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

/** A picture in pixels. */
export interface Raster {
  readonly png: Buffer
  readonly width: number
  readonly height: number
}

/** An SVG as PNG, `zoom` pixels to each of its units; the same SVG gives the same bytes on every machine. */
export function rasterize(svg: string, zoom = 2): Raster {
  const image = new Resvg(svg, { font, fitTo: { mode: 'zoom', value: zoom }, background: '#FFFFFF' }).render()
  return { png: image.asPng(), width: image.width, height: image.height }
}
