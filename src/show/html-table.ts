import { escapeXml } from './escape.ts'

export interface HtmlColumn {
  readonly title: string
  readonly isNumber?: boolean
}

/** Rows of HTML under their titles, in a box that scrolls where it is too wide. */
export function htmlTable(
  columns: readonly (HtmlColumn | string)[],
  rows: readonly (readonly string[])[],
): string {
  const kinds = columns.map(column =>
    typeof column === 'object' && column.isNumber ? ' class="number"' : '',
  )
  const titles = columns.map(column => escapeXml(typeof column === 'string' ? column : column.title))
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell, i) => `<${tag}${kinds[i]}>${cell}</${tag}>`).join('')}</tr>`
  return `<div class="scroll"><table><thead>${cells('th', titles)}</thead><tbody>\n${rows.map(row => cells('td', row)).join('\n')}\n</tbody></table></div>`
}

/** A column of numbers. */
export function number(title: string): HtmlColumn {
  return { title, isNumber: true }
}
