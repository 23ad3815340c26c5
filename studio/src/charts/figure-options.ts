import type { EChartsCoreOption } from 'echarts/core'
import { cellOf, shownTable, type Table } from '../../../src/protocol/table.ts'
import { axisOf } from './chart.tsx'
import type { Palette } from './palette.ts'

/** A figure as it leaves the page: what echarts draws, and its size. */
export interface Drawing {
  readonly option: EChartsCoreOption
  readonly width: number
  readonly height: number
}

/** What echarts hands to a function that draws one of its items. */
export interface CustomApi {
  value(dimension: number): number
  coord(point: readonly [number, number]): [number, number]
  size(range: readonly [number, number]): [number, number]
}

const ROW = 26
const AXIS_FOOT = 44
const LETTER = 6.8
const widest = (names: readonly string[]): number => LETTER * Math.max(4, ...names.map(name => name.length))

/** A number with its name, and its interval where there is one. */
export interface NamedValue {
  readonly name: string
  readonly value: number
  readonly low?: number
  readonly high?: number
}

/**
 * Values below one another: bars from zero, or with `isDifference` points to both sides of it, each with its interval. `tick` writes the
 * numbers of the axis.
 */
export function rowsDrawing(
  rows: readonly NamedValue[],
  {
    title,
    tick,
    isDifference = false,
    palette,
  }: {
    readonly title: string
    readonly tick: (value: number) => string
    readonly isDifference?: boolean
    readonly palette: Palette
  },
): Drawing {
  const reach = Math.max(
    1e-9,
    ...rows.flatMap(({ value, low = value, high = value }) => [value, low, high].map(Math.abs)),
  )
  const names = rows.map(({ name }) => name)
  const left = 24 + widest(names)
  const stroke = { stroke: palette.text, lineWidth: 1.6 }
  return {
    width: left + 480,
    height: AXIS_FOOT + ROW * rows.length,
    option: {
      grid: { left, right: 24, top: 6, bottom: AXIS_FOOT },
      xAxis: {
        type: 'value',
        min: isDifference ? -reach : 0,
        max: reach,
        name: title,
        nameLocation: 'middle',
        nameGap: 26,
        ...axisOf(palette, tick),
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: names,
        ...axisOf(palette),
        axisLabel: { color: palette.text, fontSize: 11, interval: 0 },
        splitLine: { show: false },
      },
      series: [
        {
          type: 'custom',
          dimensions: ['value', 'low', 'high'],
          // The three columns are places along x. The row is the place along y.
          encode: { x: [0, 1, 2] },
          data: rows.map(({ name, value, low, high }) => ({ name, value: [value, low, high] })),
          renderItem: ({ dataIndex }: { readonly dataIndex: number }, api: CustomApi) => {
            const [value, low, high] = [0, 1, 2].map(i => api.value(i)) as [number, number, number]
            const [x, y] = api.coord([value, dataIndex])
            const [zero] = api.coord([0, dataIndex])
            const line = (from: readonly number[], to: readonly number[], style: object = stroke) => ({
              type: 'line',
              shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
              style,
            })
            const mark = isDifference
              ? [
                  line([zero, y - ROW / 2], [zero, y + ROW / 2], { stroke: palette.quiet, lineDash: [3, 3] }),
                  { type: 'circle', shape: { cx: x, cy: y, r: 4 }, style: { fill: palette.text } },
                ]
              : [
                  {
                    type: 'rect',
                    shape: { x: zero, y: y - 7, width: x - zero, height: 14 },
                    style: { fill: palette.measure },
                  },
                ]
            const ends = Number.isFinite(low) && Number.isFinite(high) ? [low, high] : []
            const whisker = ends.map(end => api.coord([end, dataIndex])[0])
            return {
              type: 'group',
              children: [
                ...mark,
                ...(whisker.length > 0 ? [line([whisker[0]!, y], [whisker[1]!, y])] : []),
                ...whisker.map(end => line([end, y - 4], [end, y + 4])),
              ],
            }
          },
        },
      ],
    },
  }
}

/** The counts of bins that are all as wide. */
export function binsDrawing(
  bins: readonly number[],
  { min, max, title, palette }: { min: number; max: number; title: string; palette: Palette },
): Drawing {
  const width = (max - min || 1) / bins.length
  const most = Math.max(1, ...bins)
  return {
    width: 560,
    height: 280,
    option: {
      grid: { left: 62, right: 20, top: 12, bottom: AXIS_FOOT },
      xAxis: {
        ...{ type: 'value', min, max: min + width * bins.length, name: title },
        ...{ nameLocation: 'middle', nameGap: 26 },
        ...axisOf(palette, value => String(+value.toPrecision(3))),
        splitLine: { show: false },
      },
      yAxis: { type: 'value', min: 0, max: most, ...axisOf(palette) },
      series: [
        {
          type: 'custom',
          dimensions: ['from', 'to', 'count'],
          encode: { x: [0, 1], y: 2 },
          data: bins.map((bin, i) => [min + i * width, min + (i + 1) * width, bin]),
          renderItem: (_: unknown, api: CustomApi) => {
            const [x, top] = api.coord([api.value(0), api.value(2)])
            const [end, bottom] = api.coord([api.value(1), 0])
            return {
              type: 'rect',
              shape: { x, y: top, width: Math.max(1, end - x - 1), height: bottom - top },
              style: { fill: palette.measure },
            }
          },
        },
      ],
    },
  }
}

/** Whether a table has a figure in it: of some, numbers are all that they have. */
export function hasDrawing({ rows }: Table): boolean {
  return rows.some(row =>
    Object.values(row).some(cell => {
      const { span, shade } = cellOf(cell)
      return span !== undefined || shade !== undefined
    }),
  )
}

/** The figure that a table has in it: its differences with their intervals, or its cells as dark as they are on the page. */
export function drawingOf(table: Table, palette: Palette): Drawing {
  const { columns, rows } = shownTable(table)
  const at = columns.findIndex((_, i) => rows.some(row => row[i]!.span))
  if (at >= 0) {
    const named = columns.flatMap(({ isNumber }, i) => (isNumber || i >= at ? [] : [i]))
    const tick = (value: number): string => `${+(100 * value).toPrecision(3)}`
    return rowsDrawing(
      rows.map(row => ({
        name: named.map(i => `${i > 0 ? `${columns[i]!.title} ` : ''}${row[i]!.text}`).join(' '),
        ...row[at]!.span!,
      })),
      { title: `percentage points, ${columns[at]!.title}`, tick, isDifference: true, palette },
    )
  }
  return cellsDrawing(table, palette)
}

const CELL = 46

function cellsDrawing(table: Table, palette: Palette): Drawing {
  const { columns, rows } = shownTable(table)
  const across = columns.slice(1).map(({ title }) => title)
  const down = rows.map(row => row[0]!.text)
  const [left, foot] = [24 + widest(down), 24 + widest(across)]
  const names = { ...axisOf(palette), splitLine: { show: false } }
  const label = { color: palette.text, fontSize: 11, interval: 0 }
  const cells = rows.flatMap((row, y) => row.slice(1).map((cell, x) => ({ ...cell, x, y })))
  return {
    width: left + CELL * across.length + 20,
    height: foot + CELL * down.length,
    option: {
      grid: { left, right: 20, top: 6, bottom: foot },
      xAxis: {
        ...{ type: 'category', data: across, name: 'prediction', nameLocation: 'middle', nameGap: foot - 18 },
        ...names,
        axisLabel: { ...label, rotate: 90 },
      },
      yAxis: { type: 'category', data: down, inverse: true, ...names, axisLabel: label },
      series: [
        {
          type: 'custom',
          dimensions: ['prediction', 'label', 'value'],
          encode: { x: 0, y: 1 },
          data: cells.map(({ x, y, value }) => [across[x], down[y], value]),
          renderItem: ({ dataIndex }: { readonly dataIndex: number }, api: CustomApi) => {
            const { x: column, y: row, text, shade = 0, tone } = cells[dataIndex]!
            const [x, y] = api.coord([column, row])
            const [width, height] = api.size([1, 1])
            const style = { fill: tone === 'bad' ? palette.bad : palette.measure, opacity: 0.5 * shade }
            return {
              type: 'group',
              children: [
                {
                  type: 'rect',
                  shape: { x: x - width / 2, y: y - height / 2, width: width - 1, height: height - 1 },
                  style,
                },
                {
                  type: 'text',
                  style: {
                    ...{ text, x, y, fill: palette.text, font: '11px sans-serif' },
                    ...{ align: 'center', verticalAlign: 'middle' },
                  },
                },
              ],
            }
          },
        },
      ],
    },
  }
}
