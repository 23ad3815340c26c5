import { createRequire } from 'node:module'
import type * as Echarts from 'echarts'
import type { EChartsCoreOption } from 'echarts/core'
import { optionalPackage } from '../base/optional-package.ts'
import { Html, xmlOnly } from './markup.ts'
import type { Picture } from './picture.ts'

// The file that holds all of echarts: its 500 modules are opened at once, which is more than `ulimit -n 256` allows.
const { init, setPlatformAPI } = optionalPackage(
  'echarts',
  () => createRequire(import.meta.url)('echarts/dist/echarts.min.js') as typeof Echarts,
)

// There is no font to ask: DejaVu Sans is 0.6 of its size wide, on average.
setPlatformAPI({
  measureText: (text, font) => ({
    width: text.length * 0.61 * Number(/(\d+)px/.exec(font ?? '')?.[1] ?? 12),
  }),
})

/** What pictures are written in; `rasterize` has the first one on every machine. */
export const FONT = "'DejaVu Sans', Verdana, sans-serif"

/** The colours of a picture, and a name for what it refers to inside of itself, which must be its own within a page. */
export interface Theme {
  readonly ids: string
  readonly text: string
  readonly axis: string
  readonly grid: string
  readonly page: string
  readonly lines: readonly string[]
}

/** Black on white. Lines have Okabe and Ito's colours, which people with any colour vision tell apart; their yellow, unreadable on white, darker. */
export const paper: Theme = {
  ids: 'zr',
  text: '#222222',
  axis: '#666666',
  grid: '#E3E3E3',
  page: '#FFFFFF',
  lines: ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000', '#8A7A00'],
}

/** The colours of the page that a picture stands in, light or dark (`page`). */
export function pageTheme(ids: string): Theme {
  return {
    ids,
    text: 'var(--text)',
    axis: 'var(--dim)',
    grid: 'var(--line)',
    page: 'var(--page)',
    lines: paper.lines.map((color, i) => `var(--line-${i}, ${color})`),
  }
}

/**
 * A chart, drawn without a browser; the same option gives the same bytes.
 *
 * @example
 * const option = { xAxis: { type: 'category', data: ['a'] }, yAxis: {}, series: [{ type: 'bar', data: [1] }] }
 * renderChart(option, { width: 300, height: 200 }).width // 300
 */
export function renderChart(
  option: EChartsCoreOption,
  {
    width,
    height,
    theme = paper,
  }: { readonly width: number; readonly height: number; readonly theme?: Theme },
): Picture {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({
      animation: false,
      backgroundColor: theme.page,
      color: [...theme.lines],
      textStyle: { fontFamily: FONT, color: theme.text },
      ...option,
    })
    return { width, height, content: contentOf(chart.renderToSVGString(), theme.ids) }
  } finally {
    chart.dispose()
  }
}

/** What echarts drew, without its frame and the marks of what a mouse could point at, whose names count on over the process. */
function contentOf(svg: string, ids: string): Html {
  const inside = svg
    .slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'))
    .replace(/<style >[\s\S]*?<\/style>\n?/g, '')
    .replace(/ (?:class|ecmeta_\w+|pointer-events)="[^"]*"/g, '')
    .replace(/\bzr\d+-/g, `${ids}-`)
  return new Html(xmlOnly(inside).trim())
}

/** The room above the drawing: a title, and a legend that may need several lines. */
export function header(title: string, names: readonly string[], width: number, theme = paper) {
  let [rows, x] = [names.length > 0 ? 1 : 0, 0]
  // Without a title the legend is at the top.
  const top = title === '' ? 6 : 36
  for (const name of names) {
    const needs = 45 + name.length * 8
    if (x > 0 && x + needs > width - 40) {
      rows++
      x = 0
    }
    x += needs
  }
  return {
    height: top + 8 + rows * 22,
    option: {
      title: { text: title, left: 12, top: 10, textStyle: { fontSize: 15, color: theme.text } },
      ...(rows > 0 && {
        legend: {
          data: [...names],
          left: 8,
          top,
          width: width - 30,
          itemWidth: 26,
          itemGap: 14,
          textStyle: { fontSize: 12, color: theme.text },
        },
      }),
    },
  }
}

/** The look of an axis. */
export function axisOf(theme: Theme) {
  return {
    nameLocation: 'middle',
    nameTextStyle: { color: theme.axis, fontSize: 12 },
    axisLabel: { color: theme.text, fontSize: 11 },
    axisLine: { show: true, lineStyle: { color: theme.axis } },
    axisTick: { show: true, lineStyle: { color: theme.axis } },
    splitLine: { show: true, lineStyle: { color: theme.grid } },
  } as const
}

/** A part of a chart with axes of its own: the options of echarts for its axes and lines. */
interface PanelOption {
  readonly title: string
  readonly x: object
  readonly y: object
  readonly series: readonly object[]
}

interface PanelLayout {
  readonly columns: number
  /** The height of one panel, its margins included. */
  readonly size: { readonly width: number; readonly height: number }
  readonly margin: Readonly<Record<'left' | 'right' | 'top' | 'bottom', number>>
  readonly theme: Theme
}

/** Panels beside and below one another under one title and one legend. */
export function panelChart(
  head: { readonly title: string; readonly names: readonly string[] },
  panels: readonly PanelOption[],
  { columns, size, margin, theme }: PanelLayout,
): Picture {
  const width = columns * size.width + 20
  const { height, option } = header(head.title, head.names, width, theme)
  const left = (i: number): number => 10 + (i % columns) * size.width + margin.left
  const top = (i: number): number => height + Math.floor(i / columns) * size.height
  const titleStyle = { fontSize: 13, fontWeight: 'normal', color: theme.text }
  return renderChart(
    {
      ...option,
      title: [
        option.title,
        ...panels.map(({ title }, i) => ({
          text: title,
          left: left(i) - 6,
          top: top(i) + 4,
          textStyle: titleStyle,
        })),
      ],
      grid: panels.map((_, i) => ({
        left: left(i),
        top: top(i) + margin.top,
        width: size.width - margin.left - margin.right,
        height: size.height - margin.top - margin.bottom,
      })),
      xAxis: panels.map(({ x }, i) => ({ ...axisOf(theme), gridIndex: i, nameGap: 28, ...x })),
      yAxis: panels.map(({ y }, i) => ({ ...axisOf(theme), type: 'value', gridIndex: i, ...y })),
      series: panels.flatMap(({ series }, i) =>
        series.map(line => ({ type: 'line', xAxisIndex: i, yAxisIndex: i, ...line })),
      ),
    },
    { width, height: height + Math.ceil(panels.length / columns) * size.height + 6, theme },
  )
}
