import { axisOf, header, paper, renderChart, type Theme } from './chart.ts'
import type { Picture } from './picture.ts'

export interface Line {
  readonly name: string
  /** A number for each place of the x-axis; `null`: not measured. */
  readonly values: readonly (number | null)[]
  /** The place of its colour; lines that belong together share one. */
  readonly color: number
  readonly dashed?: boolean
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

const PANEL = { width: 400, height: 270 }
const MARGIN = { left: 66, right: 22, top: 32, bottom: 48 }

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
  { maxColumns = 3, theme = paper }: { readonly maxColumns?: number; readonly theme?: Theme } = {},
): Picture {
  const axis = axisOf(theme)
  const columns = Math.min(maxColumns, panels.length)
  const rows = Math.ceil(panels.length / columns)
  const width = columns * PANEL.width + 20
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(line => line.name)))]
  const head = header(title, names, width, theme)
  const at = (i: number): { readonly left: number; readonly top: number } => ({
    left: 10 + (i % columns) * PANEL.width,
    top: head.height + Math.floor(i / columns) * PANEL.height,
  })
  return renderChart(
    {
      ...head.option,
      title: [
        head.option.title,
        ...panels.map((panel, i) => ({
          text: panel.title,
          left: at(i).left + MARGIN.left - 6,
          top: at(i).top + 4,
          textStyle: { fontSize: 13, fontWeight: 'normal', color: theme.text },
        })),
      ],
      grid: panels.map((_, i) => ({
        left: at(i).left + MARGIN.left,
        top: at(i).top + MARGIN.top,
        width: PANEL.width - MARGIN.left - MARGIN.right,
        height: PANEL.height - MARGIN.top - MARGIN.bottom,
      })),
      xAxis: panels.map(({ xTitle, places }, i) => ({
        ...axis,
        type: 'category',
        gridIndex: i,
        data: [...places],
        boundaryGap: places.length === 1 || xTitle !== 'Epoch',
        name: xTitle,
        nameLocation: 'middle',
        nameGap: 28,
        splitLine: { show: false },
        axisLabel: { ...axis.axisLabel, hideOverlap: true },
      })),
      yAxis: panels.map((panel, i) => ({
        ...axis,
        type: 'value',
        gridIndex: i,
        name: panel.yTitle,
        nameLocation: 'middle',
        nameGap: 48,
        ...range(panels.filter(({ yTitle }) => yTitle === panel.yTitle)),
        axisLabel: { ...axis.axisLabel, formatter: (value: number) => tick(value) },
      })),
      series: panels.flatMap(({ lines }, i) =>
        lines.map(({ name, values, color, dashed = false }) => ({
          type: 'line',
          name,
          xAxisIndex: i,
          yAxisIndex: i,
          data: values.map(value => value ?? '-'),
          symbol: 'circle',
          symbolSize: 5,
          showAllSymbol: true,
          itemStyle: { color: theme.lines[color % theme.lines.length] },
          lineStyle: {
            color: theme.lines[color % theme.lines.length],
            width: 2,
            type: dashed ? 'dashed' : 'solid',
          },
        })),
      ),
    },
    { width, height: head.height + rows * PANEL.height + 6, theme },
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
  const span = high - low || Math.abs(high) || 1
  const power = 10 ** Math.floor(Math.log10(span / 4))
  const interval = power * ([1, 2, 5, 10].find(factor => factor * power >= span / 4) ?? 10)
  const min = Math.floor(low / interval - 0.05) * interval
  return {
    min: low >= 0 ? Math.max(0, min) : min,
    max: least > 0 && high === 1 ? 1 : Math.ceil(high / interval + 0.05) * interval,
    interval,
  }
}

/** Without the dust of binary fractions: `0.3`, not `0.30000000000000004`. */
function tick(value: number): string {
  return String(Number(value.toPrecision(6)))
}
