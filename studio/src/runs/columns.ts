import { type Statistic, statisticOf } from '../../../src/base/maths.ts'
import { count } from '../../../src/base/text.ts'
import {
  type Measure,
  type MetricFacts,
  measuredText,
  measuresOf,
  titleOf,
} from '../../../src/protocol/metric.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import { duration, moment, short } from '../parts/format.ts'

/** A column of the table of runs. */
export interface Column {
  readonly id: string
  readonly name: string
  /** Characters, about. */
  readonly width: number
  readonly isNumber?: boolean
  /** What runs are put in order by; `null` comes last. */
  readonly value: (row: RunRow) => string | number | null
  readonly text: (row: RunRow) => string
  /** Writes the mean and the deviation of a group. */
  readonly mean?: (value: number) => string
}

function measuredColumn(measure: Measure): Column {
  const { name, unit } = measure
  const title = titleOf(measure)
  return {
    id: name,
    name: title,
    width: Math.max(9, title.length),
    isNumber: true,
    value: ({ metrics }) => metrics[name] ?? null,
    text: ({ metrics }) => measuredText({ unit }, metrics[name]),
    mean: value => measuredText({ unit }, value),
  }
}

/** All columns, with those of what runs may have measured. */
export function columnsOf(metrics: readonly MetricFacts[]): readonly Column[] {
  const measured = measuresOf(metrics, ['training', 'validation', 'test']).map(measuredColumn)
  return [...columns.slice(0, MEASURED_AT), ...measured, ...columns.slice(MEASURED_AT)]
}

export const columns: readonly Column[] = [
  { id: 'status', name: 'Status', width: 13, value: row => row.status, text: row => row.status },
  { id: 'id', name: 'Run', width: 7, value: row => row.id, text: row => row.id.slice(0, 6) },
  {
    id: 'experiment',
    name: 'Experiment',
    width: 18,
    value: row => row.experiment,
    text: row => row.experiment,
  },
  { id: 'model', name: 'Model', width: 15, value: row => row.model, text: row => row.model },
  {
    id: 'seed',
    name: 'Seed',
    width: 5,
    isNumber: true,
    value: row => row.seed,
    text: row => String(row.seed),
  },
  { id: 'dataset', name: 'Data', width: 19, value: row => row.dataset, text: row => row.dataset },
  {
    id: 'epochsDone',
    name: 'Epochs',
    width: 8,
    isNumber: true,
    value: row => row.epochsDone,
    text: row => `${row.epochsDone}/${row.epochs}`,
  },
  {
    id: 'seconds',
    name: 'Time',
    width: 12,
    isNumber: true,
    value: row => row.seconds,
    text: row => duration(row.seconds),
    mean: duration,
  },
  {
    id: 'params',
    name: 'Parameters',
    width: 11,
    isNumber: true,
    value: row => row.params,
    text: row => short(row.params),
  },
  {
    id: 'batchSize',
    name: 'Batch',
    width: 6,
    isNumber: true,
    value: row => row.batchSize,
    text: row => count(row.batchSize),
  },
  {
    id: 'createdAt',
    name: 'Started',
    width: 13,
    value: row => row.createdAt,
    text: row => moment(row.createdAt),
  },
  {
    id: 'tags',
    name: 'Tags',
    width: 16,
    value: row => row.tags.join(' ') || null,
    text: row => row.tags.join(' '),
  },
  { id: 'note', name: 'Note', width: 24, value: row => row.note || null, text: row => row.note },
]

/** What was measured stands before the time that it took. */
const MEASURED_AT = columns.findIndex(({ id }) => id === 'seconds')

export const usualColumns = [
  'status',
  'experiment',
  'model',
  'seed',
  'epochsDone',
  'loss',
  'valAccuracy',
  'testAccuracy',
  'seconds',
  'createdAt',
  'tags',
]

/** Runs that lack what they are ordered by come last, either way. */
export function sorted(rows: readonly RunRow[], { value }: Column, descending: boolean): RunRow[] {
  const keyed = rows.map(row => ({ row, key: value(row) }))
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null)
    const order =
      typeof a.key === 'number' ? a.key - (b.key as number) : a.key < b.key ? -1 : a.key > b.key ? 1 : 0
    return descending ? -order : order
  })
  return keyed.map(({ row }) => row)
}

/** Every word must be found in what a run is called by. */
export function matching(rows: readonly RunRow[], text: string, status: string): RunRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter(row => {
    if (status !== '' && row.status !== status) return false
    if (words.length === 0) return true
    const { id, experiment, model, dataset, tags, note, seed } = row
    const all = `${id} ${experiment} ${model} ${dataset} ${tags.join(' ')} ${note} seed=${seed}`.toLowerCase()
    return words.every(word => all.includes(word))
  })
}

/** The seeds of one configuration. */
export interface Group {
  readonly rows: readonly RunRow[]
  /** `mean ± deviation`, or what the runs have in common. */
  readonly text: (column: Column) => string
  readonly value: (column: Column) => string | number | null
}

export function grouped(rows: readonly RunRow[]): Group[] {
  const byConfiguration = new Map<string, RunRow[]>()
  for (const row of rows) {
    const key = `${row.configuration} ${row.experiment} ${row.model}`
    const group = byConfiguration.get(key)
    if (group) group.push(row)
    else byConfiguration.set(key, [row])
  }
  return [...byConfiguration.values()].map(group => ({
    rows: group,
    text: column => groupText(group, column),
    value: column => (column.mean ? (spreadOf(group, column)?.mean ?? null) : column.value(group[0]!)),
  }))
}

function groupText(rows: readonly RunRow[], column: Column): string {
  if (column.id === 'seed') return `${rows.length}×`
  if (column.id === 'tags') return [...new Set(rows.flatMap(({ tags }) => tags))].join(' ')
  if (!column.mean) {
    const texts = new Set(rows.map(column.text))
    return texts.size === 1 ? [...texts][0]! : column.isNumber ? '…' : `${texts.size} different`
  }
  const spread = spreadOf(rows, column)
  if (!spread) return '–'
  const mean = column.mean(spread.mean)
  // The unit is said once.
  return spread.n === 1 ? mean : `${mean.replace(/ [%s]$/, '')} ± ${column.mean(spread.std)}`
}

function spreadOf(rows: readonly RunRow[], { value }: Column): Statistic | null {
  const values = rows.map(value).filter(v => v !== null) as number[]
  return values.length === 0 ? null : statisticOf(values)
}

/** Groups in the order of a column, by their means. */
export function sortedGroups(groups: readonly Group[], column: Column, descending: boolean): Group[] {
  return [...groups].sort((a, b) => {
    const [x, y] = [a.value(column), b.value(column)]
    if (x === null || y === null) return Number(x === null) - Number(y === null)
    const order = typeof x === 'number' ? x - (y as number) : x < y ? -1 : x > y ? 1 : 0
    return descending ? -order : order
  })
}
