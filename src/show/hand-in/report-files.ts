import type { ReportFormat } from '../../protocol/publication.ts'
import { paper } from '../chart.ts'
import type { Document } from '../document/document.ts'
import { documentHtml } from '../document/document-html.ts'
import { documentMarkdown } from '../document/document-markdown.ts'
import type { NamedFile } from '../figures/figure-files.ts'
import { printPng } from '../rasterize.ts'

/** The files of a report, one after another, by the paths that are asked for. Figures of the Markdown stand in a folder beside it. */
export async function* reportFiles(
  document: Document,
  { html, pdf, markdown }: Readonly<Partial<Record<ReportFormat, string | undefined>>>,
): AsyncGenerator<NamedFile> {
  if (html !== undefined) yield [html, documentHtml(document)]
  if (pdf !== undefined) {
    // Its fonts and packages are only read where a PDF is written.
    const { documentPdf } = await import('../document/document-pdf.ts')
    yield [pdf, await documentPdf(document)]
  }
  if (markdown === undefined) return
  const [, path, stem] = /^(.*[\\/])?([^\\/]*?)(?:\.[^.\\/]*)?$/s.exec(markdown) ?? []
  const folder = `${stem}-figures`
  yield [markdown, documentMarkdown(document, name => `${folder}/${name}.png`)]
  for (const part of document.chapters.flatMap(({ parts }) => parts))
    if (part.kind === 'figure')
      yield [`${path ?? ''}${folder}/${part.figure.name}.png`, printPng(part.figure.draw(paper), 150)]
}
