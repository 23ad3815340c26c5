import { useMemo, useState } from 'react'
import { axisOf } from '../charts/chart.tsx'
import { ChartCard } from '../charts/chart-card.tsx'
import { Choice } from '../parts/controls.tsx'
import { usualSpan } from './axes.ts'
import { placed, valueAxis } from './best-so-far.tsx'
import { bestLast, markOf, type Shown, tooltipOf } from './shown.ts'
import { chosenTrial } from './trial-choice.ts'

/** Two objectives against each other: trials that no other one beats in all objectives are joined, the Pareto front. */
export function Front({ shown }: { readonly shown: Shown }) {
  const { objectives } = shown
  const [pair, setPair] = useState<readonly [number, number]>([1, 0])
  const picture = useMemo(() => drawn(shown, pair), [shown, pair])
  const names = Object.fromEntries(objectives.map(({ title }, i) => [`${i}`, title]))
  return (
    <section aria-label="Pareto front" className="stack tight">
      <h2>Pareto front</h2>
      {objectives.length > 2 && (
        <p className="strip">
          <Choice
            label="Upwards"
            of={names}
            value={`${pair[1]}`}
            onChange={i => setPair([pair[0], Number(i)])}
          />{' '}
          over{' '}
          <Choice
            label="To the right"
            of={names}
            value={`${pair[0]}`}
            onChange={i => setPair([Number(i), pair[1]])}
          />
        </p>
      )}
      <ChartCard
        title={`${objectives[pair[1]]!.title} over ${objectives[pair[0]]!.title}`}
        option={picture.option}
        on={onClick}
        label={picture.label}
      />
    </section>
  )
}

const onClick = { click: chosenTrial }

function drawn(shown: Shown, [right, up]: readonly [number, number]) {
  const { trials, objectives, palette, view, isBest } = shown
  const [x, y] = [objectives[right]!, objectives[up]!]
  const known = bestLast(
    shown,
    trials.flatMap(trial => {
      const place = [x.at(trial), y.at(trial)] as const
      return place[0] === null || place[1] === null ? [] : [{ trial, place }]
    }),
  )
  const front = known.filter(({ trial }) => isBest(trial)).sort((a, b) => a.place[0]! - b.place[0]!)
  const said = front.map(({ place }) => `${y.text(place[1]!)} at ${x.text(place[0]!)}`)
  const span = usualSpan(
    known.map(({ place }) => place[1]!),
    view.objectives[up]!,
  )
  const isWide = known.length > 0 && known.every(({ place }) => place[0]! > 0)
  return {
    label: `${y.title} over ${x.title}, ${known.length} trials. On the front: ${said.join('; ') || 'none yet'}.`,
    option: {
      grid: { left: 56, right: 24, top: 28, bottom: 42 },
      xAxis: {
        type: isWide ? 'log' : 'value',
        scale: true,
        name: x.title,
        nameLocation: 'middle',
        nameGap: 26,
        ...axisOf(palette, x.tick),
        splitLine: { show: false },
      },
      yAxis: {
        ...valueAxis(y, palette, span),
        name: y.title,
        nameTextStyle: { color: palette.quiet, fontSize: 11, align: 'left' },
      },
      tooltip: tooltipOf(shown, (event: { seriesIndex: number; dataIndex: number }) =>
        event.seriesIndex === 1 ? known[event.dataIndex]?.trial : undefined,
      ),
      series: [
        {
          type: 'line',
          data: front.map(({ place }) => place),
          symbol: 'none',
          silent: true,
          lineStyle: { color: palette.best, width: 1.5 },
        },
        {
          type: 'scatter',
          data: known.map(one => ({
            name: String(one.trial.trial),
            ...markOf(shown, one.trial),
            ...placed([one.place[0]!, one.place[1]!], span, view.objectives[up]!.better),
          })),
        },
      ],
    },
  }
}
