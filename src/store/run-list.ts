import type { Kysely } from 'kysely'
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
  for (const key of ['experiment', 'model', 'seed', 'status', 'configuration'] as const) {
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
