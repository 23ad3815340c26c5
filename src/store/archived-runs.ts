import { HeddleError } from '../base/errors.ts'
import { boundedJson } from '../base/json.ts'
import { show } from '../base/schema.ts'
import { isNotFinite, measuredOf } from '../protocol/json.ts'
import { type Cell, cells } from './cells.ts'
import { gathered } from './gather-metrics.ts'
import type { Rows, Run } from './rows.ts'

export const VERSION = 6
/** The first file of an archive: all rows. */
export const CONTENTS = 'heddle-runs.json'
/** A JavaScript string is not much longer. */
const MAX_CONTENTS = 500_000_000

export const archivedTables = [
  'detail',
  'epoch',
  'step',
  'usage',
  'histogram',
  'happening',
  'tag',
  'artefact',
  'checkpoint',
] as const
/** Archives of an older Heddle lack these. */
const laterTables: readonly string[] = ['usage', 'histogram']
type ArchivedTable = (typeof archivedTables)[number]
type Row = Readonly<Record<string, unknown>>

/** The rows of one run, table by table. */
export interface ArchivedRun {
  readonly run: Run
  readonly rows: { readonly [T in ArchivedTable]: readonly Omit<Rows[T], 'run'>[] }
}

/** A search with its log. */
export interface ArchivedStudy {
  readonly study: Omit<Rows['study'], 'ends'>
  readonly events: readonly Omit<Rows['event'], 'study'>[]
}

/** What an archive holds. */
export interface Archived {
  readonly runs: readonly ArchivedRun[]
  /** Those that runs are trials of; archives of an older Heddle have none. */
  readonly studies: readonly ArchivedStudy[]
}

/** What no two rows of a run have in common. */
export const rowKeys: Readonly<Record<ArchivedTable, string>> = {
  detail: 'run',
  epoch: 'epoch',
  step: 'step',
  usage: 'step',
  histogram: 'epoch',
  happening: 'id',
  tag: 'tag',
  artefact: 'name',
  checkpoint: 'step',
}

/** Checks every cell of every row. Throws a `HeddleError` that names the run, the table, the row and the column. */
export function parseContents(path: string, name: string, bytes: Uint8Array): Archived {
  const refuse = (what: string): HeddleError =>
    new HeddleError(`${path} is not an archive of runs: ${what}. Nothing was imported.`)
  if (name !== CONTENTS) throw refuse(`it begins with ${show(name)}, not with ${CONTENTS}`)
  if (bytes.length > MAX_CONTENTS) throw refuse(`its ${CONTENTS} is larger than ${MAX_CONTENTS} bytes`)
  let json: unknown
  try {
    json = boundedJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), MAX_CONTENTS, Infinity)
  } catch {
    throw refuse(`its ${CONTENTS} is not JSON`)
  }
  if (!isObject(json)) throw refuse(`its ${CONTENTS} is not an object`)
  if (![1, 2, 3, 4, 5, VERSION].includes(json.version as number)) {
    throw new HeddleError(
      `${path} has the version ${show(json.version)}; this Heddle reads 1 to ${VERSION}. Nothing was imported.`,
    )
  }
  if (!Array.isArray(json.runs)) throw refuse(`its ${CONTENTS} has no list "runs"`)
  const { studies: given = [] } = json
  if (!Array.isArray(given)) throw refuse(`its ${CONTENTS} has no list "studies"`)
  const runs = json.runs.map((run, i) => parseRun(run, fault => refuse(`run ${i + 1}, ${fault}`)))
  const studies = given.map((study, i) => parseStudy(study, fault => refuse(`search ${i + 1}, ${fault}`)))
  for (const [what, ids] of [
    ['run', runs.map(({ run }) => run.id)],
    ['search', studies.map(({ study }) => study.id)],
  ] as const) {
    const seen = new Set<string>()
    for (const id of ids) {
      if (seen.has(id)) throw refuse(`the ${what} ${id} is in it twice`)
      seen.add(id)
    }
  }
  return { runs, studies }
}

function parseStudy(value: unknown, refuse: (fault: string) => HeddleError): ArchivedStudy {
  if (!isObject(value) || !Array.isArray(value.events))
    throw refuse('which must be an object with "study" and "events"')
  const study = parseRow('study', value.study, {
    refuse: fault => refuse(`table "study": ${fault}`),
    without: 'ends',
  })
  const events = value.events.map((event, i) => {
    const at = (fault: string): HeddleError => refuse(`table "event", row ${i + 1}: ${fault}`)
    const row = parseRow('event', event, { refuse: at, without: 'study' })
    if (row.place !== i) throw at(`its place is ${show(row.place)}; it must be ${i}`)
    return row
  })
  return { study, events } as unknown as ArchivedStudy
}

function parseRun(value: unknown, refuse: (fault: string) => HeddleError): ArchivedRun {
  if (!isObject(value) || !isObject(value.rows)) throw refuse('which must be an object with "run" and "rows"')
  // Archives of an older Heddle do not count attempts, and its runs have no names.
  const given = isObject(value.run) ? { attempt: 1, name: '', ...value.run } : value.run
  const run = parseRow('run', given, { refuse: fault => refuse(`table "run": ${fault}`) })
  const tables = value.rows
  const rows = archivedTables.map(table => {
    const found = tables[table] ?? (laterTables.includes(table) ? [] : undefined)
    if (!Array.isArray(found)) throw refuse(`table "${table}": it must be a list of rows`)
    if (table === 'detail' && found.length !== 1)
      throw refuse(`table "detail": one row is expected, not ${found.length}`)
    const parsed = found.map((row, i) => {
      const at = (fault: string): HeddleError => refuse(`table "${table}", row ${i + 1}: ${fault}`)
      return parseRow(table, row, { refuse: at, without: 'run' })
    })
    const key = rowKeys[table]
    const taken = new Set<unknown>()
    for (const [i, row] of parsed.entries()) {
      if (taken.has(row[key])) {
        throw refuse(`table "${table}", row ${i + 1}: another row has the same ${key}, ${show(row[key])}`)
      }
      taken.add(row[key])
    }
    return [table, parsed] as const
  })
  return withReason({
    run: run as unknown as Run,
    rows: Object.fromEntries(rows) as unknown as ArchivedRun['rows'],
  })
}

/** Archives of an older Heddle have the reason of a run's end among its happenings alone. */
function withReason({ run, rows }: ArchivedRun): ArchivedRun {
  if (run.reason !== null || (run.status !== 'failed' && run.status !== 'interrupted')) return { run, rows }
  const ended = rows.happening.findLast(({ kind }) => kind === run.status)
  return { run: { ...run, reason: ended?.text || null }, rows }
}

function parseRow(
  table: keyof Rows,
  value: unknown,
  { refuse, without }: { readonly refuse: (fault: string) => HeddleError; readonly without?: string },
): Row {
  if (!isObject(value)) throw refuse(`it must be an object, not ${show(value)}`)
  const columns = Object.entries<Cell>(cells[table]).filter(([column]) => column !== without)
  // Archives of version 1 have a column for each metric.
  const given = Object.hasOwn(value, 'metrics') ? value : gathered(table, value)
  const unknown = Object.keys(given).find(column => !columns.some(([name]) => name === column))
  if (unknown !== undefined) throw refuse(`it has an unknown column ${show(unknown)}`)
  return Object.fromEntries(
    columns.map(([column, { fits, says }]) => {
      const text = Object.hasOwn(given, column) ? given[column] : null
      const cell = column === 'metrics' ? measuredOf(column, text) : numberIn(text, fits)
      if (!fits(cell)) throw refuse(`its ${column} is ${show(cell)}; it must be ${says}`)
      return [column, cell]
    }),
  )
}

/** Numbers that are not finite are written as texts; where a text is meant, "NaN" stays one. */
function numberIn(value: unknown, fits: Cell['fits']): unknown {
  return isNotFinite(value) && !fits(value) ? Number(value) : value
}

function isObject(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
