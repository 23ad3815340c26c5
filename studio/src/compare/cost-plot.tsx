import { useMemo, useState } from 'react'
import { percent } from '../../../src/base/text.ts'
import type { Comparison, ModelCost } from '../../../src/protocol/comparison.ts'
import { axisOf, percentTick } from '../charts/chart.tsx'
import { ChartCard } from '../charts/chart-card.tsx'
import { usePalette } from '../charts/palette.ts'
import { Segmented } from '../design/segmented.tsx'
import { short } from '../parts/format.ts'

const costs: Readonly<Record<keyof ModelCost, string>> = {
  params: 'parameters',
  multiplyAdds: 'multiply-adds',
  trainSeconds: 'training, s',
  latencyMs: 'an image, ms',
}

/** What accuracy costs: models that no cheaper one beats are filled and joined. */
export function CostPlot({ comparison: { models, pareto } }: { readonly comparison: Comparison }) {
  const [cost, setCost] = useState<keyof ModelCost>('params')
  const palette = usePalette()
  const option = useMemo(() => {
    const front = pareto[cost]
    const points = models.flatMap(({ name, accuracy, cost: its }) =>
      its[cost] === null ? [] : [{ name, value: [its[cost]!, accuracy.mean] }],
    )
    const onFront = front.flatMap(name => points.filter(point => point.name === name))
    return {
      grid: { left: 52, right: 40, top: 16, bottom: 40 },
      xAxis: {
        type: 'log',
        name: costs[cost],
        nameLocation: 'middle',
        nameGap: 26,
        ...axisOf(palette, short),
        splitLine: { show: false },
      },
      yAxis: {
        type: 'value',
        scale: true,
        ...axisOf(palette, percentTick),
      },
      series: [
        {
          type: 'line',
          data: onFront.map(({ value }) => value),
          symbol: 'none',
          lineStyle: { color: palette.line, width: 1.5 },
          silent: true,
        },
        {
          type: 'scatter',
          symbolSize: 9,
          data: points.map(({ name, value }) => ({
            name,
            value,
            itemStyle: {
              color: front.includes(name) ? palette.measure : palette.surface,
              borderColor: palette.measure,
              borderWidth: 1.5,
            },
            label: { show: true, formatter: '{b}', position: 'top', color: palette.text, fontSize: 11 },
          })),
          labelLayout: { hideOverlap: true },
        },
      ],
    }
  }, [models, pareto, cost, palette])
  const said = models.map(
    model => `${model.name}: ${percent(model.accuracy.mean)} for ${short(model.cost[cost] ?? 0)}`,
  )
  return (
    <ChartCard
      title="Accuracy for"
      aside={<Segmented label="Cost" of={costs} value={cost} onChange={setCost} />}
      option={option}
      label={`Accuracy over ${cost}. ${said.join('; ')}.`}
    />
  )
}
