import { createRequire } from 'node:module'
import type * as Echarts from 'echarts'
import type { EChartsCoreOption } from 'echarts/core'
import { Html, xmlOnly } from './markup.ts'
import type { Picture } from './picture.ts'

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
      title: { text: title, left: 12, top: 10, textStyle: { fontSize: 15, color: theme.text } },
      ...(rows > 0 && {
        legend: {
          data: [...names],
          left: 8,
          top: 36,
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
    nameTextStyle: { color: theme.axis, fontSize: 12 },
    axisLabel: { color: theme.text, fontSize: 11 },
    axisLine: { show: true, lineStyle: { color: theme.axis } },
    axisTick: { show: true, lineStyle: { color: theme.axis } },
    splitLine: { show: true, lineStyle: { color: theme.grid } },
  } as const
}
