import type { EChartsCoreOption } from 'echarts/core'
import { useMemo } from 'react'
import {
  type MetricFacts,
  measuredText,
  measureOf,
  type Side,
  titleOf,
} from '../../../src/protocol/metric.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { axisOf, Chart, percentTick } from '../charts/chart.tsx'
import { type Palette, usePalette } from '../charts/palette.ts'
import { Segmented } from '../design/segmented.tsx'
import { Check } from '../parts/controls.tsx'
import { setQuery } from '../router.tsx'
import type { Curve } from '../stream/hub.ts'
import { useCurves, useRuns } from '../stream/stream.ts'
import { smoothed } from './curves.ts'
import { roundRange } from './round-range.ts'
import './charts.css'

/** How curves are shown: part of the address. */
interface Settings {
  readonly x: 'step' | 'epoch'
  /** 0: every step as it was measured. */
  readonly smoothing: number
  readonly show: 'both' | 'training' | 'validation'
  /** The first steps are far from all others: without them there is more to see. */
  readonly whole: boolean
}

/** About ten steps. */
const USUAL_SMOOTHING = 0.9

function settingsOf(query: URLSearchParams): Settings {
  const [x, show] = [query.get('x'), query.get('show')]
  const smoothing = Number(query.get('smoothing') ?? USUAL_SMOOTHING)
  return {
    x: x === 'epoch' ? x : 'step',
    smoothing: smoothing >= 0 && smoothing < 1 ? smoothing : USUAL_SMOOTHING,
    show: show === 'training' || show === 'validation' ? show : 'both',
    whole: query.get('range') === 'whole',
  }
}

/** Loss and accuracy of some runs over one axis, as they are trained. */
export function CurveCharts({
  rows,
  query,
}: {
  readonly rows: readonly RunRow[]
  readonly query: URLSearchParams
}) {
  const ids = rows.map(({ id }) => id)
  const curves = useCurves(ids)
  const palette = usePalette()
  const asked = query.toString()
  const settings = settingsOf(query)
  const { metrics } = useRuns()
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn of a row never changes, and its id identifies it.
  const panels = useMemo(() => {
    const drawn = rows.map((row, i) => ({ row, curve: curves.get(row.id), color: colorOf(palette, i) }))
    const epochs = drawn.flatMap(({ curve }) => curve?.epochs ?? [])
    const shown = metrics.filter(({ name, always }) => always || epochs.some(epoch => name in epoch.metrics))
    return shown.map(metric => {
      const lines = drawn.flatMap(one => linesOf(one, metric, settings))
      const last = lines.map(({ name, points }) => `${name} ${measuredText(metric, points.at(-1)?.[1])}`)
      const option = optionOf(lines, metric, settings, palette)
      return { title: titleOf(metric), option, last: last.join('; ') || 'nothing yet' }
    })
  }, [ids.join(), curves, metrics, asked, palette])
  return (
    <section className="stack close curves" aria-label="Curves">
      <Controls settings={settings} />
      <div className="curve-panels">
        {panels.map(({ title, option, last }) => (
          <figure className="panel" key={title}>
            <figcaption>{title}</figcaption>
            <Chart option={option} label={`${title} over ${settings.x}s. Last: ${last}.`} />
          </figure>
        ))}
      </div>
      <ul className="strip legend">
        {rows.map((row, i) => (
          <li key={row.id}>
            <i style={{ background: colorOf(palette, i) }} />
            {row.experiment} / {row.model}, seed {row.seed}{' '}
            <span className="mono quiet">{row.id.slice(0, 4)}</span>
          </li>
        ))}
        <li className="quiet strokes">
          <i className="dashed" /> training <i className="solid" /> validation
        </li>
      </ul>
    </section>
  )
}

const AXES = { step: 'steps', epoch: 'epochs' } as const
const SHOWN = { both: 'both', training: 'training', validation: 'validation' } as const

function Controls({ settings: { x, smoothing, show, whole } }: { readonly settings: Settings }) {
  return (
    <form className="strip controls" onSubmit={event => event.preventDefault()}>
      <Segmented label="Over" of={AXES} value={x} onChange={over => setQuery({ x: over })} />
      <Segmented label="Show" of={SHOWN} value={show} onChange={sides => setQuery({ show: sides })} />
      <label>
        Smoothing{' '}
        <input
          type="range"
          min="0"
          max="0.98"
          step="0.02"
          value={smoothing}
          disabled={x === 'epoch'}
          onChange={event => setQuery({ smoothing: event.target.value })}
        />
        <output>{smoothing.toFixed(2)}</output>
      </label>
      <Check checked={whole} onChange={isOn => setQuery({ range: isOn ? 'whole' : undefined })}>
        Whole range
      </Check>
    </form>
  )
}

interface Drawn {
  readonly row: RunRow
  readonly curve: Curve | undefined
  readonly color: string
}

type Point = readonly [x: number, y: number]

interface Line {
  readonly name: string
  readonly color: string
  readonly dashed: boolean
  readonly points: readonly Point[]
}

const colorOf = ({ series }: Palette, i: number): string => series[i % series.length]!

/**
 * Training by step or epoch, dashed where validation is beside it; validation at the end of its epochs. Steps are
 * measured by loss and accuracy alone: the other metrics have a point for each epoch.
 */
function linesOf({ row, curve, color }: Drawn, metric: MetricFacts, settings: Settings): Line[] {
  if (!curve) return []
  const { x, smoothing, show } = settings
  const name = `${row.model} ${row.seed}`
  const byEpoch = (side: Side): Point[] => {
    const measure = measureOf(metric, side).name
    return curve.epochs.flatMap(({ epoch, metrics }): Point[] => {
      const value = metrics[measure]
      return value === undefined ? [] : [[x === 'epoch' ? epoch + 1 : (epoch + 1) * row.stepsPerEpoch, value]]
    })
  }
  const validation = byEpoch('validation')
  const steps: readonly Readonly<Record<string, number>>[] = curve.steps
  const values = x === 'epoch' ? [] : steps.flatMap(step => step[metric.name] ?? [])
  const training =
    values.length === 0
      ? byEpoch('training')
      : smoothed(values, smoothing).map((value, i): Point => [curve.steps[i]!.step + 1, value])
  const both = show === 'both' && validation.length > 0
  return [
    ...(show === 'validation' ? [] : [{ name: `${name} training`, color, dashed: both, points: training }]),
    ...(show === 'training' || validation.length === 0
      ? []
      : [{ name: `${name} validation`, color, dashed: false, points: validation }]),
  ]
}

/** Few values say nothing of what is usual. */
const ENOUGH = 30

/** Without the few values that are worst, the first steps', and with every line's end, in round numbers. */
function usualRange(
  lines: readonly Line[],
  { better }: MetricFacts,
): { readonly min?: number; readonly max?: number; readonly interval?: number } {
  const values = lines.flatMap(({ points }) => points.map(([, y]) => y)).sort((a, b) => a - b)
  if (values.length < ENOUGH) return {}
  const ends = lines.flatMap(({ points }) => points.at(-1)?.[1] ?? [])
  const few = Math.floor(0.04 * values.length)
  const low = Math.min(values[better === 'less' ? 0 : few]!, ...ends)
  const high = Math.max(values.at(better === 'less' ? -1 - few : -1)!, ...ends)
  return roundRange(low, high)
}

function optionOf(
  lines: readonly Line[],
  metric: MetricFacts,
  { x, whole }: Settings,
  palette: Palette,
): EChartsCoreOption {
  return {
    grid: { left: 48, right: 14, top: 10, bottom: 26 },
    xAxis: {
      type: 'value',
      ...axisOf(palette),
      splitLine: { show: false },
      min: x === 'epoch' ? 1 : 0,
      max: 'dataMax',
      minInterval: 1,
    },
    yAxis: {
      type: 'value',
      scale: true,
      ...(whole ? {} : usualRange(lines, metric)),
      ...axisOf(palette, metric.unit === 'share' ? percentTick : undefined),
    },
    tooltip: {
      trigger: 'axis',
      className: 'chart-tip',
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.text, fontSize: 12 },
      axisPointer: { lineStyle: { color: palette.quiet } },
      formatter: (at: readonly Hover[]) => tipOf(at, metric, x),
    },
    series: lines.map(({ name, color, dashed, points }) => ({
      name,
      type: 'line',
      data: points,
      // A single point is no line.
      showSymbol: points.length < 2,
      symbolSize: 6,
      color,
      lineStyle: { width: dashed ? 1.2 : 1.8, type: dashed ? [4, 3] : 'solid', opacity: dashed ? 0.6 : 1 },
      sampling: 'lttb',
    })),
  }
}

interface Hover {
  readonly seriesName: string
  readonly color: string
  readonly value: Point
}

/** Nodes, not text: what is in a name is then never read as HTML. */
function tipOf(at: readonly Hover[], metric: MetricFacts, x: string): HTMLElement {
  const table = document.createElement('table')
  const caption = table.createCaption()
  caption.textContent = `${x} ${at[0]?.value[0] ?? ''}`
  for (const { seriesName, color, value } of at.slice(0, 20)) {
    const row = table.insertRow()
    const mark = row.insertCell()
    mark.textContent = '●'
    mark.style.color = color
    row.insertCell().textContent = seriesName
    row.insertCell().textContent = measuredText(metric, value[1])
  }
  return table
}
