import { type ShownTable, shownTable, type Table } from '../../protocol/table.ts'
import { paper } from '../chart.ts'
import type { Figure } from '../figures/figure.ts'
import { svgOf } from '../picture.ts'
import { type PdfNode, POINTS, pdfOf } from '../print/pdf.ts'
import { type Document, type Numbered, numbered, type Part } from './document.ts'
import { type Block, filled } from './page-filling.ts'
import type { Inline, Prose } from './prose.ts'

/** A4 in points, and the room between its margins. */
const PAGE = { width: 595, height: 842, margin: 56 }
const ROOM = PAGE.width - 2 * PAGE.margin
const MOST_HIGH = 340
const CELL = { size: 7, padding: 3.2 }
/** DejaVu Sans is 0.6 of its size wide, on average. */
const CHARACTER = CELL.size * 0.62
/** A text of more characters is broken over lines, of at least `LEAST`. */
const LONG = 26
const LEAST = 13
/** A table of more rows may go on on the next page. */
const MOST_ROWS = 16
/** The style that only the number of a page has. */
const FOOTER = 'footer'
/** The style of what stands before each piece that is measured: as high as a hair. */
const MARK = 'mark'

const look = {
  pageMargins: PAGE.margin,
  defaultStyle: { font: 'DejaVu Sans', fontSize: 9, lineHeight: 1.25 },
  styles: {
    [FOOTER]: { fontSize: 8, color: '#555555' },
    [MARK]: { fontSize: 0.01, lineHeight: 1 },
    chapter: { fontSize: 14, bold: true, margin: [0, 16, 0, 6] },
    section: { fontSize: 10.5, bold: true, margin: [0, 10, 0, 4] },
    caption: { fontSize: 8, margin: [0, 4, 0, 12] },
    code: { font: 'DejaVu Sans Mono', fontSize: 6.2, preserveLeadingSpaces: true, margin: [0, 2, 0, 10] },
  },
}

/** A document as PDF: vectors, embedded fonts, page numbers, links; no browser is needed. */
export async function documentPdf(document: Document): Promise<Buffer> {
  const numbers = numbered(document)
  const { title, author, affiliation, date, madeAt, chapters } = document
  const front: PdfNode[] = [
    { text: title, fontSize: 20, bold: true, alignment: 'center', margin: [0, 40, 0, 14] },
    ...[author, affiliation, date].flatMap(line =>
      line === null ? [] : [{ text: line, alignment: 'center', color: '#444444', margin: [0, 0, 0, 3] }],
    ),
    { text: '', margin: [0, 0, 0, 18] },
  ]
  const written = chapters.map(chapter => [
    { kind: 'heading' as const, nodes: () => [headingPdf(numbers.headingOf(chapter))] },
    ...chapter.parts.map(part => writtenPart(part, numbers)),
  ])
  const [top, ...heights] = await heightsOf([front, ...written.flat().map(({ nodes }) => nodes(0))])
  let [used, at] = [top!, 0]
  const content = [...front]
  for (const parts of written) {
    const blocks = parts.map((part, i) => ({ ...part, height: heights[at + i]! + (part.drawing ?? 0) }))
    const pages = filled(blocks, { room: PAGE.height - 2 * PAGE.margin, used })
    content.push(...pages.placed.flatMap(({ index, scale }) => parts[index]!.nodes(scale)))
    used = pages.used
    at += parts.length
  }
  return pdfOf(
    {
      pageSize: 'A4',
      ...look,
      footer: (page: number, pages: number) => ({
        text: `${page} / ${pages}`,
        alignment: 'center',
        style: FOOTER,
        margin: [0, 20, 0, 0],
      }),
      // A heading is never the last of its page, above the number of the page.
      pageBreakBefore: (
        node: { readonly headlineLevel?: number },
        on: { getFollowingNodesOnPage(): readonly { readonly style?: unknown }[] },
      ) =>
        node.headlineLevel !== undefined &&
        on.getFollowingNodesOnPage().every(({ style }) => style === FOOTER),
      content,
    },
    { title, author: author ?? undefined, madeAt },
  )
}

/** A part on its way to pages. */
interface Written extends Omit<Block, 'height'> {
  /** What pdfmake takes, with the drawing of a figure at this scale; at 0 it is left out. */
  readonly nodes: (scale: number) => PdfNode[]
}

function writtenPart(part: Part, numbers: Numbered): Written {
  if (part.kind === 'figure') return figurePdf(part.figure, numbers)
  const kind =
    part.kind === 'heading'
      ? 'heading'
      : part.kind === 'table' && part.table.table.rows.length <= MOST_ROWS
        ? 'table'
        : 'flow'
  return { kind, nodes: () => partPdf(part, numbers) }
}

/** How high pieces are, by laying them out on a page without an end. */
async function heightsOf(pieces: readonly (readonly PdfNode[])[]): Promise<number[]> {
  const tops: number[] = []
  const mark = { text: ' ', style: MARK }
  await pdfOf(
    {
      pageSize: { width: PAGE.width, height: 1e6 },
      ...look,
      pageBreakBefore: (node: {
        readonly style?: unknown
        readonly startPosition: { readonly top: number }
      }) => {
        if (node.style === MARK) tops.push(node.startPosition.top)
        return false
      },
      content: [...pieces.flatMap(piece => [{ ...mark }, ...piece]), { ...mark }],
    },
    { title: '', madeAt: 0 },
  )
  return pieces.map((_, i) => tops[i + 1]! - tops[i]!)
}

function headingPdf(text: string): PdfNode {
  return { text, style: 'chapter', headlineLevel: 1 }
}

function figurePdf({ name, caption, draw }: Figure, { figures, resolved }: Numbered): Written {
  const picture = draw(paper)
  const fit = POINTS * Math.min(1, ROOM / (picture.width * POINTS), MOST_HIGH / (picture.height * POINTS))
  const below = captionPdf(`Figure ${figures.get(name)!}.`, resolved(caption))
  const drawn = (scale: number): PdfNode => ({
    svg: svgOf(picture),
    width: picture.width * fit * scale,
    height: picture.height * fit * scale,
    alignment: 'center',
  })
  return {
    kind: 'figure',
    drawing: picture.height * fit,
    nodes: scale => (scale === 0 ? [below] : [{ unbreakable: true, stack: [drawn(scale), below] }]),
  }
}

const paragraph = { margin: [0, 0, 0, 6] }

function partPdf(part: Exclude<Part, { readonly kind: 'figure' }>, numbers: Numbered): PdfNode[] {
  const { resolved } = numbers
  switch (part.kind) {
    case 'text':
      return [{ text: resolved(part.text), ...paragraph }]
    case 'verdict':
      return [{ text: resolved(part.text), bold: true, ...paragraph }]
    case 'heading':
      return [{ text: part.text, style: 'section', headlineLevel: 2 }]
    case 'list':
      return [{ ul: part.items.map(resolved), ...paragraph }]
    case 'facts':
      return [factsPdf(part.facts.map(({ name, text }) => [name, resolved(text)]))]
    case 'prose':
      return part.prose.map(block => prosePdf(block, numbers))
    case 'table': {
      const { name, caption, table } = part.table
      const number = numbers.tables.get(name)!
      const above = { margin: [0, 8, 0, 4], headlineLevel: 3 }
      const tables = tablePdf(table).flatMap((piece, i) => [
        i === 0
          ? { ...captionPdf(`Table ${number}.`, resolved(caption)), ...above }
          : { ...captionPdf(`Table ${number}, continued.`, 'Further columns.'), ...above },
        piece,
      ])
      return [{ unbreakable: table.rows.length <= MOST_ROWS, stack: tables }]
    }
    case 'listing': {
      const { name, caption, text } = part.listing
      const head = {
        ...captionPdf(`Listing ${numbers.listings.get(name)!}.`, resolved(caption)),
        margin: [0, 8, 0, 4],
        headlineLevel: 3,
      }
      return [head, { text: text.trimEnd(), style: 'code' }]
    }
    case 'run':
      return [
        { text: `Run ${part.id}`, id: `run-${part.id}`, style: 'section', headlineLevel: 2 },
        factsPdf(part.facts.map(({ name, text }) => [name, text])),
      ]
  }
}

function captionPdf(label: string, caption: string) {
  return { text: [{ text: `${label} `, bold: true }, caption], style: 'caption' }
}

const lines = {
  hLineWidth: (i: number, { table }: { table: { body: readonly unknown[] } }) =>
    i === 0 || i === table.body.length ? 0.8 : i === 1 ? 0.6 : 0.2,
  vLineWidth: () => 0,
  hLineColor: () => '#777777',
  paddingLeft: () => CELL.padding,
  paddingRight: () => CELL.padding,
  paddingTop: () => 1.6,
  paddingBottom: () => 1.2,
}

function factsPdf(facts: readonly (readonly [string, string])[]): PdfNode {
  return {
    table: {
      widths: ['auto', '*'],
      body: facts.map(([name, text]) => [{ text: name, color: '#555555' }, text]),
    },
    layout: 'noBorders',
    fontSize: 8.5,
    ...paragraph,
  }
}

/** A table within the width of the page; columns for which there is no room follow below, each time beside the first one. */
function tablePdf(of: Table): PdfNode[] {
  const { columns, rows } = shownTable(of)
  const shown = columns.map(({ title, isNumber }, i) => {
    const texts = rows.map(row => cellText(row[i]!))
    const longest = Math.max(
      ...texts.flatMap(text => text.split('\n')).map(text => text.length),
      ...title.split(' ').map(word => word.length),
      1,
    )
    return {
      title,
      isNumber,
      texts,
      isLong: longest > LONG && !isNumber,
      width: (longest > LONG ? LEAST : longest) * CHARACTER + 2 * CELL.padding,
    }
  })
  return columnGroups(shown.map(({ width }) => width)).map(places => ({
    table: {
      headerRows: 1,
      dontBreakRows: true,
      keepWithHeaderRows: 1,
      widths: places.map(i => (shown[i]!.isLong ? '*' : 'auto')),
      body: [
        places.map(i => ({
          text: shown[i]!.title,
          bold: true,
          alignment: shown[i]!.isNumber ? 'right' : 'left',
        })),
        ...rows.map((row, r) =>
          places.map(i =>
            cellPdf(row[i]!, { text: shown[i]!.texts[r]!, alignment: shown[i]!.isNumber ? 'right' : 'left' }),
          ),
        ),
      ],
    },
    layout: lines,
    fontSize: CELL.size,
    lineHeight: 1.15,
    margin: [0, 0, 0, 10],
  }))
}

/** The places of the columns of each piece, which all begin with the first one: as few as the page needs, and about as wide as each other. */
function columnGroups(widths: readonly number[]): number[][] {
  const within = (room: number): number[][] => {
    const groups: number[][] = [[0]]
    for (let place = 1; place < widths.length; place++) {
      const last = groups.at(-1)!
      const used = last.reduce((sum, i) => sum + widths[i]!, widths[place]!)
      if (used > room && last.length > 1) groups.push([0, place])
      else last.push(place)
    }
    return groups
  }
  let groups = within(ROOM)
  for (let room = ROOM - 10; room > 0; room -= 10) {
    const narrower = within(room)
    if (narrower.length > groups.length) break
    groups = narrower
  }
  return groups
}

type ShownCell = ShownTable['rows'][number][number]

function cellText({ text, runs }: ShownCell): string {
  // Sizes such as 28 × 28 × 1 stay on one line.
  return (runs ? runs.map(run => run.text).join('\n') : text).replaceAll(' × ', '\u00a0×\u00a0')
}

/** A cell; the runs behind it are links to their facts. */
function cellPdf({ runs }: ShownCell, look: { readonly text: string; readonly alignment: string }): PdfNode {
  if (!runs) return look
  const links = runs.map(run => ({
    text: run.text,
    linkToDestination: `run-${run.id}`,
    alignment: look.alignment,
  }))
  return { stack: links }
}

function prosePdf(block: Prose, { resolved }: Numbered): PdfNode {
  const line = (inlines: readonly Inline[]): PdfNode[] => inlines.map(inline => inlinePdf(inline, resolved))
  switch (block.kind) {
    case 'paragraph':
      return { text: line(block.inlines), ...paragraph }
    case 'quote':
      return { text: line(block.inlines), italics: true, margin: [14, 0, 14, 6] }
    case 'heading':
      return { text: line(block.inlines), style: 'section', headlineLevel: 2 }
    case 'code':
      return { text: block.text, style: 'code' }
    case 'list': {
      const items = block.items.map(item => ({ text: line(item) }))
      return { [block.isOrdered ? 'ol' : 'ul']: items, ...paragraph }
    }
    case 'table':
      return {
        table: {
          headerRows: 1,
          body: [block.head.map(text => ({ text, bold: true })), ...block.rows.map(row => [...row])],
        },
        layout: lines,
        fontSize: CELL.size + 1,
        ...paragraph,
      }
  }
}

function inlinePdf({ text, bold, italic, code, link }: Inline, resolved: Numbered['resolved']): PdfNode {
  return {
    text: code ? text : resolved(text),
    ...(bold && { bold: true }),
    ...(italic && { italics: true }),
    ...(code && { font: 'DejaVu Sans Mono' }),
    ...(link !== undefined && { link, color: '#0058a3' }),
  }
}
