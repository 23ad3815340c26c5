import { FONT, type Theme } from './chart.ts'
import { type Html, html, joined } from './markup.ts'
import type { Picture } from './picture.ts'
import { intervalOf, tick } from './ticks.ts'

/** A value with its interval, and values that it is the mean of. */
export interface IntervalRow {
  readonly name: string
  readonly value: number
  readonly low: number
  readonly high: number
  readonly dots?: readonly number[]
  /** On the right, such as a p-value. */
  readonly note?: string
}

interface PlotOptions {
  readonly title: string
  readonly xTitle: string
  /** Zero is on the axis, and a line marks it: for differences. */
  readonly hasZero?: boolean
  readonly theme: Theme
}

const ROW = 30
const AXIS = { width: 420, top: 40 }
const CHARACTER = 7.4

/**
 * Values with their intervals below one another: points on one axis.
 *
 * @example
 * intervalPlot([{ name: 'a', value: 2, low: 1, high: 3 }], { title: 'A', xTitle: 'points', theme: paper }).height // 122
 */
export function intervalPlot(rows: readonly IntervalRow[], options: PlotOptions): Picture {
  const { title, xTitle, hasZero = false, theme } = options
  const values = rows.flatMap(({ low, high, dots = [] }) => [low, high, ...dots])
  const [least, most] = [
    Math.min(...values, ...(hasZero ? [0] : [])),
    Math.max(...values, ...(hasZero ? [0] : [])),
  ]
  const step = intervalOf(most - least || Math.abs(most) || 1)
  const [from, to] = [Math.floor(least / step) * step, Math.ceil(most / step) * step]
  const left = 24 + CHARACTER * Math.max(...rows.map(({ name }) => name.length))
  const right = 24 + CHARACTER * Math.max(...rows.map(({ note = '' }) => note.length))
  const x = (value: number): string => (left + (AXIS.width * (value - from)) / (to - from)).toFixed(1)
  const bottom = AXIS.top + ROW * rows.length
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step)
  const lines = ticks.map(
    value =>
      html`<path d="M${x(value)} ${AXIS.top}V${bottom}" stroke="${theme.grid}"/><text x="${x(value)}" y="${bottom + 16}" text-anchor="middle" font-size="11">${tick(value)}</text>`,
  )
  const zero = hasZero
    ? html`<path d="M${x(0)} ${AXIS.top}V${bottom}" stroke="${theme.axis}" stroke-dasharray="4 3"/>`
    : null
  const drawn = rows.map((row, i) => rowOf(row, { y: AXIS.top + ROW * (i + 0.5), x, left, theme }))
  const [width, height] = [left + AXIS.width + right, bottom + 52]
  const content = html`<g font-family="${FONT}" fill="${theme.text}" font-size="12">
<rect width="${width}" height="${height}" fill="${theme.page}"/>
<text x="${left}" y="22" font-size="13">${title}</text>
${joined([...lines, zero, ...drawn])}
<path d="M${left} ${bottom}H${left + AXIS.width}" stroke="${theme.axis}"/>
<text x="${left + AXIS.width / 2}" y="${bottom + 36}" text-anchor="middle" fill="${theme.axis}">${xTitle}</text>
</g>`
  return { width, height, content }
}

interface Place {
  readonly y: number
  readonly x: (value: number) => string
  readonly left: number
  readonly theme: Theme
}

function rowOf(
  { name, value, low, high, dots = [], note = '' }: IntervalRow,
  { y, x, left, theme }: Place,
): Html {
  const color = theme.lines[0]!
  const seeds = dots.map(
    dot => html`<circle cx="${x(dot)}" cy="${y}" r="2.6" fill="none" stroke="${theme.lines[1]!}"/>`,
  )
  return html`<text x="${left - 10}" y="${y + 4}" text-anchor="end">${name}</text>
<path d="M${x(low)} ${y}H${x(high)}M${x(low)} ${y - 4}V${y + 4}M${x(high)} ${y - 4}V${y + 4}" fill="none" stroke="${color}" stroke-width="1.8"/>
<circle cx="${x(value)}" cy="${y}" r="4.2" fill="${color}"/>${joined(seeds)}<text x="${left + AXIS.width + 12}" y="${y + 4}">${note}</text>`
}
