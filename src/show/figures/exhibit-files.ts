import type { FigureFormat } from '../../protocol/publication.ts'
import { tableCsv, tableHtml, tableText } from '../data-table.ts'
import { page } from '../html.ts'
import { html } from '../markup.ts'
import { captionsText, type Exhibits } from './captions.ts'
import { figureFiles, type NamedFile } from './figure-files.ts'

interface FolderOptions {
  readonly title: string
  /** What makes the folder again. */
  readonly command: string
  readonly formats: readonly FigureFormat[]
  /** The date of the newest run, in milliseconds since 1970. */
  readonly madeAt: number
}

/** The files of a folder of figures, one after another: figures, tables (CSV, HTML to paste into a text, plain text), listings, captions. */
export async function* exhibitFiles(exhibits: Exhibits, options: FolderOptions): AsyncGenerator<NamedFile> {
  const { formats, madeAt } = options
  for (const [i, figure] of exhibits.figures.entries())
    yield* await figureFiles(figure, { formats, number: i + 1, madeAt })
  for (const [i, { name, caption, table }] of exhibits.tables.entries()) {
    const heading = `Table ${i + 1}. ${caption}`
    yield [`${name}.csv`, tableCsv(table)]
    yield [`${name}.html`, page(heading, html`<p>${heading}</p>${tableHtml(table, 'names')}`)]
    yield [`${name}.txt`, `${tableText(table)}\n`]
  }
  for (const { name, text, extension = 'txt' } of exhibits.listings)
    yield [`${name}.${extension}`, `${text.trimEnd()}\n`]
  yield ['captions.md', captionsText(exhibits, options)]
}
