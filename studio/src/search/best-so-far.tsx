import { useMemo } from 'react'
import { percent } from '../../../src/base/text.ts'
import { objectiveText } from '../../../src/protocol/study-text.ts'
import { axisOf, percentTick } from '../charts/chart.tsx'
import { ChartCard } from '../charts/chart-card.tsx'
import { Segmented } from '../design/segmented.tsx'
import { usualSpan } from '../points/axes.ts'
import { placed, valueAxis } from '../points/scatter.ts'
import { bestLast, markOf, tooltipOf } from '../points/shown.ts'
import { setQuery } from '../router.tsx'
import type { ShownTrials } from './trial-shown.ts'

const OVER = { trials: 'Trials', epochs: 'Epochs', seconds: 'Seconds' } as const
const SAID = { trials: 'trials', epochs: 'epochs of all trials', seconds: 'seconds of the search' } as const
type Over = keyof typeof OVER

/** The best at each moment: where the line is flat, further trials bring nothing. */
export function BestSoFar({
  shown,
  query,
}: {
  readonly shown: ShownTrials
  readonly query: URLSearchParams
}) {
  // The share of a Pareto front belongs to no trial alone.
  const choices = Object.keys(OVER).filter(over => over !== 'trials' || !isFront(shown)) as Over[]
  const wanted = query.get('over') as Over
  const over = choices.includes(wanted) ? wanted : choices[0]!
  const { option, label } = useMemo(() => drawn(shown, over), [shown, over])
  return (
    <ChartCard
      title={isFront(shown) ? 'Share of the box that the Pareto front dominates' : 'Best so far'}
      aside={
        <Segmented
          label="Over"
          of={Object.fromEntries(choices.map(one => [one, OVER[one]])) as Record<Over, string>}
          value={over}
          onChange={one => setQuery({ over: one })}
        />
      }
      option={option}
      on={shown.on}
      label={label}
    />
  )
}

const isFront = ({ objectives }: ShownTrials): boolean => objectives.length > 1
function drawn(shown: ShownTrials, over: Over) {
  const { view, items, value, objective, palette } = shown
  const known = bestLast(
    shown,
    items.flatMap(item => {
      const at = value.at(item)
      return at === null ? [] : [{ item, at }]
    }),
  )
  const { budget, bestSoFar } = view
  const end = {
    trials: Math.max(1, items.at(-1)?.trial ?? 0),
    epochs: budget.spentEpochs,
    seconds: budget.spentSeconds,
  }[over]
  const line =
    over === 'trials' ? byTrial(shown) : bestSoFar.map(point => [point[over], point.value] as const)
  const last = line.at(-1)?.[1]
  const shownValues = over === 'trials' ? known.map(({ at }) => at) : line.map(([, y]) => y)
  const front = isFront(shown)
  const span = front ? ([0, 1] as const) : usualSpan(shownValues, objective.better)
  const axis = front ? { ...value, tick: percentTick } : value
  const text = last === undefined ? 'none yet' : front ? percent(last) : objectiveText(objective, last)
  return {
    label: `The best of ${known.length} trials over ${SAID[over]}. It is ${text}${front || view.best.length === 0 ? '' : `, in trial ${view.best[0]}`}.`,
    option: {
      grid: { left: 52, right: 16, top: 12, bottom: 40 },
      xAxis: {
        type: 'value',
        min: 0,
        max: end,
        name: SAID[over],
        nameLocation: 'middle',
        nameGap: 24,
        ...(over !== 'seconds' && { minInterval: 1 }),
        ...axisOf(palette),
        splitLine: { show: false },
      },
      yAxis: front
        ? { type: 'value', min: 0, max: 1, ...axisOf(palette, percentTick) }
        : valueAxis(axis, palette, span),
      tooltip: tooltipOf(shown, (event: { seriesIndex: number; dataIndex: number }) =>
        event.seriesIndex === 1 ? known[event.dataIndex]?.item : undefined,
      ),
      series: [
        {
          type: 'line',
          step: 'end',
          data: last === undefined ? [] : [...line, [end, last]],
          symbol: 'none',
          silent: true,
          color: palette.measure,
          lineStyle: { width: 2 },
        },
        {
          type: 'scatter',
          data:
            over === 'trials'
              ? known.map(({ item, at }) => ({
                  name: String(item.trial),
                  ...markOf(shown, item),
                  ...placed([item.trial, at], span, objective.better),
                }))
              : [],
        },
      ],
    },
  }
}

/** The best of the trials up to each one. */
function byTrial({ items, value, objective }: ShownTrials): (readonly [number, number])[] {
  const line: (readonly [number, number])[] = []
  for (const trial of items) {
    const at = value.at(trial)
    if (at === null) continue
    const before = line.at(-1)?.[1]
    const isBetter = before === undefined || (objective.better === 'higher' ? at > before : at < before)
    if (isBetter) line.push([trial.trial, at])
  }
  return line
}
