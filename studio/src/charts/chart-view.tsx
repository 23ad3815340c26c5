import { useMemo, useState } from 'react'
import type { Chart as ChartBlock, ChartPanel } from '../../../src/protocol/section.ts'
import { axisOf, tipOf } from './chart.tsx'
import { ChartCard } from './chart-card.tsx'
import { nearest, type Point } from './curves.ts'
import { type Hidden, Legend } from './legend.tsx'
import { type Palette, usePalette } from './palette.ts'

/** With more lines than this, names are in the tooltip alone. */
const MOST_NAMED = 24

/** Lines in panels; `chosen` is the name of one that stands out. */
export function ChartView({
  block,
  chosen = null,
}: {
  readonly block: ChartBlock
  readonly chosen?: string | null
}) {
  const palette = usePalette()
  const [hidden, setHidden] = useState<Hidden>(new Set())
  const names = useMemo(
    () => [...new Set(block.panels.flatMap(({ lines }) => lines.map(({ name }) => name)))],
    [block],
  )
  const colorOf = useMemo(() => {
    const places = new Map(names.map((name, i) => [name, i]))
    return (name: string): string => palette.series[places.get(name)! % palette.series.length]!
  }, [names, palette])
  const options = useMemo(
    () => block.panels.map(panel => optionOf(panel, { palette, chosen, hidden, colorOf })),
    [block, palette, chosen, hidden, colorOf],
  )
  return (
    <div className="stack tight">
      {names.length > 1 && names.length <= MOST_NAMED && (
        <Legend
          entries={names.map(name => ({ key: name, name, color: colorOf(name) }))}
          hidden={hidden}
          onHide={setHidden}
        />
      )}
      <div className="curve-panels">
        {block.panels.map(({ title, summary }, i) => (
          <ChartCard
            key={title}
            title={title}
            option={options[i]!}
            chartClass="chart small"
            label={summary}
          />
        ))}
      </div>
    </div>
  )
}

const percentTick = (share: number): string => `${Math.round(100 * share)}`
const percentText = (share: number): string => `${(100 * share).toFixed(1)} %`
const MOST_IN_TIP = 16

interface Look {
  readonly palette: Palette
  readonly chosen: string | null
  readonly hidden: Hidden
  readonly colorOf: (name: string) => string
}

function optionOf(
  { xTitle, xEnd, xFalls = false, yTitle, lines: all, diagonal }: ChartPanel,
  { palette, chosen, hidden, colorOf }: Look,
) {
  const lines = all.filter(({ name }) => !hidden.has(name))
  const isShare = xEnd === 1
  return {
    grid: { left: 40, right: 14, top: 26, bottom: 38 },
    xAxis: {
      type: 'value',
      min: 0,
      max: xEnd,
      inverse: xFalls,
      ...axisOf(palette, isShare ? percentTick : undefined),
      name: isShare ? `${xTitle}, %` : xTitle,
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
    tooltip: {
      trigger: 'axis',
      ...tipOf(palette),
      formatter: (at: readonly { readonly axisValue: number }[]) =>
        at[0]
          ? tipAt(at[0].axisValue, lines, {
              caption: `${xTitle} ${isShare ? percentText(at[0].axisValue) : +at[0].axisValue.toPrecision(3)} · ${yTitle}`,
              reach: xEnd / 8,
              colorOf,
            })
          : '',
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
      ...lines.map(({ name, points }) => ({
        type: 'line',
        name,
        data: points,
        symbol: 'circle',
        showSymbol: points.length <= 15,
        symbolSize: 5,
        color: colorOf(name),
        lineStyle: {
          width: name === chosen ? 2.6 : 1.5,
          opacity: chosen === null || name === chosen ? 1 : 0.25,
        },
        emphasis: { disabled: true },
        z: name === chosen ? 3 : 2,
      })),
    ],
  }
}

/** The height of each line at `x`, the highest first. */
function tipAt(
  x: number,
  lines: ChartPanel['lines'],
  {
    caption,
    reach,
    colorOf,
  }: { readonly caption: string; readonly reach: number; readonly colorOf: (name: string) => string },
): HTMLElement {
  const table = document.createElement('table')
  table.createCaption().textContent = caption
  const found = lines
    .flatMap(({ name, points }) => {
      // Some curves fall along the axis.
      const sorted = [...points].sort((a: Point, b: Point) => a[0] - b[0])
      const point = nearest(sorted, x, reach)
      return point ? [{ name, y: point[1] }] : []
    })
    .sort((a, b) => b.y - a.y)
  for (const { name, y } of found.slice(0, MOST_IN_TIP)) {
    const row = table.insertRow()
    const mark = row.insertCell()
    mark.textContent = '━'
    mark.style.color = colorOf(name)
    row.insertCell().textContent = name
    row.insertCell().textContent = percentText(y)
  }
  if (found.length > MOST_IN_TIP)
    table.insertRow().insertCell().textContent = `and ${found.length - MOST_IN_TIP} more`
  return table
}
