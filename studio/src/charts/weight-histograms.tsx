import { CustomChart } from 'echarts/charts'
import { type EChartsCoreOption, use } from 'echarts/core'
import { useMemo, useState } from 'react'
import { percent, plural } from '../../../src/base/text.ts'
import type { EpochCounts } from '../../../src/protocol/histogram.ts'
import { send } from '../api.ts'
import { Choice } from '../parts/controls.tsx'
import { Problem } from '../parts/messages.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { axisOf, tipOf } from './chart.tsx'
import { ChartCard } from './chart-card.tsx'
import { type Palette, usePalette } from './palette.ts'

use([CustomChart])

/** How the weights of each layer are spread, epoch by epoch. `epochs`: how many are done. */
export function WeightHistograms({ run, epochs }: { readonly run: string; readonly epochs: number }) {
  const path = `/runs/${run}/histograms`
  const { data, error } = useLoaded<readonly EpochCounts[]>(
    path,
    signal => send('GET', path, undefined, signal),
    {
      again: epochs,
    },
  )
  const [wanted, setWanted] = useState<string | null>(null)
  const palette = usePalette()
  const names = Object.keys(data?.[0]?.weights ?? {})
  // Kernels have more to tell than biases.
  const name = names.find(one => one === wanted) ?? names.find(one => one.endsWith('/kernel')) ?? names[0]
  const option = useMemo(() => (data && name ? heatOf(data, name, palette) : null), [data, name, palette])
  if (error) return <Problem error={error} />
  if (!data || !name || !option) return null
  const last = data.at(-1)!.weights[name]
  return (
    <ChartCard
      title={`Weights of ${name}`}
      aside={<Choice label="Weights" of={names} value={name} onChange={setWanted} />}
      option={option}
      label={`How the weights of ${name} are spread over ${plural(data.length, 'epoch')}${last ? `. Last: from ${numberText(last.low)} to ${numberText(last.high)}` : ''}.`}
      note="Each column is an epoch: the darker, the more weights have this value."
    />
  )
}

const numberText = (value: number): string => String(+value.toPrecision(3))

interface CustomApi {
  value(dimension: number): number
  coord(point: readonly [number, number]): [number, number]
  size(range: readonly [number, number]): [number, number]
}

const DIMENSIONS = ['epoch', 'from', 'to', 'share'] as const

/** A rectangle for each bin of each epoch. */
function heatOf(epochs: readonly EpochCounts[], name: string, palette: Palette): EChartsCoreOption {
  const cells = epochs.flatMap(({ epoch, weights }) => {
    const array = weights[name]
    if (!array) return []
    const { low, high, counts } = array
    const total = counts.reduce((sum, count) => sum + count, 0)
    const width = (high - low) / counts.length
    return counts.flatMap((count, bin) =>
      count > 0 ? [[epoch + 1, low + bin * width, low + (bin + 1) * width, count / total]] : [],
    )
  })
  const numbers = epochs.map(({ epoch }) => epoch + 1)
  // Epochs that were counted are evenly spaced, but for the last one.
  const gap = numbers.length > 1 ? numbers[1]! - numbers[0]! : 1
  const most = Math.max(...cells.map(([, , , share]) => share!))
  const lows = cells.map(([, from]) => from!)
  const highs = cells.map(([, , to]) => to!)
  const [low, high] = [Math.min(...lows), Math.max(...highs)]
  return {
    grid: { left: 52, right: 14, top: 10, bottom: 38 },
    xAxis: {
      type: 'value',
      name: 'epoch',
      nameLocation: 'middle',
      nameGap: 24,
      min: numbers[0]! - gap / 2,
      max: numbers.at(-1)! + gap / 2,
      ...axisOf(palette, value => (Number.isInteger(value) ? String(value) : '')),
      minInterval: 1,
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      ...(high > low ? { min: low, max: high } : { scale: true }),
      ...axisOf(palette, numberText),
    },
    tooltip: {
      trigger: 'item',
      ...tipOf(palette),
      formatter: ({ value }: { readonly value: readonly number[] }) => tipAt(value, name),
    },
    series: [
      {
        type: 'custom',
        name,
        dimensions: DIMENSIONS,
        data: cells,
        encode: { x: 0, y: [1, 2] },
        clip: true,
        renderItem: (_: unknown, api: CustomApi) => {
          const [epoch, from, to, share] = DIMENSIONS.map((_name, i) => api.value(i)) as [
            number,
            number,
            number,
            number,
          ]
          const [x, bottom] = api.coord([epoch, from])
          const [, top] = api.coord([epoch, to])
          const width = Math.max(1, api.size([gap, 0])[0] - 1)
          return {
            type: 'rect',
            shape: { x: x - width / 2, y: top, width, height: Math.max(1, bottom - top) },
            style: { fill: palette.measure, opacity: 0.06 + 0.94 * Math.sqrt(share / most) },
          }
        },
      },
    ],
  }
}

function tipAt([epoch, from, to, share]: readonly number[], name: string): HTMLElement {
  const table = document.createElement('table')
  table.createCaption().textContent = `${name}, epoch ${epoch}`
  const row = table.insertRow()
  row.insertCell().textContent = `${numberText(from!)} to ${numberText(to!)}`
  row.insertCell().textContent = `${percent(share, 1)} of the weights`
  return table
}
