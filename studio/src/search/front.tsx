import { useMemo, useState } from 'react'
import { ChartCard } from '../charts/chart-card.tsx'
import { Choice } from '../parts/controls.tsx'
import { scatterOf } from '../points/scatter.ts'
import { tooltipOf } from '../points/shown.ts'
import type { ShownTrials } from './trial-shown.ts'

/** Two objectives against each other: trials that no other one beats in all objectives are joined, the Pareto front. */
export function Front({ shown }: { readonly shown: ShownTrials }) {
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
        on={shown.on}
        label={picture.label}
      />
    </section>
  )
}

function drawn(shown: ShownTrials, [right, up]: readonly [number, number]) {
  const { items, objectives, palette, isBest } = shown
  const [x, y] = [objectives[right]!, objectives[up]!]
  const isWide = items.every(trial => (x.at(trial) ?? 1) > 0)
  const { known, option } = scatterOf(shown, { x, y, logX: isWide, isNamed: true })
  const front = known.filter(({ item }) => isBest(item)).sort((a, b) => a.right - b.right)
  const said = front.map(point => `${y.text(point.up)} at ${x.text(point.right)}`)
  return {
    label: `${y.title} over ${x.title}, ${known.length} trials. On the front: ${said.join('; ') || 'none yet'}.`,
    option: {
      ...option,
      tooltip: tooltipOf(shown, (event: { seriesIndex: number; dataIndex: number }) =>
        event.seriesIndex === 1 ? known[event.dataIndex]?.item : undefined,
      ),
      series: [
        {
          type: 'line',
          data: front.map(point => [point.right, point.up]),
          symbol: 'none',
          silent: true,
          lineStyle: { color: palette.best, width: 1.5 },
        },
        ...option.series,
      ],
    },
  }
}
