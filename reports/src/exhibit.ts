import { join } from 'node:path'
import { type DataTable, escapeXml, rasterize, tableCsv, tableHtml, tableText } from 'heddle/show'
import { writeWhole } from './folder.ts'

/** Pictures of more pixels have a row of the page for themselves. */
const WIDE = 900

/**
 * A report's artefacts: each is written into the folder as it is made, and stands on the report's page in the order in which
 * it came.
 */
export class Exhibit {
  readonly #folder: string
  readonly #sections: { readonly title: string; readonly intro: string; readonly blocks: string[] }[] = []
  #pictures: string[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  /** What follows belongs to this section. */
  section(title: string, intro = ''): void {
    this.#hang()
    this.#sections.push({ title, intro, blocks: [] })
  }

  /** SVG and PNG. */
  picture(name: string, caption: string, svg: string): void {
    this.#write(`${name}.svg`, svg)
    this.#write(`${name}.png`, rasterize(svg))
    const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? []
    this.#pictures.push(
      `<figure${Number(width) > WIDE ? ' class="wide"' : ''}><img src="${name}.svg" width="${width}" height="${height}" alt="${escapeXml(caption)}" loading="lazy">` +
        `<figcaption>${escapeXml(caption)} <a href="${name}.svg">SVG</a> <a href="${name}.png">PNG</a></figcaption></figure>`,
    )
  }

  /** The pictures since the last row stay side by side in a row of their own. */
  endRow(): void {
    this.#hang('row')
  }

  /** Text, CSV and JSON. */
  table(name: string, caption: string, data: DataTable): void {
    this.#hang()
    this.#write(`${name}.txt`, `${tableText(data)}\n`)
    this.#write(`${name}.csv`, tableCsv(data))
    this.#write(`${name}.json`, `${JSON.stringify(data.rows, null, 2)}\n`)
    const links = ['txt', 'csv', 'json'].map(kind => `<a href="${name}.${kind}">${kind.toUpperCase()}</a>`)
    this.#add(`${tableHtml(data)}<p class="dim">${escapeXml(caption)} ${links.join(' ')}</p>`)
  }

  /** A text file, folded away on the page where it is long, unless it is what people came for. */
  text(
    name: string,
    caption: string,
    text: string,
    { open = false }: { readonly open?: boolean } = {},
  ): void {
    this.#hang()
    this.#write(`${name}.txt`, text.endsWith('\n') ? text : `${text}\n`)
    const lines = `<pre${open ? ' class="wrap"' : ''}>${escapeXml(text.trimEnd())}</pre>`
    const link = `<a href="${name}.txt">TXT</a>`
    this.#add(
      !open && text.split('\n').length > 12
        ? `<details><summary>${escapeXml(caption)}</summary>${lines}<p class="dim">${link}</p></details>`
        : `${lines}<p class="dim">${escapeXml(caption)} ${link}</p>`,
    )
  }

  /** JSON beside a text that says the same. */
  json(name: string, value: unknown): void {
    this.#write(`${name}.json`, `${JSON.stringify(value, null, 2)}\n`)
  }

  /** HTML that is on the page alone. */
  html(html: string): void {
    this.#hang()
    this.#add(html)
  }

  /** Everything so far, as HTML. */
  toHtml(): string {
    this.#hang()
    return this.#sections
      .map(({ title, intro, blocks }) =>
        [`<h2>${escapeXml(title)}</h2>`, ...(intro ? [`<p>${escapeXml(intro)}</p>`] : []), ...blocks].join(
          '\n',
        ),
      )
      .join('\n')
  }

  /** Pictures that came one after another hang side by side. */
  #hang(kind: 'pictures' | 'row' = 'pictures'): void {
    const pictures = this.#pictures
    this.#pictures = []
    const columns = kind === 'row' ? ` row" style="--columns: ${pictures.length}` : ''
    if (pictures.length > 0) this.#add(`<div class="pictures${columns}">\n${pictures.join('\n')}\n</div>`)
  }

  #add(block: string): void {
    this.#sections.at(-1)!.blocks.push(block)
  }

  #write(name: string, content: string | Uint8Array): void {
    writeWhole(join(this.#folder, name), content)
  }
}
