import type { RawBuilder } from 'kysely'
import { HeddleError, MissingError } from '../../base/errors.ts'
import { checkRows, faultIn, faultyRow } from '../cells.ts'
import { isAlive } from '../process-identity.ts'
import type { Run } from '../rows.ts'
import { type Progress, type RunDetail, type RunFilter, sortKeys } from '../store.ts'
import type { Database, Queries } from './database.ts'
import { sql } from './kysely.ts'

/** One query; runs that lack what is sorted by come last. */
export async function listRuns(database: Database, filter: RunFilter): Promise<Run[]> {
  const { sort = 'createdAt', descending = filter.sort === undefined, limit } = filter
  const column = sortKeys.find(key => key === sort)
  let query = filtered(database.queries, filter)
    .selectAll()
    .select(silence(database).as('silentMs'))
    .orderBy(column ?? database.metric(sort), order => (descending ? order.desc() : order.asc()).nullsLast())
    .orderBy('id')
  if (limit !== undefined) query = query.limit(limit)
  return (await query.execute()).map(asItIs)
}

export async function countRuns({ queries }: Database, filter: RunFilter): Promise<number> {
  const query = filtered(queries, filter).select(sql<number>`count(*)`.as('runs'))
  return (await query.executeTakeFirstOrThrow()).runs
}

function filtered(db: Queries, filter: RunFilter) {
  const { id, tag, study, place = 'list' } = filter
  let query = db.selectFrom('run')
  if (place === 'bin') query = query.where('binnedAt', 'is not', null)
  else if (place !== 'any')
    query = query
      .where('binnedAt', 'is', null)
      .where('archivedAt', place === 'archive' ? 'is not' : 'is', null)
  if (study === undefined) query = query.where('study', 'is', null)
  else if (study !== 'any') query = query.where('study', '=', study)
  for (const key of [
    'experiment',
    'model',
    'seed',
    'status',
    'configuration',
    'fingerprint',
    'testFingerprint',
    'user',
  ] as const) {
    const value = filter[key]
    if (value !== undefined) query = query.where(key, '=', value)
  }
  if (id !== undefined) query = query.where('id', 'like', `${id}%`)
  if (tag !== undefined) {
    query = query.where('id', 'in', db.selectFrom('tag').select('run').where('tag', '=', tag))
  }
  return query
}

/** Why a run ended whose process died. */
export const DIED = 'its process ended without a word'

/** How long ago the owner of a run gave its last sign of life. */
export function silence(database: Database): RawBuilder<number> {
  return sql<number>`${database.now()} - coalesce("heartbeatAt", 0)`
}

/** A dead run is interrupted, also in a store where that cannot be written. One bad cell must not hide the other runs. */
export function asItIs({ silentMs, ...row }: Run & { readonly silentMs: number }): Run {
  const run = readable(row)
  const isDead = run.status === 'running' && !isAlive(run.owner, silentMs)
  return isDead ? { ...run, status: 'interrupted', reason: DIED, endedAt: run.heartbeatAt } : run
}

/** The row, or one with the status `unreadable`: what cannot be shown in it is blank, and its note says why. */
export function readable(row: Run): Run {
  const faulty = faultyRow('run', row)
  if (!faulty) return row
  const note = `This run cannot be read: ${faulty.fault}. "heddle runs rm" takes it out of the list.`
  return { ...faulty.shown, id: String(row.id), status: 'unreadable', note }
}

/** Throws a `MissingError` for an id that is not there: ids come from outside. */
export async function runOf(db: Queries, id: string): Promise<Run>
export async function runOf(
  db: Queries,
  id: string,
  silent: RawBuilder<number>,
): Promise<Run & { readonly silentMs: number }>
export async function runOf(db: Queries, id: string, silent?: RawBuilder<number>): Promise<Run> {
  const query = db
    .selectFrom('run')
    .selectAll()
    .$if(silent !== undefined, run => run.select(silent!.as('silentMs')))
    .where('id', '=', id)
  return query.executeTakeFirstOrThrow(() => new MissingError(`There is no run "${id}" in this store.`))
}

export async function detailOf(db: Queries, run: string): Promise<RunDetail> {
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
export async function tagsByRun(db: Queries): Promise<Map<string, string[]>> {
  const tags = new Map<string, string[]>()
  for (const row of await db.selectFrom('tag').selectAll().orderBy('tag').execute()) {
    if (faultIn('tag', row as Record<string, unknown>)) continue
    const { run, tag } = row
    tags.set(run, [...(tags.get(run) ?? []), tag])
  }
  return tags
}

export async function progressOf(db: Queries, run: string): Promise<Progress> {
  const last = await db
    .selectFrom('step')
    .select('step')
    .where('run', '=', run)
    .orderBy('step', 'desc')
    .limit(1)
    .executeTakeFirst()
  const begun = await db
    .selectFrom('happening')
    .select(['at', 'step'])
    .where('run', '=', run)
    .where('kind', 'in', ['started', 'resumed'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return { step: last?.step ?? null, begun: begun ? { at: begun.at, step: begun.step ?? 0 } : null }
}
