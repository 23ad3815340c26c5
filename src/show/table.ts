import { oneLine } from '../base/visible.ts'

export interface Column {
  readonly title: string
  /** Numbers go to the right, so that their digits line up. */
  readonly align: 'left' | 'right'
  /** Left out where there is no room, the last of them first. */
  readonly optional?: boolean
  /** Never cut, as an id or a word of which every letter counts. */
  readonly whole?: boolean
  /** What the column means, below the rows. */
  readonly note?: string
}

/** A column of texts. */
export function left(title: string): Column {
  return { title, align: 'left' }
}

/** A column of numbers. */
export function right(title: string): Column {
  return { title, align: 'right' }
}

const GAP = '   '
/** A text is cut to no less than this. */
const LEAST = 8

/**
 * Rows under their titles, a line between them. In a terminal of `width` columns, optional columns go where they must, then the
 * longest texts are cut in their middle; numbers never are. Columns for which there is still no room follow below, each time
 * beside the first column.
 *
 * @example
 * table([{ title: 'Class', align: 'left' }, { title: 'Images', align: 'right' }], [['Bag', '6,000']])
 */
export function table(
  columns: readonly Column[],
  cells: readonly (readonly string[])[],
  { width = Infinity }: { readonly width?: number | undefined } = {},
): string {
  // Before widths are taken: a line feed or an escape code in a name would break the table.
  const rows = cells.map(row => row.map(oneLine))
  const needed = columns.map(({ title }, i) =>
    rows.reduce((most, row) => Math.max(most, row[i]!.length), title.length),
  )
  const shown = columns.map((_, i) => i)
  const isText = (i: number): boolean => {
    const { align, optional, whole } = columns[i]!
    return align === 'left' && !optional && !whole
  }
  const least = (): number =>
    shown.reduce(
      (sum, i) => sum + (isText(i) ? Math.min(needed[i]!, LEAST) : needed[i]!) + GAP.length,
      -GAP.length,
    )
  while (least() > width) {
    const last = shown.findLast(i => columns[i]!.optional)
    if (last === undefined) break
    shown.splice(shown.indexOf(last), 1)
  }
  // If columns follow below anyway, a text has up to half of the width.
  const half = Math.max(LEAST, Math.floor(width / 2))
  const widths = needed.map((most, i) => (least() > width && isText(i) ? Math.min(most, half) : most))
  const widthOf = (places: readonly number[]): number =>
    places.reduce((sum, i) => sum + widths[i]! + GAP.length, -GAP.length)
  while (least() <= width && widthOf(shown) > width) {
    const texts = shown.filter(i => isText(i) && widths[i]! > LEAST)
    if (texts.length === 0) break
    const longest = texts.reduce((a, b) => (widths[b]! > widths[a]! ? b : a))
    widths[longest]!--
  }
  const block = (places: readonly number[]): string => {
    const line = (row: readonly string[]): string =>
      places
        .map(i => {
          const cell = cut(row[i]!, widths[i]!)
          return columns[i]!.align === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
        })
        .join(GAP)
        .trimEnd()
    const rule = '─'.repeat(Math.max(0, Math.min(width, widthOf(places))))
    return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join('\n')
  }
  const [first, ...others] = shown
  const blocks: number[][] = [[]]
  for (const place of others) {
    const last = blocks.at(-1)!
    if (last.length > 0 && widthOf([first!, ...last, place]) > width) blocks.push([place])
    else last.push(place)
  }
  const notes = shown.flatMap(i => columns[i]!.note ?? [])
  const text = blocks.map(places => block(first === undefined ? [] : [first, ...places])).join('\n\n')
  return [text, ...notes].join('\n')
}

/** The ends of a text say most: `photos/…/12.jpg`. */
function cut(text: string, width: number): string {
  if (text.length <= width) return text
  const end = Math.floor((width - 1) / 2)
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`
}
