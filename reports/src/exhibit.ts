import { join } from 'node:path'
import {
  type DataTable,
  type Html,
  html,
  joined,
  type Picture,
  rasterize,
  svgOf,
  tableCsv,
  tableHtml,
  tableText,
} from 'heddle/show'
import { writeWhole } from './folder.ts'

/** Pictures of more pixels have a row of the page for themselves. */
const WIDE = 900
/**
 * A report's artefacts: each is written into the folder as it is made, and stands on the report's page in the order in which
 * it came.
 */
export class Exhibit {
  readonly #folder: string
  readonly #blocks: Html[] = []
  #pictures: Html[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  /** What follows belongs to this section. */
  section(title: string, intro = ''): void {
    this.html(
      html`<h2>${title}</h2>${
        intro === ''
          ? null
          : html`
<p>${intro}</p>`
      }`,
    )
  }

  /** SVG and PNG. */
  picture(name: string, caption: string, picture: Picture): void {
    const { width, height } = picture
    this.#write(`${name}.svg`, svgOf(picture))
    this.#write(`${name}.png`, rasterize(picture))
    this.#pictures.push(
      html`<figure${width > WIDE ? html` class="wide"` : null}><img src="${name}.svg" width="${width}" height="${height}" alt="${caption}" loading="lazy"><figcaption>${caption} ${links(name, ['svg', 'png'])}</figcaption></figure>`,
    )
  }

  /** The pictures since the last row stay side by side in a row of their own. */
  endRow(): void {
    this.#hang(html`pictures row" style="--columns: ${this.#pictures.length}`)
  }

  /** Text, CSV and JSON. */
  table(name: string, caption: string, data: DataTable): void {
    this.#write(`${name}.txt`, `${tableText(data)}\n`)
    this.#write(`${name}.csv`, tableCsv(data))
    this.json(name, data.rows)
    this.html(html`${tableHtml(data)}<p class="dim">${caption} ${links(name, ['txt', 'csv', 'json'])}</p>`)
  }

  /** A text file, folded away on the page where it is long, unless it is what people came for. */
  text(name: string, caption: string, text: string, place: 'folded' | 'open' = 'folded'): void {
    const link = links(name, ['txt'])
    this.#write(`${name}.txt`, `${text.trimEnd()}\n`)
    const isOpen = place === 'open'
    const lines = html`<pre${isOpen ? html` class="wrap"` : null}>${text.trimEnd()}</pre>`
    this.html(
      isOpen || text.split('\n').length <= 12
        ? html`${lines}<p class="dim">${caption} ${link}</p>`
        : html`<details><summary>${caption}</summary>${lines}<p class="dim">${link}</p></details>`,
    )
  }

  /** JSON beside a text of the same content. */
  json(name: string, value: unknown): void {
    this.#write(`${name}.json`, `${JSON.stringify(value, null, 2)}\n`)
  }

  /** HTML that is on the page alone. */
  html(block: Html): void {
    this.#hang()
    this.#blocks.push(block)
  }

  /** Everything so far. */
  toHtml(): Html {
    this.#hang()
    return joined(this.#blocks)
  }

  /** Pictures that came one after another hang side by side. */
  #hang(className = html`pictures`): void {
    const pictures = this.#pictures
    this.#pictures = []
    if (pictures.length > 0) this.#blocks.push(html`<div class="${className}">\n${joined(pictures)}\n</div>`)
  }

  #write(name: string, content: string | Uint8Array): void {
    writeWhole(join(this.#folder, name), content)
  }
}

function links(name: string, kinds: readonly string[]): Html {
  return joined(
    kinds.map(kind => html`<a href="${name}.${kind}">${kind.toUpperCase()}</a>`),
    ' ',
  )
}
