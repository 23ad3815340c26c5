import { type Html, html } from './markup.ts'

/** A drawing in SVG: what stands inside of its `<svg>`, and its size in pixels. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly content: Html
}

/** A picture as an SVG file. */
export function svgOf({ width, height, content }: Picture): string {
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${content}</svg>`}\n`
}

/** A picture as part of a page: as wide as there is room, with its label for people who do not see it. */
export function inlinePicture({ width, height, content }: Picture, label: string): Html {
  return html`<svg class="chart" style="max-width:${width}px" role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}">${content}</svg>`
}

/** Pictures below one another. */
export function stacked(pictures: readonly Picture[]): Picture {
  let height = 0
  const placed = pictures.map(picture => {
    const block = html`<g transform="translate(0 ${height})">${picture.content}</g>`
    height += picture.height
    return block
  })
  return { width: Math.max(...pictures.map(({ width }) => width)), height, content: html`${placed}` }
}
