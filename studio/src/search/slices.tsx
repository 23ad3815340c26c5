import { useMemo } from 'react'
import { axisOf } from '../charts/chart.tsx'
import { ChartCard } from '../charts/chart-card.tsx'
import { type Axis, usualSpan } from './axes.ts'
import { placed, valueAxis } from './best-so-far.tsx'
import { labelsOf } from './parallel.tsx'
import { bestLast, markOf, type Shown, tooltipOf } from './shown.ts'
import { chosenTrial } from './trial-choice.ts'

/** Each parameter against the objective: where good values lie, and whether they lie at an end of the space. */
export function Slices({ shown }: { readonly shown: Shown }) {
  const panels = useMemo(() => shown.parameters.map(axis => panelOf(shown, axis)), [shown])
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
            on={onClick}
            label={label}
          />
        ))}
      </div>
    </section>
  )
}

const onClick = { click: chosenTrial }

function panelOf(shown: Shown, axis: Axis) {
  const { trials, value, objective, palette, view } = shown
  const known = bestLast(
    shown,
    trials.flatMap(trial => {
      const [x, y] = [axis.at(trial), value.at(trial)]
      return x === null || y === null ? [] : [{ trial, x, y }]
    }),
  )
  // The same range in all panels, so that they can be compared.
  const span = usualSpan(
    trials.flatMap(trial => value.at(trial) ?? []),
    objective,
  )
  const best = known.find(({ trial }) => shown.isBest(trial))
  return {
    id: axis.id,
    title: axis.title,
    condition: view.parameters.find(({ name }) => name === axis.id)?.condition ?? null,
    label: `${value.title} by ${axis.title}, ${known.length} trials. The best has ${best ? axis.text(best.x) : 'none'}.`,
    option: {
      grid: { left: 46, right: 16, top: 10, bottom: 26 },
      xAxis: {
        type: axis.scale === 'choice' ? 'category' : axis.scale === 'log' ? 'log' : 'value',
        ...(axis.choices && { data: [...axis.choices] }),
        ...(axis.low !== null && { min: axis.low, max: axis.high }),
        ...axisOf(palette),
        splitLine: { show: false },
        axisLabel: labelsOf(axis, palette),
      },
      yAxis: valueAxis(value, palette, span),
      tooltip: tooltipOf(shown, (event: { dataIndex: number }) => known[event.dataIndex]?.trial),
      series: [
        {
          type: 'scatter',
          data: known.map(({ trial, x, y }) => ({
            name: String(trial.trial),
            ...markOf(shown, trial),
            ...placed([x, y], span, objective.better),
          })),
        },
      ],
    },
  }
}
