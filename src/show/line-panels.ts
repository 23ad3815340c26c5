import type { Chart } from '../protocol/section.ts'
import { axisOf, panelChart, paper, type Theme } from './chart.ts'
import type { Picture } from './picture.ts'
import { intervalOf, tick } from './ticks.ts'

export interface Line {
  readonly name: string
  /** A number for each place of the x-axis; `null`: not measured. */
  readonly values: readonly (number | null)[]
  /** The place of its colour; lines that belong together share one. */
  readonly color: number
  readonly dashed?: boolean
}

/** The size of one panel, its margins included. */
interface PanelSize {
  readonly width: number
  readonly height: number
}

export interface Panel {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly places: readonly string[]
  readonly lines: readonly Line[]
  /** For shares: the range is never narrower than this, and ends at 1 at the latest. */
  readonly leastSpan?: number
}

/**
 * Lines in panels beside and below one another, with one legend. Panels that measure the same (`yTitle`) share their
 * range, so that heights can be compared.
 *
 * @example
 * const panel = { title: 'loss', xTitle: 'Epoch', yTitle: 'Loss', places: ['1', '2'], lines: [{ name: 'training', values: [2, 1], color: 0 }] }
 * String(linePanels('A model', [panel]).content).includes('Epoch') // true
 */
export function linePanels(
  title: string,
  panels: readonly Panel[],
  {
    maxColumns = 3,
    theme = paper,
    legend = true,
    size = { width: 400, height: 270 },
  }: {
    readonly maxColumns?: number
    readonly theme?: Theme
    readonly legend?: boolean
    readonly size?: PanelSize
  } = {},
): Picture {
  const { axisLabel } = axisOf(theme)
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(line => line.name)))]
  return panelChart(
    { title, names: legend ? names : [] },
    panels.map(({ title, xTitle, yTitle, places, lines }) => ({
      title,
      x: {
        type: 'category',
        data: [...places],
        boundaryGap: places.length === 1 || xTitle !== 'Epoch',
        name: xTitle,
        splitLine: { show: false },
        axisLabel: { ...axisLabel, hideOverlap: true },
      },
      y: {
        name: yTitle,
        nameGap: 48,
        ...range(panels.filter(panel => panel.yTitle === yTitle)),
        axisLabel: { ...axisLabel, formatter: tick },
      },
      series: lines.map(({ name, values, color: place, dashed = false }) => {
        const color = theme.lines[place % theme.lines.length]
        return {
          name,
          data: values.map(value => value ?? '-'),
          symbol: 'circle',
          symbolSize: 5,
          showAllSymbol: true,
          itemStyle: { color },
          lineStyle: { color, width: 2, type: dashed ? 'dashed' : 'solid' },
        }
      }),
    })),
    {
      columns: Math.min(maxColumns, panels.length),
      size,
      margin: { left: 66, right: 22, top: 32, bottom: 48 },
      theme,
    },
  )
}

/** From a round number below all values to one above; a little apart where they are all equal. */
function range(panels: readonly Panel[]): { min: number; max: number; interval: number } {
  const values = panels.flatMap(({ lines }) =>
    lines.flatMap(line => line.values.filter(value => value !== null && Number.isFinite(value))),
  ) as number[]
  if (values.length === 0) return { min: 0, max: 1, interval: 0.2 }
  const least = Math.max(0, ...panels.map(({ leastSpan = 0 }) => leastSpan))
  const [lowest, highest] = [Math.min(...values), Math.max(...values)]
  const more = Math.max(0, least - (highest - lowest)) / 2
  const high = more > 0 ? Math.min(1, highest + more) : highest
  const low = more > 0 ? high - least : lowest
  const interval = intervalOf(high - low || Math.abs(high) || 1)
  const min = Math.floor(low / interval - 0.05) * interval
  return {
    min: low >= 0 ? Math.max(0, min) : min,
    max: least > 0 && high === 1 ? 1 : Math.ceil(high / interval + 0.05) * interval,
    interval,
  }
}

/** The panels of a chart of shares, with one legend. */
export function sharePanels(
  { panels }: Chart,
  theme: Theme,
  size: PanelSize = { width: 470, height: 430 },
): Picture {
  const { axisLine } = axisOf(theme)
  const names = panels[0]!.lines.map(({ name }) => name)
  const diagonalLine = {
    data: [
      [0, 0],
      [1, 1],
    ],
    showSymbol: false,
    lineStyle: { color: theme.axis, width: 1, type: 'dotted' },
  }
  return panelChart(
    { title: '', names: names.length > 1 ? names : [] },
    panels.map(({ title, xTitle, xEnd, xFalls = false, yTitle, lines, diagonal }) => ({
      title,
      x: {
        type: 'value',
        min: 0,
        max: xEnd,
        inverse: xFalls,
        ...(xEnd === 1 && { interval: 0.2 }),
        name: xTitle,
      },
      y: {
        axisLine: { ...axisLine, onZero: false },
        min: 0,
        max: 1,
        interval: 0.2,
        name: yTitle,
        nameGap: 40,
      },
      series: [
        ...lines.map(({ name, points }, k) => ({
          name,
          symbol: 'circle',
          symbolSize: 5,
          data: points.map(point => [...point]),
          showSymbol: points.length <= 15,
          itemStyle: { color: theme.lines[k % theme.lines.length] },
          // Beyond the colours there are, lines are dashed.
          lineStyle: { width: 2, type: k < theme.lines.length ? 'solid' : 'dashed' },
        })),
        ...(diagonal ? [diagonalLine] : []),
      ],
    })),
    {
      columns: Math.min(3, panels.length),
      size,
      margin: { left: 62, right: 24, top: 34, bottom: 54 },
      theme,
    },
  )
}
