import { CustomChart } from 'echarts/charts'
import { type EChartsCoreOption, use } from 'echarts/core'
import { useMemo, useState } from 'react'
import { percent, plural } from '../../../src/base/text.ts'
import type { Counts, EpochCounts } from '../../../src/protocol/histogram.ts'
import { send } from '../api.ts'
import { Segmented } from '../design/segmented.tsx'
import { Choice } from '../parts/controls.tsx'
import { Problem } from '../parts/messages.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { axisOf, tipOf } from './chart.tsx'
import { ChartCard } from './chart-card.tsx'
import type { CustomApi } from './figure-options.ts'
import { type Palette, usePalette } from './palette.ts'

use([CustomChart])

const WHAT = { weights: 'Weights', gradients: 'Gradients' } as const

/** How the weights of each layer, and their gradients, are spread, epoch by epoch. `epochs`: how many are done. */
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
  const [what, setWhat] = useState<keyof typeof WHAT>('weights')
  // Runs of an older Heddle have weights alone.
  const hasGradients = data?.some(({ gradients }) => gradients !== null) ?? false
  const shown = hasGradients ? what : 'weights'
  const names = Object.keys(data?.findLast(one => one[shown])?.[shown] ?? {})
  // Kernels have more to tell than biases.
  const name = names.find(one => one === wanted) ?? names.find(one => one.endsWith('/kernel')) ?? names[0]
  const columns = useMemo(
    () =>
      data?.flatMap(one =>
        name && one[shown]?.[name] ? [{ epoch: one.epoch, array: one[shown][name] }] : [],
      ),
    [data, name, shown],
  )
  const option = useMemo(
    () => (columns?.[0] ? heatOf(columns, `${WHAT[shown]} of ${name}`, palette) : null),
    [columns, name, shown, palette],
  )
  if (error) return <Problem error={error} />
  if (!columns || !name || !option) return null
  const { low, high } = columns.at(-1)!.array
  return (
    <ChartCard
      title={`${WHAT[shown]} of ${name}`}
      aside={
        <span className="strip">
          {hasGradients && (
            <Segmented label="Weights or gradients" of={WHAT} value={shown} onChange={setWhat} />
          )}
          <Choice label="Layer and array" of={names} value={name} onChange={setWanted} />
        </span>
      }
      option={option}
      label={`How the ${shown} of ${name} are spread over ${plural(columns.length, 'epoch')}. Last: from ${numberText(low)} to ${numberText(high)}.`}
      note={`Each column is an epoch: the stronger the colour, the more ${shown} have this value.${shown === 'gradients' ? ' They are those of its last step, as the optimizer took them.' : ''}`}
    />
  )
}

const numberText = (value: number): string => String(+value.toPrecision(3))

const DIMENSIONS = ['epoch', 'from', 'to', 'share'] as const

interface Column {
  readonly epoch: number
  readonly array: Counts
}

/** A rectangle for each bin of each epoch. */
function heatOf(epochs: readonly Column[], name: string, palette: Palette): EChartsCoreOption {
  const cells = epochs.flatMap(({ epoch, array: { low, high, counts } }) => {
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
  row.insertCell().textContent = `${percent(share, 1)} of them`
  return table
}
