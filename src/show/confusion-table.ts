import { count } from '../base/text.ts'
import type { ConfusionMatrix } from '../protocol/evaluation.ts'
import { escapeXml } from './escape.ts'

/** A confusion matrix whose cells are as dark as their share of the label; it can be read, copied and printed. */
export function confusionTable(matrix: ConfusionMatrix, classNames: readonly string[]): string {
  const head = classNames.map(name => `<th scope="col"><span>${escapeXml(name)}</span></th>`).join('')
  const rows = matrix.map((row, i) => {
    const all = row.reduce((sum, value) => sum + value, 0)
    const cells = row.map((value, k) => {
      const share = all === 0 ? 0 : value / all
      const kind = k === i ? 'hit' : 'miss'
      // Mistakes are few: their shades grow four times as fast.
      const shade = Math.round(100 * Math.min(1, k === i ? share : 4 * share))
      return `<td class="${kind}${shade > 60 ? ' deep' : ''}" style="--shade:${shade}%">${value === 0 ? '' : count(value)}</td>`
    })
    return `<tr><th scope="row">${escapeXml(classNames[i]!)}</th>${cells.join('')}</tr>`
  })
  return (
    `<div class="scroll"><table class="confusion"><thead><tr><th>label ↓ predicted →</th>${head}</tr></thead>` +
    `<tbody>\n${rows.join('\n')}\n</tbody></table></div>`
  )
}

export const confusionStyle = `
table.confusion td { text-align: right; font-variant-numeric: tabular-nums; min-width: 3rem; padding: .25rem .5rem; }
table.confusion thead th { font-weight: 600; font-size: .8rem; max-width: 5.5rem; }
table.confusion td.hit { background: color-mix(in srgb, #0b66a8 var(--shade), var(--page)); }
table.confusion td.miss { background: color-mix(in srgb, #c14a00 var(--shade), var(--page)); }
table.confusion td.deep { color: #fff; }
`
