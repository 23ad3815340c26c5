import { oneLine } from '../base/visible.ts'

export interface Column {
  readonly title: string
  /** Numbers go to the right, so that their digits line up. */
  readonly align: 'left' | 'right'
  /** Left out where there is no room, the last of them first. */
  readonly optional?: boolean
  /** Never cut, as an id or a word of which every letter counts. */
  readonly whole?: boolean
}

const GAP = '   '
/** A text is cut to no less than this. */
const LEAST = 8

/**
 * Rows under their titles, a line between them. In a terminal of `width` columns, optional columns go where they must, then the
 * longest texts are cut in their middle; numbers never are.
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
  const widths = [...needed]
  const total = (): number => shown.reduce((sum, i) => sum + widths[i]! + GAP.length, -GAP.length)
  while (total() > width) {
    const texts = shown.filter(i => isText(i) && widths[i]! > LEAST)
    if (texts.length === 0) break
    const longest = texts.reduce((a, b) => (widths[b]! > widths[a]! ? b : a))
    widths[longest]!--
  }
  const line = (row: readonly string[]): string =>
    shown
      .map(i => {
        const cell = cut(row[i]!, widths[i]!)
        return columns[i]!.align === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
      })
      .join(GAP)
      .trimEnd()
  const rule = '─'.repeat(Math.max(0, Math.min(width, total())))
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join('\n')
}

/** The ends of a text say most: `photos/…/12.jpg`. */
function cut(text: string, width: number): string {
  if (text.length <= width) return text
  const end = Math.floor((width - 1) / 2)
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`
}
