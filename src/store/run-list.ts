import type { Kysely } from 'kysely'
import { HeddleError, MissingError, UsageError } from '../base/errors.ts'
import { checkRows, faultIn, faultyRow } from './cells.ts'
import { isAlive } from './process-identity.ts'
import type { Run, RunStatus, Tables } from './schema.ts'
import { wallClock } from './wall-clock.ts'

/** What runs can be put in order by. */
export const sortKeys = [
  'createdAt',
  'experiment',
  'model',
  'seed',
  'status',
  'seconds',
  'params',
  'loss',
  'accuracy',
  'valLoss',
  'valAccuracy',
  'testLoss',
  'testAccuracy',
] as const satisfies readonly (keyof Run)[]

export interface RunFilter {
  readonly experiment?: string | undefined
  readonly model?: string | undefined
  readonly seed?: number | undefined
  readonly status?: RunStatus | undefined
  readonly configuration?: string | undefined
  readonly fingerprint?: string | undefined
  readonly testFingerprint?: string | undefined
  readonly tag?: string | undefined
  /** Only those in the bin; left out: only those that are not. */
  readonly binned?: boolean | undefined
  /** Left out: the newest first. */
  readonly sort?: (typeof sortKeys)[number] | undefined
  readonly descending?: boolean | undefined
  readonly limit?: number | undefined
}

/** One query; runs that lack what is sorted by come last. */
export async function listRuns(db: Kysely<Tables>, filter: RunFilter): Promise<Run[]> {
  const { sort = 'createdAt', descending = filter.sort === undefined, tag, limit, binned = false } = filter
  let query = db
    .selectFrom('run')
    .selectAll()
    .where('binnedAt', binned ? 'is not' : 'is', null)
  for (const key of [
    'experiment',
    'model',
    'seed',
    'status',
    'configuration',
    'fingerprint',
    'testFingerprint',
  ] as const) {
    const value = filter[key]
    if (value !== undefined) query = query.where(key, '=', value)
  }
  if (tag !== undefined) {
    query = query.where('id', 'in', db.selectFrom('tag').select('run').where('tag', '=', tag))
  }
  query = query.orderBy(sort, order => (descending ? order.desc() : order.asc()).nullsLast()).orderBy('id')
  if (limit !== undefined) query = query.limit(limit)
  return (await query.execute()).map(asItIs)
}

/** A dead run is interrupted, also in a store where that cannot be written. One bad cell must not hide the other runs. */
export function asItIs(row: Run): Run {
  const run = readable(row)
  const isDead = run.status === 'running' && !isAlive(run.owner, wallClock() - (run.heartbeatAt ?? 0))
  return isDead ? { ...run, status: 'interrupted', endedAt: run.heartbeatAt } : run
}

/** The row, or one with the status `unreadable`: what cannot be shown in it is blank, and its note says why. */
function readable(row: Run): Run {
  const faulty = faultyRow('run', row)
  if (!faulty) return row
  const note = `This run cannot be read: ${faulty.fault}. "heddle runs rm" takes it out of the list.`
  return { ...faulty.shown, id: String(row.id), status: 'unreadable', note }
}

export interface FindOptions {
  /** Of several runs of one model, take the newest that is finished: where a command asks a trained model, not one certain run. */
  readonly newest?: boolean
}

/**
 * The id of the run that a text means: `last`, an experiment, `experiment/model`, or how an id begins. Throws a `UsageError` for
 * none and for several.
 */
export async function findRun(
  db: Kysely<Tables>,
  wanted: string,
  { folder, newest = false }: FindOptions & { readonly folder: string },
): Promise<string> {
  const query = db.selectFrom('run').select(['id', 'experiment', 'model', 'seed'])
  if (wanted === 'last') {
    const newest = await query
      .where('binnedAt', 'is', null)
      .orderBy('createdAt', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (!newest) throw new UsageError(`There are no runs in ${folder} yet.`)
    return newest.id
  }
  const named = await runsNamed(db, wanted)
  const models = [...new Set(named.map(({ model }) => model))]
  if (named.length === 1) return named[0]!.id
  if (newest && models.length === 1)
    return (named.find(({ status }) => status === 'finished') ?? named[0]!).id
  if (newest && models.length > 1) {
    throw new UsageError(
      `${wanted} has several models: name one, as in ${models.map(model => `${wanted}/${model}`).join(', ')}.`,
    )
  }
  if (named.length > 1) throw several(`There are ${named.length} runs of ${wanted}`, named.slice(0, 10))
  const isPrefix = /^[0-9a-f]+$/.test(wanted)
  const found = isPrefix ? await query.where('id', 'like', `${wanted}%`).limit(10).execute() : []
  if (found.length === 1) return found[0]!.id
  if (found.length === 0) {
    throw new MissingError(
      `There is no run "${wanted}" in ${folder}. "heddle runs ls" lists them; "last" is the newest, and an experiment or experiment/model names runs too.`,
    )
  }
  throw several(`Several runs begin with "${wanted}"`, found)
}

/** See `RunStore.unfinished`. */
export async function unfinishedRuns(db: Kysely<Tables>, wanted: string, folder: string): Promise<Run[]> {
  const named = wanted === 'last' ? [] : await runsNamed(db, wanted)
  if (named.length === 0) {
    const run = asItIs(await runOf(db, await findRun(db, wanted, { folder })))
    if (run.status !== 'finished') return [run]
    throw new UsageError(`The run ${run.id} is finished: there is nothing to resume.`)
  }
  const unfinished = named.filter(({ status }) => status === 'interrupted' || status === 'failed')
  if (unfinished.length > 0) return unfinished.reverse()
  throw new UsageError(
    `No run of ${wanted} is interrupted or failed: there is nothing to resume. "heddle runs ls --experiment ${named[0]!.experiment}" lists them.`,
  )
}

type NamedRun = Pick<Run, 'id' | 'experiment' | 'model' | 'seed'>

function several(what: string, runs: readonly NamedRun[]): UsageError {
  const list = runs.map(({ id, experiment, model, seed }) => `${id} (${experiment}/${model}, seed ${seed})`)
  return new UsageError(`${what}: ${list.join(', ')}.`)
}

/** The runs of an experiment, or of `experiment/model`, the newest first. */
async function runsNamed(db: Kysely<Tables>, wanted: string): Promise<Run[]> {
  const own = await listRuns(db, { experiment: wanted })
  const slash = wanted.lastIndexOf('/')
  if (own.length > 0 || slash < 0) return own
  return listRuns(db, { experiment: wanted.slice(0, slash), model: wanted.slice(slash + 1) })
}

/** JSON values; the store looks into none of them. */
export interface RunDetail {
  readonly spec: unknown
  readonly source: unknown
  readonly options: unknown
  readonly environment: unknown
}

/** Throws a `MissingError` for an id that is not there: ids come from outside. */
export async function runOf(db: Kysely<Tables>, id: string) {
  const query = db.selectFrom('run').selectAll().where('id', '=', id)
  return query.executeTakeFirstOrThrow(() => new MissingError(`There is no run "${id}" in this store.`))
}

export async function detailOf(db: Kysely<Tables>, run: string): Promise<RunDetail> {
  const row = await db.selectFrom('detail').selectAll().where('run', '=', run).executeTakeFirst()
  if (!row) {
    await runOf(db, run)
    throw new HeddleError(`The run ${run} cannot be read: it has no row in the table "detail".`)
  }
  const { spec, source, options, environment } = row
  checkRows('detail', [row])
  return {
    spec: JSON.parse(spec),
    source: JSON.parse(source),
    options: JSON.parse(options),
    environment: JSON.parse(environment),
  }
}

/** The tags of all runs that have some. */
export async function tagsByRun(db: Kysely<Tables>): Promise<Map<string, string[]>> {
  const tags = new Map<string, string[]>()
  for (const row of await db.selectFrom('tag').selectAll().orderBy('tag').execute()) {
    if (faultIn('tag', row as Record<string, unknown>)) continue
    const { run, tag } = row
    tags.set(run, [...(tags.get(run) ?? []), tag])
  }
  return tags
}

/** Why each run failed that has failed, as it was told last. */
export async function reasonsByRun(db: Kysely<Tables>): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('happening')
    .selectAll()
    .where('kind', '=', 'failed')
    .orderBy('id')
    .execute()
  const sound = rows.filter(row => !faultIn('happening', row as unknown as Record<string, unknown>))
  return new Map(sound.map(({ run, text }) => [run, text]))
}

/** Where a training is, and what its pace is measured from. */
export interface Progress {
  /** The last step that is recorded; `null` before the first. */
  readonly step: number | null
  /** When it was started or resumed last, and at which step. */
  readonly begun: { readonly at: number; readonly step: number } | null
}

export async function progressOf(db: Kysely<Tables>, run: string): Promise<Progress> {
  const last = await db
    .selectFrom('step')
    .select('step')
    .where('run', '=', run)
    .orderBy('step', 'desc')
    .limit(1)
    .executeTakeFirst()
  const begun = await db
    .selectFrom('happening')
    .select(['at', 'text'])
    .where('run', '=', run)
    .where('kind', 'in', ['started', 'resumed'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  // `from step 120`
  const from = Number(/\d+$/.exec(String(begun?.text ?? ''))?.[0] ?? 0)
  return { step: last?.step ?? null, begun: begun ? { at: begun.at, step: from } : null }
}
