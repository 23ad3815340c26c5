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
import type { HeadColumn } from '../parts/long-table.tsx'

/** A column of the table of runs. */
export interface Column extends HeadColumn {
  /** What runs are put in order by; `null` comes last. */
  readonly value: (row: RunRow) => string | number | null
  readonly text: (row: RunRow) => string
  /** Which end is good; left out: neither. */
  readonly better?: 'more' | 'less'
  /** Writes the mean and the deviation of a group. */
  readonly mean?: (value: number) => string
}

function measuredColumn(measure: Measure): Column {
  const { name, unit, better } = measure
  const title = titleOf(measure)
  return {
    id: name,
    name: title,
    width: Math.max(9, title.length),
    isNumber: true,
    better,
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

/** What a run has, as it is. */
function column(
  id: 'status' | 'experiment' | 'model' | 'name' | 'dataset' | 'note' | 'user',
  name: string,
  width: number,
): Column {
  return { id, name, width, value: row => row[id] || null, text: row => row[id] ?? '' }
}

/** A number of a run. */
function number(
  id: 'epochsDone' | 'seconds' | 'params' | 'batchSize' | 'seed',
  name: string,
  width: number,
  text: (row: RunRow) => string,
): Column {
  return { id, name, width, isNumber: true, value: row => row[id], text }
}

export const columns: readonly Column[] = [
  column('status', 'Status', 13),
  { id: 'id', name: 'Run', width: 7, value: row => row.id, text: row => row.id.slice(0, 6) },
  column('experiment', 'Experiment', 18),
  column('model', 'Model', 15),
  column('name', 'Name', 15),
  number('seed', 'Seed', 5, row => String(row.seed)),
  column('dataset', 'Data', 19),
  number('epochsDone', 'Epochs', 8, row => `${row.epochsDone}/${row.epochs}`),
  { ...number('seconds', 'Time', 12, row => duration(row.seconds)), better: 'less', mean: duration },
  number('params', 'Parameters', 11, row => short(row.params)),
  number('batchSize', 'Batch', 6, row => count(row.batchSize)),
  {
    id: 'createdAt',
    name: 'Started',
    width: 13,
    isDescending: true,
    value: row => row.createdAt,
    text: row => moment(row.createdAt),
  },
  column('user', 'User', 10),
  {
    id: 'tags',
    name: 'Tags',
    width: 16,
    value: row => row.tags.join(' ') || null,
    text: row => row.tags.join(' '),
  },
  column('note', 'Note', 24),
]

/** What was measured stands before the time that it took. */
const MEASURED_AT = columns.findIndex(({ id }) => id === 'seconds')

const USUAL = [
  'status',
  'experiment',
  'model',
  'name',
  'seed',
  'epochsDone',
  'loss',
  'valAccuracy',
  'testAccuracy',
  'seconds',
  'createdAt',
  'user',
  'tags',
]

/** The columns that are shown without a choice. Who began a run matters where there are several people; names, where there are some. */
export function usualColumns(rows: readonly RunRow[]): readonly string[] {
  const without = [
    ...(hasSeveralUsers(rows) ? [] : ['user']),
    ...(rows.some(({ name }) => name) ? [] : ['name']),
  ]
  return USUAL.filter(id => !without.includes(id))
}

/** The columns that are shown, those that are pinned first. */
export function columnsInSight(
  columns: readonly Column[],
  shown: readonly string[],
  pinned: readonly string[],
): readonly Column[] {
  const some = columns.filter(({ id }) => shown.includes(id))
  const first = pinned.flatMap(id => some.find(column => column.id === id) ?? [])
  return [
    ...first.map(column => ({ ...column, isPinned: true })),
    ...some.filter(({ id }) => !pinned.includes(id)),
  ]
}

export function hasSeveralUsers(rows: readonly Pick<RunRow, 'user'>[]): boolean {
  return new Set(rows.flatMap(({ user }) => user ?? [])).size > 1
}

/** In the order of their keys; those without one come last, either way. */
export function sorted<T>(
  items: readonly T[],
  keyOf: (item: T) => string | number | null,
  descending: boolean,
): T[] {
  const keyed = items.map(item => ({ item, key: keyOf(item) }))
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null)
    const order =
      typeof a.key === 'number' ? a.key - (b.key as number) : a.key < b.key ? -1 : a.key > b.key ? 1 : 0
    return descending ? -order : order
  })
  return keyed.map(({ item }) => item)
}

/** A choice of runs with some more, or without them. */
export function withIds(chosen: ReadonlySet<string>, ids: readonly string[], isOn: boolean): Set<string> {
  return new Set(isOn ? [...chosen, ...ids] : [...chosen].filter(id => !ids.includes(id)))
}

/** The seeds of one configuration. */
export interface Group {
  readonly rows: readonly RunRow[]
  /** `mean ± deviation`, or what the runs have in common. */
  readonly text: (column: Column) => string
  readonly value: (column: Column) => string | number | null
}

/** The seeds of each configuration. Groups of `before` whose runs are the same stay, with what was computed of them. */
export function grouped(rows: readonly RunRow[], before: readonly Group[] = []): Group[] {
  const known = new Map(before.map(group => [group.rows[0]!.id, group]))
  const byConfiguration = new Map<string, RunRow[]>()
  for (const row of rows) {
    const key = `${row.configuration} ${row.experiment} ${row.model}`
    const group = byConfiguration.get(key)
    if (group) group.push(row)
    else byConfiguration.set(key, [row])
  }
  return [...byConfiguration.values()].map(group => {
    const same = known.get(group[0]!.id)
    if (same?.rows.length === group.length && group.every((row, i) => row === same.rows[i])) return same
    const means = new Map<string, number | null>()
    const meanOf = (column: Column): number | null => {
      if (!means.has(column.id)) means.set(column.id, spreadOf(group, column)?.mean ?? null)
      return means.get(column.id)!
    }
    return {
      rows: group,
      text: column => groupText(group, column),
      value: column => (column.mean ? meanOf(column) : column.value(group[0]!)),
    }
  })
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
