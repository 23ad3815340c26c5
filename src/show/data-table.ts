import { csvLine } from '../base/text.ts'
import { cellOf, shownTable, type Table, type Tone } from '../protocol/table.ts'
import { type Html, html, joined } from './markup.ts'
import { table } from './table.ts'

export type { Table as DataTable } from '../protocol/table.ts'

const NO_ROWS = '(no rows)'

/**
 * A table as text, numbers to the right, and what its columns mean. In a terminal of `width` columns it is made narrower as `table` says.
 *
 * @example
 * tableText({ columns: [{ key: 'a', title: 'A' }], rows: [{ a: 1 }] }) // 'A\n─\n1'
 */
export function tableText(of: Table, options: { readonly width?: number | undefined } = {}): string {
  const { columns, rows } = shownTable(of)
  const text = table(
    columns.map(column => ({ ...column, align: column.isNumber ? 'right' : 'left' })),
    rows.map(row => row.map(cell => cell.text)),
    options,
  )
  return rows.length === 0 ? `${text}\n${NO_ROWS}` : text
}

/**
 * A table as CSV (RFC 4180) with a line of names.
 *
 * @example
 * tableCsv({ columns: [{ key: 'a', title: 'A' }], rows: [{ a: 'x,y' }, { a: null }] }) // 'a\n"x,y"\n\n'
 */
export function tableCsv({ columns, rows }: Table): string {
  const keys = columns.map(({ key }) => key)
  const lines = [keys, ...rows.map(row => keys.map(key => cellOf(row[key]).value))]
  return `${lines.map(csvLine).join('\n')}\n`
}

/** Texts of more characters may break over lines. */
const LONG = 40

const tones: Readonly<Record<Tone, string>> = { good: 'good', bad: 'bad', quiet: 'dim' }
/** The classes of a cell whose ground is coloured, not its text. */
const shades: Readonly<Record<Tone, string>> = { good: 'hit', bad: 'miss', quiet: 'dim' }
/** On more of a colour, text is white. */
const DEEP = 0.6

/**
 * A table as HTML, in a box that scrolls where it is too wide. A run leads to its facts, which are further down on the page; with
 * `runs: 'names'`, on a page without them, it does not.
 */
export function tableHtml(of: Table, runsAs: 'links' | 'names' = 'links'): Html {
  const { columns, rows } = shownTable(of)
  const body = rows.map(row => {
    const cells = row.map(({ text, runs, tone, shade }, i) => {
      const kinds = [
        ...(columns[i]!.isNumber && !runs ? ['number'] : []),
        ...(text.length > LONG ? ['long'] : []),
        ...(tone ? [shade === undefined ? tones[tone] : shades[tone]] : []),
        ...(shade !== undefined && shade > DEEP ? ['deep'] : []),
      ]
      const style = shade === undefined ? null : html` style="--shade:${Math.round(100 * shade)}%"`
      const lines = !runs
        ? text.split('\n')
        : runs.map(run => (runsAs === 'names' ? run.text : html`<a href="#run-${run.id}">${run.text}</a>`))
      return html`<td${classes(kinds)}${style}>${joined(lines, '<br>')}</td>`
    })
    return html`<tr>${cells}</tr>`
  })
  const titles = columns.map(
    ({ title, isNumber }) => html`<th${classes(isNumber ? ['number'] : [])}>${title}</th>`,
  )
  const empty = html`<tr><td colspan="${columns.length}">${NO_ROWS}</td></tr>`
  return html`<div class="scroll"><table><thead><tr>${titles}</tr></thead><tbody>
${joined(body.length > 0 ? body : [empty])}
</tbody></table></div>${columns.map(({ note }) => (note === undefined ? null : html`<p class="dim">${note}</p>`))}`
}

function classes(names: readonly string[]): Html | null {
  return names.length > 0 ? html` class="${names.join(' ')}"` : null
}
