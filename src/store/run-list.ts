import type { Kysely } from 'kysely'
import { UsageError } from '../spec/errors.ts'
import type { Run, RunStatus, Tables } from './schema.ts'

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
  for (const key of ['experiment', 'model', 'seed', 'status', 'configuration', 'fingerprint'] as const) {
    const value = filter[key]
    if (value !== undefined) query = query.where(key, '=', value)
  }
  if (tag !== undefined) {
    query = query.where('id', 'in', db.selectFrom('tag').select('run').where('tag', '=', tag))
  }
  query = query.orderBy(sort, order => (descending ? order.desc() : order.asc()).nullsLast()).orderBy('id')
  if (limit !== undefined) query = query.limit(limit)
  return query.execute()
}

/** The id of the only run whose id begins so; `last` is the newest. Throws a `UsageError` for none and for several. */
export async function findRun(db: Kysely<Tables>, wanted: string, folder: string): Promise<string> {
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
  const isPrefix = /^[0-9a-f]+$/.test(wanted)
  const found = isPrefix ? await query.where('id', 'like', `${wanted}%`).limit(10).execute() : []
  if (found.length === 1) return found[0]!.id
  if (found.length === 0) {
    throw new UsageError(
      `There is no run "${wanted}" in ${folder}. "heddle runs ls" lists them; "last" is the newest.`,
    )
  }
  const list = found.map(({ id, experiment, model, seed }) => `${id} (${experiment}/${model}, seed ${seed})`)
  throw new UsageError(`Several runs begin with "${wanted}": ${list.join(', ')}.`)
}
