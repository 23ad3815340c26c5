import { MarkLineComponent } from 'echarts/components'
import { use } from 'echarts/core'
import { useMemo } from 'react'
import { plural } from '../../../src/base/text.ts'
import type { TrialCurves } from '../../../src/protocol/studio.ts'
import type { TrialRow } from '../../../src/protocol/study.ts'
import { axisOf } from '../charts/chart.tsx'
import { ChartCard } from '../charts/chart-card.tsx'
import { usualSpan } from '../points/axes.ts'
import { valueAxis } from '../points/scatter.ts'
import { tooltipOf } from '../points/shown.ts'
import type { ShownTrials } from './trial-shown.ts'

use([MarkLineComponent])

/**
 * How each trial learns. A trial that is paused ends at a rung, the dashed lines: it goes on from there, with the same bits, once it is
 * promoted. `curves`: `null` until they are there.
 */
export function LearningCurves({
  shown,
  curves,
}: {
  readonly shown: ShownTrials
  readonly curves: TrialCurves | null
}) {
  const picture = useMemo(() => curves && drawn(shown, curves), [shown, curves])
  // An objective that epochs do not measure, such as the size of a network, has no curve.
  if (curves && !picture) return null
  return (
    <ChartCard
      title="Learning curves"
      aside={
        <span className="quiet">
          {picture && picture.rungs.length > 0 && `rungs at ${picture.rungs.join(', ')} epochs`}
          {curves && curves.leftOut > 0 && ` · without ${plural(curves.leftOut, 'more trial')}`}
        </span>
      }
      option={picture ? picture.option : null}
      on={shown.on}
      label={picture ? picture.label : ''}
    />
  )
}

/** Where trials wait for a promotion: reports of trials that are paused there, or have gone on from there. */
function rungsOf(trials: readonly TrialRow[]): number[] {
  const rungs = trials.flatMap(({ state, reports }) =>
    reports.slice(0, state === 'paused' ? undefined : -1).map(({ epochs }) => epochs),
  )
  return [...new Set(rungs)].sort((a, b) => a - b)
}

function drawn(shown: ShownTrials, { curves, objective: index }: TrialCurves) {
  const { items, palette, isBest, isChosen, colorOf } = shown
  const [objective, axis] = [shown.view.objectives[index ?? -1], shown.objectives[index ?? -1]]
  if (!objective || !axis) return null
  const byNumber = new Map(items.map(trial => [trial.trial, trial]))
  const lines = curves.flatMap(({ trial, points }) => {
    const row = byNumber.get(trial)
    return row && points.length > 0 ? [{ trial: row, points }] : []
  })
  const last = Math.max(1, ...lines.flatMap(({ points }) => points.at(-1)![0]))
  const rungs = rungsOf(items).filter(rung => rung <= last)
  const span = usualSpan(
    lines.map(({ points }) => points.at(-1)![1]),
    objective.better,
  )
  const first = lines.map(({ points }) => points[0]![1])
  // The beginnings are far from the ends: half of them are worth the space.
  const middle = [...first].sort((a, b) => a - b)[Math.floor(first.length / 2)]
  const whole: readonly [number, number] | null =
    span && middle !== undefined ? [Math.min(span[0], middle), Math.max(span[1], middle)] : span
  return {
    rungs,
    label: `${axis.title} over epochs of ${plural(lines.length, 'trial')}.${rungs.length > 0 ? ` Rungs at ${rungs.join(', ')} epochs.` : ''}`,
    option: {
      grid: { left: 52, right: 16, top: 12, bottom: 40 },
      xAxis: {
        type: 'value',
        min: 0,
        // A single epoch stands in the middle.
        max: last === 1 ? 2 : last,
        minInterval: 1,
        name: 'epoch',
        nameLocation: 'middle',
        nameGap: 24,
        ...axisOf(palette),
        splitLine: { show: false },
      },
      yAxis: valueAxis(axis, palette, whole),
      tooltip: tooltipOf(shown, (event: { seriesIndex: number }) => lines[event.seriesIndex]?.trial),
      series: [
        ...lines.map(({ trial, points }) => {
          const stands = isBest(trial) || isChosen(trial)
          const hue = colorOf(trial)
          return {
            type: 'line',
            name: String(trial.trial),
            data: points.map((point, i) => ({
              name: String(trial.trial),
              value: point,
              // A single epoch has no line.
              symbol:
                points.length === 1 || (i === points.length - 1 && trial.state === 'paused')
                  ? 'circle'
                  : 'none',
              symbolSize: 6,
              itemStyle: {
                color: trial.state === 'paused' ? palette.surface : hue,
                borderColor: hue,
                borderWidth: 1.5,
              },
            })),
            showSymbol: true,
            triggerLineEvent: true,
            lineStyle: { color: hue, width: stands ? 2.6 : 1.2, opacity: stands ? 1 : 0.6 },
            z: stands ? 4 : 2,
          }
        }),
        {
          type: 'line',
          data: [],
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            lineStyle: { color: palette.quiet, type: [4, 4], width: 1 },
            data: rungs.map(rung => ({ xAxis: rung })),
          },
        },
      ],
    },
  }
}
