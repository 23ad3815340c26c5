import type { Chart } from '../protocol/section.ts'
import { axisOf, header, renderChart, type Theme } from './chart.ts'
import type { Picture } from './picture.ts'

const PANEL = { width: 470, height: 430 }
const MARGIN = { left: 62, right: 24, top: 34, bottom: 54 }
const COLUMNS = 3

/** The panels of a chart beside and below one another, with one legend. */
export function sharePanels({ panels }: Chart, theme: Theme): Picture {
  const columns = Math.min(COLUMNS, panels.length)
  const width = columns * PANEL.width + 20
  const names = panels[0]!.lines.map(({ name }) => name)
  const head = header('', names.length > 1 ? names : [], width, theme)
  const left = (i: number): number => 10 + (i % columns) * PANEL.width + MARGIN.left
  const top = (i: number): number => head.height + Math.floor(i / columns) * PANEL.height
  const axis = { ...axisOf(theme), type: 'value', min: 0, nameLocation: 'middle' } as const
  return renderChart(
    {
      ...head.option,
      title: [
        head.option.title,
        ...panels.map((panel, i) => ({
          text: panel.title,
          left: left(i) - 6,
          top: top(i) + 4,
          textStyle: { fontSize: 13, fontWeight: 'normal', color: theme.text },
        })),
      ],
      grid: panels.map((_, i) => ({
        left: left(i),
        top: top(i) + MARGIN.top,
        width: PANEL.width - MARGIN.left - MARGIN.right,
        height: PANEL.height - MARGIN.top - MARGIN.bottom,
      })),
      xAxis: panels.map(({ xTitle, xEnd, xFalls = false }, i) => ({
        ...axis,
        gridIndex: i,
        max: xEnd,
        inverse: xFalls,
        ...(xEnd === 1 && { interval: 0.2 }),
        name: xTitle,
        nameGap: 28,
      })),
      yAxis: panels.map(({ yTitle }, i) => ({
        ...axis,
        gridIndex: i,
        axisLine: { ...axis.axisLine, onZero: false },
        max: 1,
        interval: 0.2,
        name: yTitle,
        nameGap: 40,
      })),
      series: panels.flatMap(({ lines, diagonal }, i) => [
        ...lines.map(({ name, points }, k) => ({
          ...lineOn(i),
          name,
          symbol: 'circle',
          symbolSize: 5,
          data: points.map(point => [...point]),
          showSymbol: points.length <= 15,
          itemStyle: { color: theme.lines[k % theme.lines.length] },
          // Beyond the colours there are, lines are dashed.
          lineStyle: { width: 2, type: k < theme.lines.length ? 'solid' : 'dashed' },
        })),
        ...(diagonal
          ? [
              {
                ...lineOn(i),
                data: [
                  [0, 0],
                  [1, 1],
                ],
                showSymbol: false,
                lineStyle: { color: theme.axis, width: 1, type: 'dotted' },
              },
            ]
          : []),
      ]),
    },
    { width, height: head.height + Math.ceil(panels.length / columns) * PANEL.height + 6, theme },
  )
}

function lineOn(panel: number) {
  return { type: 'line', xAxisIndex: panel, yAxisIndex: panel } as const
}
