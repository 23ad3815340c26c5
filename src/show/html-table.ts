import { type Html, html, joined, type Part } from './markup.ts'

export interface HtmlColumn {
  readonly title: string
  readonly isNumber?: boolean
}

/** Rows of texts and HTML under their titles, in a box that scrolls where it is too wide. */
export function htmlTable(
  columns: readonly (HtmlColumn | string)[],
  rows: readonly (readonly Part[])[],
): Html {
  const kinds = columns.map(column =>
    typeof column === 'object' && column.isNumber ? html` class="number"` : null,
  )
  const titles = columns.map(column => (typeof column === 'string' ? column : column.title))
  return html`<div class="scroll"><table><thead><tr>${titles.map((title, i) => html`<th${kinds[i]!}>${title}</th>`)}</tr></thead><tbody>
${joined(rows.map(row => html`<tr>${row.map((cell, i) => html`<td${kinds[i]!}>${cell}</td>`)}</tr>`))}
</tbody></table></div>`
}

/** A column of numbers. */
export function number(title: string): HtmlColumn {
  return { title, isNumber: true }
}
