import { measureOf, type Side } from '../../../src/protocol/metric.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import type { Curve } from '../stream/hub.ts'
import { type ChartMetric, chartUnits, systemMetrics } from './chart-metric.ts'
import type { Settings } from './curve-settings.tsx'
import { type BandPoint, meanOf, type Point, secondsAfter, smoothed } from './curves.ts'

/** Runs that have one colour and one entry in the legend: the seeds of a configuration, or a run. */
export interface Family {
  readonly key: string
  readonly name: string
  readonly detail: string
  readonly rows: readonly RunRow[]
}

/** A line of a chart. */
export interface CurveLine {
  /** The family that it is of. */
  readonly family: string
  readonly name: string
  readonly side: 'training' | 'validation'
  readonly points: readonly Point[]
  /** Around a mean. */
  readonly band: readonly BandPoint[]
}

/** Runs by configuration, so that all its seeds have one colour; a single configuration has a colour for each run. */
export function familiesOf(rows: readonly RunRow[], lines: Settings['lines']): readonly Family[] {
  const groups = new Map<string, RunRow[]>()
  for (const row of rows) {
    const key = `${row.configuration} ${row.experiment} ${row.model}`
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  if (groups.size === 1 && lines === 'runs') {
    return rows.map(row => ({
      key: row.id,
      name: `${row.experiment} / ${row.model}, seed ${row.seed}`,
      detail: row.id.slice(0, 4),
      rows: [row],
    }))
  }
  return [...groups].map(([key, members]) => {
    const { experiment, model, seed, id } = members[0]!
    const isAlone = members.length === 1
    return {
      key,
      name: `${experiment} / ${model}${isAlone ? `, seed ${seed}` : ''}`,
      detail: isAlone ? id.slice(0, 4) : `${members.length} seeds`,
      rows: members,
    }
  })
}

/** What a run does not measure as a metric, and what follows from its epochs. */
const derived: Readonly<Record<string, (epoch: Curve['epochs'][number], row: RunRow) => number | undefined>> =
  {
    learningRate: ({ metrics }) => metrics.learningRate,
    imagesPerSecond: ({ trainMs }, { stepsPerEpoch, batchSize }) =>
      trainMs > 0 ? (1000 * stepsPerEpoch * batchSize) / trainMs : undefined,
  }

const isOfSystem = ({ name }: ChartMetric): boolean => systemMetrics.some(one => one.name === name)

/**
 * The lines of a family for a metric. Steps are measured by loss and accuracy alone: the other metrics have a point for each epoch.
 * With `means` the seeds are one line.
 */
export function linesOf(
  family: Family,
  curves: ReadonlyMap<string, Curve>,
  metric: ChartMetric,
  settings: Settings,
): CurveLine[] {
  const { key, name, rows } = family
  const isMean = settings.lines === 'means' && rows.length > 1
  const sides = sidesOf(rows, curves, metric, settings)
  return sides.flatMap(side => {
    const all = rows.map(row => ({ row, points: pointsOf(row, curves.get(row.id), metric, side, settings) }))
    const known = all.filter(({ points }) => points.length > 0)
    if (known.length === 0) return []
    if (isMean) {
      const { mean, band } = meanOf(known.map(({ points }) => points))
      return [{ family: key, name, side, points: mean, band }]
    }
    return known.map(({ row, points }) => ({
      family: key,
      name: `${row.model} ${row.seed}`,
      side,
      points,
      band: [],
    }))
  })
}

/** What is drawn of a metric: validation only where there is one, and training where there is nothing else. */
export function sidesOf(
  rows: readonly RunRow[],
  curves: ReadonlyMap<string, Curve>,
  metric: ChartMetric,
  { show }: Settings,
): readonly CurveLine['side'][] {
  if (metric.name in derived || isOfSystem(metric)) return ['training']
  const { name } = measureOf(metric, 'validation')
  const isValidated = rows.some(({ id }) => curves.get(id)?.epochs.some(({ metrics }) => name in metrics))
  if (show === 'both') return isValidated ? ['training', 'validation'] : ['training']
  return show === 'validation' && isValidated ? ['validation'] : ['training']
}

function pointsOf(
  row: RunRow,
  curve: Curve | undefined,
  metric: ChartMetric,
  side: CurveLine['side'],
  { x, smoothing }: Settings,
): Point[] {
  if (!curve) return []
  const seconds = x === 'time' ? secondsAfter(curve, row) : null
  if (x === 'time' && !seconds) return []
  const xOf = (steps: number): number =>
    seconds ? seconds(steps) : x === 'epoch' ? steps / row.stepsPerEpoch : steps
  if (isOfSystem(metric) && curve.usage.length > 0) {
    const name = metric.name as 'processors'
    return curve.usage.map((row): Point => [xOf(row.step + 1), row[name] * (chartUnits[name] ?? 1)])
  }
  const byEpoch = (of: Side): Point[] => {
    const measure = measureOf(metric, of).name
    return curve.epochs.flatMap((one): Point[] => {
      const value = derived[metric.name]?.(one, row) ?? one.metrics[measure]
      return value === undefined || !Number.isFinite(value)
        ? []
        : [[xOf((one.epoch + 1) * row.stepsPerEpoch), value]]
    })
  }
  const steps: readonly Readonly<Record<string, number>>[] = curve.steps
  const isByStep = side === 'training' && x !== 'epoch' && metric.name in (steps[0] ?? {})
  if (!isByStep) return byEpoch(side)
  const known = curve.steps.filter(step =>
    Number.isFinite((step as Readonly<Record<string, number>>)[metric.name]),
  )
  const values = known.map(step => (step as Readonly<Record<string, number>>)[metric.name]!)
  return smoothed(values, smoothing).map((value, i): Point => [xOf(known[i]!.step + 1), value])
}
