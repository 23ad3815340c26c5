import { createRequire } from 'node:module'
import type * as Module from '@resvg/resvg-js'
import { optionalPackage } from '../base/optional-package.ts'
import { type Picture, svgOf } from './picture.ts'

const require = createRequire(import.meta.url)
const { Resvg } = optionalPackage('@resvg/resvg-js', () => require('@resvg/resvg-js') as typeof Module)

// The machine's fonts are left alone: it may have none, and other fonts would give other pictures.
const font = {
  loadSystemFonts: false,
  fontFiles: [
    ...['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map(name =>
      optionalPackage('dejavu-fonts-ttf', () => require.resolve(`dejavu-fonts-ttf/ttf/${name}`)),
    ),
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
