import { createRequire } from 'node:module'
import type * as Module from '@resvg/resvg-js'
import { optionalPackage } from '../base/optional-package.ts'
import { html } from './markup.ts'
import { type Picture, svgOf } from './picture.ts'
import { withDensity } from './png.ts'

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

/** Pictures are measured in pixels of 1/96 of an inch. */
const PER_INCH = 96

/** A picture as PNG for paper: at its own size it has `dpi` dots an inch, and says so. */
export function printPng(picture: Picture, dpi = 300): Buffer {
  return withDensity(rasterize(picture, dpi / PER_INCH), dpi)
}

/**
 * A picture as an SVG file whose letters are outlines: it looks the same with any fonts. `title` and `description` are for people who do
 * not see it.
 */
export function outlinedSvg(
  picture: Picture,
  about: { readonly title: string; readonly description: string },
): string {
  const drawn = new Resvg(svgOf(picture), { font, background: '#FFFFFF' }).toString()
  const begin = drawn.indexOf('>') + 1
  const head = html`<title>${about.title}</title><desc>${about.description}</desc>`
  return `${drawn.slice(0, begin)}\n    ${head}${drawn.slice(begin)}`
}

/** A picture as PNG, two pixels to each of its units; the same picture gives the same bytes on every machine. */
export function rasterize(picture: Picture, zoom = 2): Buffer {
  return new Resvg(svgOf(picture), { font, fitTo: { mode: 'zoom', value: zoom }, background: '#FFFFFF' })
    .render()
    .asPng()
}
