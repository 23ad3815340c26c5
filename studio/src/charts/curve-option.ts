import { CustomChart } from 'echarts/charts'
import { type EChartsCoreOption, use } from 'echarts/core'
import { count } from '../../../src/base/text.ts'
import { duration, short } from '../parts/format.ts'
import { axisOf, percentTick, tipOf } from './chart.tsx'
import { type ChartMetric, chartText } from './chart-metric.ts'
import type { CurveLine } from './curve-lines.ts'
import { usualRange } from './curve-range.ts'
import type { Settings } from './curve-settings.tsx'
import { type BandPoint, nearest, thinned } from './curves.ts'
import type { Palette } from './palette.ts'

use([CustomChart])

/** More rows would cover the chart. */
const MOST_IN_TIP = 12

export interface DrawnCurves {
  readonly option: EChartsCoreOption
  /** Names of lines that leave the range that is shown. */
  readonly outside: readonly string[]
}

/** Points of all lines together: more are not seen, and take long to draw while runs go on. */
const MOST_DRAWN = 12_000

interface CurveLook {
  readonly metric: ChartMetric
  readonly settings: Settings
  readonly palette: Palette
  readonly colorOf: (family: string) => string
  /** How many points are drawn at most, about. */
  readonly most?: number
}

/** How a chart of curves is drawn. */
export function curveOption(
  lines: readonly CurveLine[],
  { metric, settings, palette, colorOf, most = MOST_DRAWN }: CurveLook,
): DrawnCurves {
  const { x, whole, log, zoom } = settings
  const isLog = log && metric.unit === 'number'
  const inSight = zoom
    ? lines.map(line => ({ ...line, points: line.points.filter(([at]) => at >= zoom[0] && at <= zoom[1]) }))
    : lines
  const { outside, ...range } = whole || isLog ? { outside: [] } : usualRange(inSight, metric)
  const ends = lines.flatMap(({ points }) => points.at(-1)?.[0] ?? [])
  const first = x === 'epoch' ? 1 : 0
  const both = new Set(lines.map(({ side }) => side)).size > 1
  const numberTick = (value: number): string =>
    Math.abs(value) >= 1e4 ? short(value) : String(+value.toPrecision(4))
  const reach = zoom ? (zoom[1] - zoom[0]) / 12 : Math.max(1, ...ends) / 12
  return {
    outside,
    option: {
      grid: { left: 52, right: 14, top: 10, bottom: 26 },
      xAxis: {
        type: 'value',
        name: x === 'time' ? 'seconds' : x,
        ...axisOf(palette, x === 'time' ? duration : count),
        // In files of numbers alone.
        nameTextStyle: { color: 'transparent', fontSize: 1 },
        nameGap: 0,
        splitLine: { show: false },
        min: zoom ? zoom[0] : first,
        max: zoom ? zoom[1] : Math.max(first, ...ends),
        ...(x !== 'time' && !zoom && { minInterval: 1 }),
      },
      yAxis: {
        type: isLog ? 'log' : 'value',
        name: metric.label,
        scale: true,
        ...range,
        ...axisOf(palette, metric.unit === 'share' ? percentTick : numberTick),
        nameTextStyle: { color: 'transparent', fontSize: 1 },
      },
      tooltip: {
        trigger: 'axis',
        ...tipOf(palette),
        formatter: (at: readonly { readonly axisValue: number }[]) =>
          at[0] ? tipAt(at[0].axisValue, lines, { metric, x, reach, colorOf }) : '',
      },
      series: [
        ...lines.filter(({ band }) => band.length > 0).map(line => bandSeries(line, colorOf(line.family))),
        ...lines.map(({ name, family, side, points }) => ({
          name: both ? `${name}, ${side}` : name,
          type: 'line',
          data: thinned(points, most / lines.length),
          // A single point is no line.
          showSymbol: points.length < 2 || (side === 'validation' && points.length <= 12),
          symbol: 'circle',
          symbolSize: points.length < 2 ? 7 : 5,
          color: colorOf(family),
          lineStyle:
            side === 'training' && settings.show === 'both' && both
              ? { width: 1.3, type: [4, 3], opacity: 0.75 }
              : { width: 1.9 },
          z: side === 'validation' ? 4 : 3,
          sampling: 'lttb',
          emphasis: { disabled: true },
        })),
      ],
    },
  }
}

interface CustomApi {
  coord(point: readonly [number, number]): [number, number]
}

/** What lies within a standard deviation of a mean. */
function bandSeries({ name, side, band }: CurveLine, color: string): object {
  return {
    type: 'custom',
    name: `${name}, ${side}: mean − and + a standard deviation`,
    silent: true,
    clip: true,
    z: 1,
    color,
    // The numbers are there for files; what is drawn is one shape.
    data: band,
    tooltip: { show: false },
    renderItem: (params: { readonly dataIndex: number }, api: CustomApi) => {
      if (params.dataIndex > 0) return
      const place = ([x, , high]: BandPoint): [number, number] => api.coord([x, high])
      const below = band.map(([x, low]) => api.coord([x, low])).reverse()
      return {
        type: 'polygon',
        shape: { points: [...band.map(place), ...below] },
        style: { fill: color, opacity: side === 'training' ? 0.1 : 0.2 },
      }
    },
  }
}

interface TipOptions {
  readonly metric: ChartMetric
  readonly x: Settings['x']
  readonly reach: number
  readonly colorOf: (family: string) => string
}

/** The values of a run beside the pointer. */
interface TipRow {
  readonly family: string
  readonly name: string
  readonly values: Partial<Record<CurveLine['side'], number>>
  readonly texts: Partial<Record<CurveLine['side'], string>>
}

/**
 * Every line's value at `x`, the best first, both sides of a run in one row. Nodes, not text: what is in a name is then never read as
 * HTML.
 */
function tipAt(
  at: number,
  lines: readonly CurveLine[],
  { metric, x, reach, colorOf }: TipOptions,
): HTMLElement {
  const table = document.createElement('table')
  table.createCaption().textContent = x === 'time' ? duration(at) : `${x} ${count(Math.round(at))}`
  const sides = (['training', 'validation'] as const).filter(one => lines.some(({ side }) => side === one))
  const rows: TipRow[] = []
  for (const line of lines) {
    const point = nearest(line.points, at, reach)
    if (!point) continue
    const { family, name, side } = line
    // Two runs may have the same seed.
    let row = rows.find(one => one.family === family && one.name === name && !(side in one.values))
    if (!row) {
      row = { family, name, values: {}, texts: {} }
      rows.push(row)
    }
    const band = line.band.find(([place]) => place === point[0])
    const spread = band ? ` ± ${chartText(metric, (band[2] - band[1]) / 2)}` : ''
    row.values[side] = point[1]
    row.texts[side] = chartText(metric, point[1]) + spread
  }
  const head = table.createTHead().insertRow()
  for (const title of ['', '', ...sides]) head.insertCell().textContent = title
  const worst = metric.better === 'more' ? -Infinity : Infinity
  const rankOf = ({ values }: TipRow): number => values.validation ?? values.training ?? worst
  const direction = metric.better === 'more' ? -1 : 1
  const found = rows.sort((a, b) => direction * (rankOf(a) - rankOf(b)))
  for (const { family, name, texts } of found.slice(0, MOST_IN_TIP)) {
    const row = table.insertRow()
    const mark = row.insertCell()
    mark.textContent = '━'
    mark.style.color = colorOf(family)
    row.insertCell().textContent = name
    for (const side of sides) row.insertCell().textContent = texts[side] ?? ''
  }
  if (found.length > MOST_IN_TIP)
    table.insertRow().insertCell().textContent = `and ${found.length - MOST_IN_TIP} more`
  return table
}
