import { createRequire } from 'node:module'
import type * as Echarts from 'echarts'
import type { EChartsCoreOption } from 'echarts/core'
import { xmlOnly } from './escape.ts'

// The file that holds all of echarts: its 500 modules are opened at once, which is more than `ulimit -n 256` allows.
const { init, setPlatformAPI } = createRequire(import.meta.url)(
  'echarts/dist/echarts.min.js',
) as typeof Echarts

// There is no font to ask: DejaVu Sans is 0.6 of its size wide, on average.
setPlatformAPI({
  measureText: (text, font) => ({
    width: text.length * 0.61 * Number(/(\d+)px/.exec(font ?? '')?.[1] ?? 12),
  }),
})

/** What pictures are written in; `rasterize` has the first one on every machine. */
export const FONT = "'DejaVu Sans', Verdana, sans-serif"

/** Okabe and Ito's colours, which people with any colour vision tell apart; their yellow, unreadable on white, darker. */
export const colors = [
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#000000',
  '#8A7A00',
] as const

export const ink = { text: '#222222', axis: '#666666', grid: '#E3E3E3' } as const

export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * A chart as SVG, drawn without a browser; the same option gives the same bytes.
 *
 * @example
 * const option = { xAxis: { type: 'category', data: ['a'] }, yAxis: {}, series: [{ type: 'bar', data: [1] }] }
 * renderChart(option, { width: 300, height: 200 }).startsWith('<svg') // true
 */
export function renderChart(option: EChartsCoreOption, size: Size): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size })
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#FFFFFF',
      color: [...colors],
      textStyle: { fontFamily: FONT, color: ink.text },
      ...option,
    })
    return xmlOnly(withoutInteraction(chart.renderToSVGString()))
  } finally {
    chart.dispose()
  }
}

/** echarts marks what a mouse could point at, with names that count on over the process. */
function withoutInteraction(svg: string): string {
  return svg
    .replace(/<style >[\s\S]*?<\/style>\n?/g, '')
    .replace(/ (?:class|ecmeta_\w+|pointer-events)="[^"]*"/g, '')
    .replace(/\bzr\d+-/g, 'zr-')
}

/** The room above the drawing: a title, and a legend that may need several lines. */
export function header(title: string, names: readonly string[], width: number) {
  let [rows, x] = [names.length > 0 ? 1 : 0, 0]
  for (const name of names) {
    const needs = 45 + name.length * 8
    if (x > 0 && x + needs > width - 40) {
      rows++
      x = 0
    }
    x += needs
  }
  return {
    height: 44 + rows * 22,
    option: {
      title: { text: title, left: 12, top: 10, textStyle: { fontSize: 15, color: ink.text } },
      ...(rows > 0 && {
        legend: {
          data: [...names],
          left: 8,
          top: 36,
          width: width - 30,
          itemWidth: 26,
          itemGap: 14,
          textStyle: { fontSize: 12, color: ink.text },
        },
      }),
    },
  }
}

/** The look of an axis. */
export const axisStyle = {
  nameTextStyle: { color: ink.axis, fontSize: 12 },
  axisLabel: { color: ink.text, fontSize: 11 },
  axisLine: { show: true, lineStyle: { color: ink.axis } },
  axisTick: { show: true, lineStyle: { color: ink.axis } },
  splitLine: { show: true, lineStyle: { color: ink.grid } },
} as const
