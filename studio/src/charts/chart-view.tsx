import { useMemo } from 'react'
import type { Chart as ChartBlock, ChartPanel } from '../../../src/protocol/section.ts'
import { axisOf, Chart } from './chart.tsx'
import { type Palette, usePalette } from './palette.ts'

/** Lines in panels; `chosen` is the name of one that stands out. */
export function ChartView({
  block,
  chosen = null,
}: {
  readonly block: ChartBlock
  readonly chosen?: string | null
}) {
  const palette = usePalette()
  const options = useMemo(
    () => block.panels.map(panel => optionOf(panel, palette, chosen)),
    [block, palette, chosen],
  )
  return (
    <div className="curve-panels">
      {block.panels.map(({ title, summary }, i) => (
        <figure className="panel" key={title}>
          <figcaption>{title}</figcaption>
          <Chart option={options[i]!} className="chart small" label={summary} />
        </figure>
      ))}
    </div>
  )
}

const percentTick = (share: number): string => `${Math.round(100 * share)}`

function optionOf(
  { xTitle, xEnd, xFalls = false, yTitle, lines, diagonal }: ChartPanel,
  palette: Palette,
  chosen: string | null,
) {
  return {
    grid: { left: 40, right: 14, top: 26, bottom: 38 },
    xAxis: {
      type: 'value',
      min: 0,
      max: xEnd,
      inverse: xFalls,
      ...axisOf(palette, xEnd === 1 ? percentTick : undefined),
      name: xEnd === 1 ? `${xTitle}, %` : xTitle,
      nameLocation: 'middle',
      nameGap: 24,
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: 0,
      max: 1,
      ...axisOf(palette, percentTick),
      axisLine: { onZero: false, lineStyle: { color: palette.line } },
      name: `${yTitle}, %`,
      nameTextStyle: { color: palette.quiet, fontSize: 11, align: 'left' },
    },
    series: [
      ...(diagonal
        ? [
            {
              type: 'line',
              data: [0, 1].map(end => [end, end]),
              symbol: 'none',
              lineStyle: { color: palette.quiet, type: 'dashed', width: 1 },
              silent: true,
            },
          ]
        : []),
      ...lines.map(({ name, points }, k) => ({
        type: 'line',
        name,
        data: points,
        symbol: points.length <= 15 ? 'circle' : 'none',
        symbolSize: 5,
        color: palette.series[k % palette.series.length],
        lineStyle: {
          width: name === chosen ? 2.4 : 1.2,
          opacity: chosen === null || name === chosen ? 1 : 0.25,
        },
        z: name === chosen ? 3 : 2,
      })),
    ],
  }
}
