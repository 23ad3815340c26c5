import { csvLine } from '../base/text.ts'
import { escapeXml } from './escape.ts'
import { type Column, table } from './table.ts'

type Cell = string | number | null

interface DataColumn {
  /** The name in JSON and CSV. */
  readonly key: string
  readonly title: string
  /** How people are shown a number; CSV and JSON have all of its digits. */
  readonly show?: (value: number) => string
}

const NO_ROWS = '(no rows)'

/** Rows that are written as text, CSV, JSON and HTML alike; `null`: not known. */
export interface DataTable {
  readonly columns: readonly DataColumn[]
  readonly rows: readonly Readonly<Record<string, Cell>>[]
}

/**
 * A table as text, numbers to the right.
 *
 * @example
 * tableText({ columns: [{ key: 'a', title: 'A' }], rows: [{ a: 1 }] }) // 'A\n─\n1'
 */
export function tableText(whole: DataTable): string {
  const data = known(whole)
  const columns = data.columns.map(
    (column): Column => ({ title: column.title, align: isNumeric(data, column) ? 'right' : 'left' }),
  )
  const text = table(
    columns,
    data.rows.map(row => data.columns.map(column => shown(column, row[column.key] ?? null))),
  )
  return data.rows.length === 0 ? `${text}\n${NO_ROWS}` : text
}

/**
 * A table as CSV (RFC 4180) with a line of names.
 *
 * @example
 * tableCsv({ columns: [{ key: 'a', title: 'A' }], rows: [{ a: 'x,y' }, { a: null }] }) // 'a\n"x,y"\n\n'
 */
export function tableCsv({ columns, rows }: DataTable): string {
  const keys = columns.map(({ key }) => key)
  const lines = [keys, ...rows.map(row => keys.map(key => row[key] ?? null))]
  return `${lines.map(csvLine).join('\n')}\n`
}

/** Texts of more characters may break over lines. */
const LONG = 40

/** A table as HTML, in a box that scrolls where it is too wide. */
export function tableHtml(whole: DataTable): string {
  const data = known(whole)
  const align = (column: DataColumn): string => (isNumeric(data, column) ? ' class="number"' : '')
  const head = data.columns.map(column => `<th${align(column)}>${escapeXml(column.title)}</th>`)
  const body = data.rows.map(row => {
    const cells = data.columns.map(column => {
      const text = shown(column, row[column.key] ?? null)
      const kind = text.length > LONG ? ' class="long"' : align(column)
      return `<td${kind}>${escapeXml(text)}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  if (body.length === 0) body.push(`<tr><td colspan="${data.columns.length}">${NO_ROWS}</td></tr>`)
  return `<div class="scroll"><table><thead><tr>${head.join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`
}

/** People are not shown a column that is unknown in every row; a table without rows keeps its titles. */
function known({ columns, rows }: DataTable): DataTable {
  const filled = columns.filter(({ key }) => rows.some(row => (row[key] ?? null) !== null))
  return { columns: filled.length > 0 ? filled : columns, rows }
}

function shown({ show = String }: DataColumn, cell: Cell): string {
  if (cell === null) return '–'
  return typeof cell === 'number' ? show(cell) : cell
}

function isNumeric({ rows }: DataTable, { key }: DataColumn): boolean {
  const cells = rows.map(row => row[key] ?? null).filter(cell => cell !== null)
  return cells.length > 0 && cells.every(cell => typeof cell === 'number')
}
