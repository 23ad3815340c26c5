import type { FigureFormat } from '../../protocol/publication.ts'
import { paper } from '../chart.ts'
import { tableCsv } from '../data-table.ts'
import { picturePdf } from '../print/pdf.ts'
import { outlinedSvg, printPng } from '../rasterize.ts'
import type { Figure } from './figure.ts'

/** A file of a figure: its name, and its bytes. */
export type NamedFile = readonly [name: string, content: string | Uint8Array]

/** The files of a figure, for paper: light, letters as outlines (SVG) or embedded (PDF), 300 dots an inch (PNG), and its numbers as CSV. */
export async function figureFiles(
  { name, caption, draw, data }: Figure,
  {
    formats,
    number,
    madeAt,
  }: { readonly formats: readonly FigureFormat[]; readonly number: number; readonly madeAt: number },
): Promise<NamedFile[]> {
  const picture = draw(paper)
  const title = `Figure ${number}`
  const files: NamedFile[] = []
  if (formats.includes('svg'))
    files.push([`${name}.svg`, outlinedSvg(picture, { title, description: caption })])
  if (formats.includes('png')) files.push([`${name}.png`, printPng(picture)])
  if (formats.includes('pdf'))
    files.push([`${name}.pdf`, await picturePdf(picture, { title: `${title}: ${caption}`, madeAt })])
  return [...files, [`${name}.csv`, tableCsv(data)]]
}
