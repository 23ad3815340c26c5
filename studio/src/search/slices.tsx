import { useMemo } from 'react'
import { ChartCard } from '../charts/chart-card.tsx'
import { usualSpan } from '../points/axes.ts'
import { scatterOf } from '../points/scatter.ts'
import type { ShownTrials } from './trial-shown.ts'

/** Each parameter against the objective: where good values lie, and whether they lie at an end of the space. */
export function Slices({ shown }: { readonly shown: ShownTrials }) {
  const panels = useMemo(() => panelsOf(shown), [shown])
  return (
    <section aria-label="Slices">
      <h2>{shown.value.title} by parameter</h2>
      <div className="slices">
        {panels.map(({ id, title, condition, option, label }) => (
          <ChartCard
            key={id}
            title={title}
            aside={condition && <span className="quiet">{condition}</span>}
            chartClass="chart small"
            option={option}
            on={shown.on}
            label={label}
          />
        ))}
      </div>
    </section>
  )
}

function panelsOf(shown: ShownTrials) {
  const { items, parameters, value, view, objective } = shown
  // The same range in all panels, so that they can be compared.
  const span = usualSpan(
    items.flatMap(trial => value.at(trial) ?? []),
    objective.better,
  )
  return parameters.map(axis => {
    const { known, option } = scatterOf(shown, { x: axis, y: value, span })
    const best = known.find(({ item }) => shown.isBest(item))
    return {
      id: axis.id,
      title: axis.title,
      condition: view.parameters.find(({ name }) => name === axis.id)?.condition ?? null,
      label: `${value.title} by ${axis.title}, ${known.length} trials. The best has ${best ? axis.text(best.right) : 'none'}.`,
      option,
    }
  })
}
