import { count } from '../../../src/base/text.ts'
import {
  type Measure,
  type MetricFacts,
  measuredIn,
  measuredText,
  measuresOf,
  titleOf,
} from '../../../src/protocol/metric.ts'
import type { RunParameters, RunRow } from '../../../src/protocol/studio.ts'
import { parameterText } from '../../../src/protocol/study-text.ts'
import { percentTick } from '../charts/chart.tsx'
import { duration, short } from '../parts/format.ts'
import { type Axis, numberText } from '../points/axes.ts'

/** What runs can be drawn over. */
export interface RunAxes {
  /** Options that are not the same in all of these runs. */
  readonly parameters: readonly Axis<RunRow>[]
  readonly measures: readonly Axis<RunRow>[]
}

/** Numbers that span this factor are drawn by their order of magnitude. */
const WIDE = 20
/** A choice among more values cannot be read along an axis. */
const MOST_CHOICES = 40

export function runAxes(
  rows: readonly RunRow[],
  { names, configurations }: RunParameters,
  metrics: readonly MetricFacts[],
): RunAxes {
  const options = names.flatMap(
    name => parameterAxis(name, name, rows, row => configurations[row.configuration]?.[name]) ?? [],
  )
  const own = (
    [
      ['model', 'Model'],
      ['experiment', 'Experiment'],
      ['dataset', 'Data'],
      ['seed', 'Seed'],
    ] as const
  ).flatMap(([id, title]) => parameterAxis(id, title, rows, row => row[id]) ?? [])
  const measured = measuredIn(
    measuresOf(metrics, ['training', 'validation', 'test']),
    rows.map(row => row.metrics),
  )
  return { parameters: [...options, ...own], measures: [...measured.map(measureAxis), ...costs] }
}

/** `null`: all of the runs have the same value, or more names than an axis holds. */
function parameterAxis(
  id: string,
  title: string,
  rows: readonly RunRow[],
  optionOf: (row: RunRow) => unknown,
): Axis<RunRow> | null {
  const values = new Set(rows.map(optionOf).filter(value => value !== undefined))
  if (values.size < 2) return null
  const common = { id, title, better: null }
  const numbers = [...values].filter(value => typeof value === 'number')
  if (numbers.length === values.size) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)]
    return {
      ...common,
      scale: low > 0 && high / low >= WIDE ? 'log' : 'linear',
      ...{ low, high, choices: null },
      at: row => (optionOf(row) as number | undefined) ?? null,
      text: numberText,
      tick: numberText,
    }
  }
  if (values.size > MOST_CHOICES) return null
  const choices = [...values].map(value => parameterText(value as never)).sort()
  const text = (place: number): string => choices[place] ?? ''
  return {
    ...common,
    scale: 'choice',
    ...{ low: null, high: null, choices },
    at: row => {
      const value = optionOf(row)
      const place = value === undefined ? -1 : choices.indexOf(parameterText(value as never))
      return place < 0 ? null : place
    },
    text,
    tick: text,
  }
}

const numeric = { scale: 'linear', low: null, high: null, choices: null } as const

function measureAxis(measure: Measure): Axis<RunRow> {
  const { name, unit, better } = measure
  return {
    ...numeric,
    id: name,
    title: titleOf(measure),
    better: better === 'more' ? 'higher' : 'lower',
    at: ({ metrics }) => finite(metrics[name]),
    text: value => measuredText({ unit }, value),
    tick: value => (unit === 'share' ? percentTick(value) : numberText(value)),
  }
}

const costs: readonly Axis<RunRow>[] = [
  {
    ...numeric,
    id: 'seconds',
    title: 'Time',
    better: 'lower',
    at: ({ seconds }) => finite(seconds),
    text: duration,
    tick: duration,
  },
  {
    ...numeric,
    id: 'params',
    title: 'Parameters',
    better: 'lower',
    at: ({ params }) => params,
    text: count,
    tick: short,
  },
]

function finite(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null
}
