import { ParallelChart } from 'echarts/charts'
import { ParallelComponent } from 'echarts/components'
import { use } from 'echarts/core'
import { type CSSProperties, useMemo } from 'react'
import { plural } from '../../../src/base/text.ts'
import { axisOf } from '../charts/chart.tsx'
import { ChartCard } from '../charts/chart-card.tsx'
import { roundRange } from '../charts/round-range.ts'
import { useNarrow } from '../parts/use-narrow.ts'
import { setQuery } from '../router.tsx'
import { type Axis, type Limits, limitChanges, usualSpan, within } from './axes.ts'
import { labelsOf } from './scatter.ts'
import { type Shown, tooltipOf } from './shown.ts'
import './points.css'

use([ParallelChart, ParallelComponent])

/** With more lines, only the best ones are drawn: the others are behind them. */
const MOST_LINES = 1000

/**
 * A line for each run or trial through its values, coloured by the objective. Drag along an axis to limit it: the table then lists
 * those within. What the mouse does, the fields of `LimitFields` do too.
 */
export function Parallel<T>({ shown, limits }: { readonly shown: Shown<T>; readonly limits: Limits }) {
  const axes = useMemo(() => [...shown.parameters, ...shown.objectives], [shown])
  const isNarrow = useNarrow(axes.length * AXIS_PX)
  const lines = useMemo(() => linesOf(shown), [shown])
  const option = useMemo(() => optionOf(shown, axes, lines, isNarrow), [shown, axes, lines, isNarrow])
  const actions = useMemo(
    () =>
      axes.map(({ id }) => ({
        type: 'axisAreaSelect',
        parallelAxisId: id,
        intervals: limits[id] && limits[id][0] <= limits[id][1] ? [limits[id]] : [],
      })),
    [axes, limits],
  )
  const on = useMemo(
    () => ({
      ...shown.on,
      axisAreaSelected: ({ parallelAxisId, intervals }: Brushed) => {
        const axis = axes.find(({ id }) => id === parallelAxisId)
        const interval = intervals?.[0]
        if (axis) setQuery(limitChanges([axis], interval ? { [axis.id]: interval } : {}))
      },
    }),
    [axes, shown.on],
  )
  const kept = within(shown.items, axes, limits)
  const what = kept.length === shown.items.length ? '' : ` ${kept.length} of them are within the limits.`
  return (
    <div className="parallel" style={{ '--axes': axes.length } as CSSProperties}>
      <ChartCard
        title="Parallel coordinates"
        aside={
          <span className="quiet">
            {lines.length === MOST_LINES && `the best ${plural(lines.length, shown.noun)} · `}
            drag along an axis to limit it
          </span>
        }
        chartClass={isNarrow ? 'chart rows' : 'chart'}
        option={option}
        actions={actions}
        on={on}
        label={`${plural(lines.length, shown.noun)} over ${axes.map(({ title }) => title).join(', ')}.${what}`}
      />
    </div>
  )
}

interface Brushed {
  readonly parallelAxisId?: string
  readonly intervals?: readonly (readonly [number, number])[]
}

/** What an axis needs beside others for its name and its numbers. */
const AXIS_PX = 104

/** Those with a value, the best last: it is drawn over the others. */
function linesOf<T>({ items, value }: Shown<T>): readonly T[] {
  const side = value.better === 'higher' ? 1 : -1
  const measured = items.filter(item => value.at(item) !== null)
  return measured.sort((a, b) => side * (value.at(a)! - value.at(b)!)).slice(-MOST_LINES)
}

function optionOf<T>(shown: Shown<T>, axes: readonly Axis<T>[], lines: readonly T[], isNarrow: boolean) {
  const { palette, keyOf, isBest, isChosen, isWhole, colorOf } = shown
  const ranges = axes.map(axis => {
    if (!axis.better) return axis.low === null ? {} : { min: axis.low, max: axis.high! }
    const span = usualSpan(
      lines.flatMap(item => axis.at(item) ?? []),
      axis.better,
    )
    return span ? { scale: true, ...roundRange(...span) } : {}
  })
  const textStyle = {
    color: palette.text,
    fontSize: 12,
    textBorderColor: palette.surface,
    textBorderWidth: 3,
  }
  return {
    parallel: isNarrow
      ? { layout: 'vertical', left: 30, right: 34, top: 34, bottom: 26 }
      : { left: 40, right: 60, top: 34, bottom: 22 },
    tooltip: tooltipOf(shown, (event: { dataIndex: number }) => lines[event.dataIndex]),
    parallelAxis: axes.map((axis, dim) => ({
      id: axis.id,
      dim,
      name: axis.title,
      type: axis.scale === 'choice' ? 'category' : axis.scale === 'log' ? 'log' : 'value',
      ...(axis.choices && { data: [...axis.choices] }),
      ...ranges[dim],
      realtime: false,
      ...axisOf(palette),
      splitLine: { show: false },
      z: 4,
      axisLabel: labelsOf(axis, palette),
      // Below one another, the name of an axis stands over its beginning.
      ...(isNarrow
        ? {
            nameLocation: 'start',
            nameGap: 0,
            nameTextStyle: { ...textStyle, align: 'left', verticalAlign: 'bottom', padding: [0, 0, 6, -14] },
          }
        : { nameTextStyle: textStyle, nameGap: 14 }),
      areaSelectStyle: {
        width: 18,
        color: palette.accent,
        borderColor: palette.accent,
        borderWidth: 1,
        opacity: 0.25,
      },
    })),
    series: [
      {
        type: 'parallel',
        inactiveOpacity: 0.04,
        activeOpacity: 0.9,
        data: lines.map(item => {
          const stands = isBest(item) || isChosen(item)
          return {
            name: keyOf(item),
            value: axes.map((axis, i) => placeOf(axis.at(item), ranges[i]!)),
            lineStyle: {
              color: colorOf(item),
              width: stands ? 3 : 1.3,
              opacity: stands ? 1 : 0.65,
              type: isWhole(item) ? 'solid' : [4, 3],
            },
          }
        }),
      },
    ],
  }
}

/** A place on an axis: what is worse than its end is at its end, what is not there is left out. */
function placeOf(at: number | null, { min, max }: { readonly min?: number; readonly max?: number }): number {
  return at === null ? Number.NaN : Math.min(max ?? at, Math.max(min ?? at, at))
}
