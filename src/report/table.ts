import { oneLine } from '../spec/visible.ts'

export interface Column {
  readonly title: string
  /** Numbers go to the right, so that their digits line up. */
  readonly align: 'left' | 'right'
}

/**
 * Rows under their titles, a line between them.
 *
 * @example
 * table([{ title: 'Class', align: 'left' }, { title: 'Images', align: 'right' }], [['Bag', '6,000']])
 */
export function table(columns: readonly Column[], cells: readonly (readonly string[])[]): string {
  const titles = columns.map(column => column.title)
  // Before widths are taken: a line feed or an escape code in a name would break the table.
  const rows = cells.map(row => row.map(oneLine))
  const widths = columns.map((_, i) =>
    rows.reduce((width, row) => Math.max(width, row[i]!.length), titles[i]!.length),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (columns[i]!.align === 'left' ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('   ')
      .trimEnd()
  const rule = '─'.repeat(
    Math.max(
      0,
      widths.reduce((sum, width) => sum + width + 3, -3),
    ),
  )
  return [line(titles), rule, ...rows.map(line)].join('\n')
}
