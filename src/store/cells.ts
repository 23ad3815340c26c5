import { HeddleError } from '../base/errors.ts'
import { boundedJson } from '../base/json.ts'
import { show } from '../base/schema.ts'
import { isCounts } from '../protocol/histogram.ts'
import type { Rows } from './rows.ts'

/** What a column may hold: checked when rows of an archive come in, and when rows of the store are read. */
export interface Cell {
  /** Goes on after "must be". */
  readonly says: string
  readonly fits: (value: unknown) => boolean
  /** Stands in a list for a value that cannot be shown. */
  readonly blank: string | number | null | Readonly<Record<string, never>>
}

/** Longer than any name that Heddle writes. */
const NAME = 1000
export const MAX_NOTE = 100_000
/** The query of an address, with some hundred runs chosen. */
export const MAX_QUERY = 10_000
/** An experiment with many corrected labels is long. */
const MAX_JSON = 32_000_000
/** The last millisecond that a `Date` has. */
const MAX_DATE = 8.64e15

const cell = (says: string, blank: Cell['blank'], fits: Cell['fits']): Cell => ({ says, blank, fits })
const optional = (inner: Cell): Cell =>
  cell(`${inner.says}, or null`, null, value => value === null || inner.fits(value))
const text = (max = NAME, pattern = /(?:)/): Cell =>
  cell(
    pattern.source === '(?:)' ? `a text of at most ${max} characters` : `a text like ${pattern.source}`,
    '',
    value => typeof value === 'string' && value.length <= max && pattern.test(value),
  )
const whole = cell(
  'a whole number of at least 0',
  0,
  value => Number.isSafeInteger(value) && (value as number) >= 0,
)
const date = cell(
  'milliseconds since 1970',
  0,
  value => typeof value === 'number' && Math.abs(value) <= MAX_DATE,
)
/** A training that diverges measures what is not finite. */
const measured = cell('a number', 0, value => typeof value === 'number')
const measurements = cell(
  'numbers by name',
  {},
  value => isObject(value) && Object.values(value).every(number => typeof number === 'number'),
)
/** Every epoch has at least these. */
const epochMetrics = cell(
  'numbers by name, with loss, accuracy and learningRate',
  {},
  value =>
    measurements.fits(value) &&
    ['loss', 'accuracy', 'learningRate'].every(name => Object.hasOwn(value as Json, name)),
)
const duration = cell(
  'a finite number of at least 0',
  0,
  value => typeof value === 'number' && value >= 0 && Number.isFinite(value),
)
const oneOf = (...names: readonly string[]): Cell =>
  cell(`one of ${names.join(', ')}`, names[0]!, value => names.includes(value as string))
const json = (says: string, fits: (value: unknown) => boolean): Cell =>
  cell(`JSON of ${says}`, '', value => {
    if (typeof value !== 'string') return false
    try {
      return fits(boundedJson(value, MAX_JSON))
    } catch {
      return false
    }
  })

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= MAX_NOTE
const has = (
  value: unknown,
  check: (field: unknown) => boolean,
  ...names: readonly string[]
): value is Json => isObject(value) && names.every(name => check(value[name]))
const isEnvironment = (value: unknown): boolean =>
  has(value, isText, 'version', 'node', 'host', 'platform', 'arch', 'cpu', 'backend') &&
  (value.arithmetic === undefined || isText(value.arithmetic)) &&
  has(value, Number.isFinite, 'cores', 'threads') &&
  (value.git === null || (has(value.git, isText, 'commit') && typeof value.git.isDirty === 'boolean'))
const isSource = (value: unknown): boolean =>
  has(value, isText, 'baseDir') && (value.dataDir === null || isText(value.dataDir))
const isOptions = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every(
    option =>
      has(option, isText, 'name') &&
      ['flag', 'environment', 'file', 'default'].includes(option.origin as string),
  )

/** Runs, jobs, searches and slices have one. */
const runId = text(12, /^[0-9a-f]{12}$/)
const sha256 = text(64, /^[0-9a-f]{64}$/)

/** A cell for every column of every table; the compiler reports a column without one. */
export const cells = {
  run: {
    id: runId,
    experiment: text(),
    model: text(),
    seed: whole,
    status: oneOf('running', 'finished', 'interrupted', 'failed'),
    reason: optional(text(MAX_NOTE)),
    createdAt: date,
    endedAt: optional(date),
    seconds: optional(duration),
    configuration: text(),
    modelHash: text(),
    dataset: text(),
    fingerprint: text(),
    testFingerprint: optional(text()),
    testImages: optional(text()),
    params: whole,
    batchSize: whole,
    epochs: whole,
    stepsPerEpoch: whole,
    epochsDone: whole,
    metrics: measurements,
    name: text(),
    note: text(MAX_NOTE),
    archivedAt: optional(date),
    binnedAt: optional(date),
    owner: optional(text()),
    heartbeatAt: optional(date),
    attempt: whole,
    user: optional(text()),
    study: optional(runId),
  },
  detail: {
    run: runId,
    spec: json('an object', isObject),
    source: json('an object with baseDir and dataDir', isSource),
    options: json('a list of options with their origin', isOptions),
    environment: json('an object with what the run was made on', isEnvironment),
  },
  epoch: { run: runId, epoch: whole, metrics: epochMetrics, trainMs: duration, durationMs: duration },
  step: { run: runId, step: whole, loss: measured, accuracy: measured },
  usage: { run: runId, step: whole, processors: duration, memoryBytes: whole, imagesPerSecond: duration },
  histogram: {
    run: runId,
    epoch: whole,
    weights: json('counts of weights by name', isCounts),
    gradients: optional(json('counts of gradients by name', isCounts)),
  },
  happening: { id: whole, run: runId, at: date, kind: text(), text: text(MAX_NOTE), step: optional(whole) },
  tag: { run: runId, tag: text(200) },
  view: { name: text(200), query: text(MAX_QUERY) },
  artefact: { run: runId, name: text(100, /^[\w.-]+$/), sha256, bytes: whole },
  checkpoint: { run: runId, step: whole, epoch: whole, score: optional(measured), sha256, bytes: whole },
  look: { id: whole, at: date, fingerprint: text(), kind: text(), runs: whole },
  job: {
    place: whole,
    id: runId,
    task: json('an object', isObject),
    experiment: text(),
    model: text(),
    seed: whole,
    state: oneOf('queued', 'running', 'done', 'stopped', 'failed'),
    createdAt: date,
    askedBy: optional(text()),
    run: optional(runId),
    owner: optional(text()),
    heartbeatAt: optional(date),
    error: optional(text(MAX_NOTE)),
  },
  study: {
    id: runId,
    name: text(),
    spec: json('an object', isObject),
    user: text(),
    createdAt: date,
    ends: whole,
  },
  event: { study: runId, place: whole, at: date, event: json('an object', isObject) },
  slice: {
    place: whole,
    id: runId,
    study: runId,
    trial: whole,
    run: runId,
    task: json('an object', isObject),
    state: oneOf('waiting', 'running', 'ended'),
    attempt: whole,
    owner: optional(text()),
    heartbeatAt: optional(date),
    result: optional(json('an object', isObject)),
    ended: optional(whole),
  },
} satisfies { readonly [T in keyof Rows]: { readonly [C in keyof Rows[T]]: Cell } }

/** The first thing that is wrong with a row: `its createdAt is "x"; it must be milliseconds since 1970`. `null`: it is sound. */
export function faultIn(table: keyof Rows, row: Readonly<Record<string, unknown>>): string | null {
  for (const [column, { fits, says }] of Object.entries<Cell>(cells[table])) {
    const value = row[column]
    if (!fits(value))
      return `its ${column} is ${value === undefined ? 'missing' : show(value)}; it must be ${says}`
  }
  return null
}

/** A row whose faulty cells are blank, and what is wrong with the first of them; `null`: the row is sound. */
export function faultyRow<T extends object>(
  table: keyof Rows,
  row: T,
): { readonly shown: T; readonly fault: string } | null {
  const fault = faultIn(table, row as Record<string, unknown>)
  if (fault === null) return null
  const shown = Object.entries<Cell>(cells[table]).map(([column, { fits, blank }]) => {
    const value = (row as Record<string, unknown>)[column]
    return [column, fits(value) ? value : blank]
  })
  return { shown: Object.fromEntries(shown) as T, fault }
}

/** Rows as they were read. Throws a `HeddleError` that names what is wrong with the first one that is. */
export function checkRows<T extends object>(table: keyof Rows, rows: readonly T[]): T[] {
  for (const row of rows as readonly (T & Record<string, unknown>)[]) {
    const fault = faultIn(table, row)
    if (fault)
      throw new HeddleError(`The run ${show(row.run)} cannot be read: in the table "${table}", ${fault}.`)
  }
  return [...rows]
}
