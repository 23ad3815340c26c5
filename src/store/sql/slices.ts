import type { UpdateObject } from 'kysely'
import { toJson } from '../../protocol/json.ts'
import { checkRows } from '../cells.ts'
import type { ClaimedSlice, NewSlice, SliceEnd, SliceQueue } from '../studies.ts'
import type { Queries } from './database.ts'
import { sql } from './kysely.ts'
import { newId } from './new-id.ts'
import type { StoreParts } from './parts.ts'
import type { Tables } from './tables.ts'

/** See `SliceQueue`. */
export class SqlSlices implements SliceQueue {
  readonly #parts: StoreParts

  constructor(parts: StoreParts) {
    this.#parts = parts
  }

  async claim(study?: string): Promise<ClaimedSlice | null> {
    const { database, self, holdings } = this.#parts
    const claimed = await database.write(async db => {
      const free = (await this.#abandoned(db, study)) ?? (await this.#waiting(db, study))
      if (!free) return null
      const { id, attempt, trial, run, task } = free
      const own = { state: 'running' as const, attempt: attempt + 1, owner: self }
      const query = db.updateTable('slice').set({ ...own, heartbeatAt: database.now() })
      const { numUpdatedRows } = await query
        .where('id', '=', id)
        .where('attempt', '=', attempt)
        .where('state', '=', free.state)
        .executeTakeFirst()
      // Another worker was faster, or its own one has ended it after all.
      if (numUpdatedRows === 0n) return null
      await database.lock(db, run)
      await takeAway(db, run)
      return { id, study: free.study, trial, run, task: JSON.parse(task) as object, attempt: own.attempt }
    })
    if (claimed) holdings.slices.set(claimed.run, claimed)
    return claimed
  }

  /** A slice whose worker has died. */
  async #abandoned(db: Queries, study: string | undefined) {
    const { database } = this.#parts
    const running = await slicesOf(db, study)
      .select(['id', 'owner', sql<number>`${database.now()} - "heartbeatAt"`.as('silentMs')])
      .where('state', '=', 'running')
      .orderBy('place')
      .execute()
    const dead = running.find(({ owner, silentMs }) => !database.isWorking(owner, silentMs))
    if (!dead) return undefined
    const query = db.selectFrom('slice').selectAll().where('id', '=', dead.id)
    // Its worker may have ended it meanwhile.
    return query.where('state', '=', 'running').executeTakeFirst()
  }

  async #waiting(db: Queries, study: string | undefined) {
    const query = slicesOf(db, study).selectAll().where('state', '=', 'waiting')
    return this.#parts.database.skipLocked(query.orderBy('place').limit(1)).executeTakeFirst()
  }

  async beat(slice: ClaimedSlice): Promise<boolean> {
    const { database } = this.#parts
    return database.write(db => held(db, slice, { heartbeatAt: database.now() }))
  }

  async next(slice: ClaimedSlice): Promise<boolean> {
    // It keeps its place: what has begun comes to its end before what waits.
    return this.#parts.database.write(db => held(db, slice, { ...waiting, id: newId(), attempt: 0 }))
  }

  async end(slice: ClaimedSlice, result: object): Promise<boolean> {
    return this.#parts.database.write(async db => {
      const { id, study } = slice
      if (!(await held(db, slice, { state: 'ended', result: toJson(result) }))) return false
      // Others that end a slice of this search wait here: places are in the order of commits.
      const ends = sql<number>`ends + 1`
      await db.updateTable('study').set({ ends }).where('id', '=', study).execute()
      const ended = db.selectFrom('study').select('ends').where('id', '=', study)
      await db.updateTable('slice').set({ ended }).where('id', '=', id).execute()
      return true
    })
  }

  async release(slice: ClaimedSlice): Promise<void> {
    await this.#parts.database.write(db => held(db, slice, waiting))
  }

  async ends(study: string, place = 0): Promise<SliceEnd[]> {
    const query = this.#parts.database.queries.selectFrom('slice').selectAll().where('study', '=', study)
    const rows = checkRows('slice', await query.where('ended', '>', place).orderBy('ended').execute())
    return rows.map(({ ended, trial, run, result }) => ({
      place: ended!,
      trial,
      run,
      result: JSON.parse(result!) as object,
    }))
  }

  async count(study: string) {
    const rows = await this.#parts.database.queries
      .selectFrom('slice')
      .select(['state', sql<number>`count(*)`.as('slices')])
      .where('study', '=', study)
      .groupBy('state')
      .execute()
    const { waiting = 0, running = 0 } = Object.fromEntries(rows.map(({ state, slices }) => [state, slices]))
    return { waiting, running }
  }

  async clear(study: string): Promise<void> {
    await this.#parts.database.write(db =>
      db.deleteFrom('slice').where('study', '=', study).where('state', '=', 'waiting').execute(),
    )
  }
}

function slicesOf(db: Queries, study: string | undefined) {
  const query = db.selectFrom('slice')
  return study === undefined ? query : query.where('study', '=', study)
}

/** Adds slices that wait. A run whose slice waits or runs gets no second one. */
export async function addSlices(db: Queries, slices: readonly NewSlice[]): Promise<void> {
  for (const { task, ...slice } of slices) {
    await db
      .insertInto('slice')
      .values({ ...slice, id: newId(), task: toJson(task) })
      .onConflict(conflict => conflict.column('run').where(sql<boolean>`state <> 'ended'`).doNothing())
      .execute()
  }
}

const waiting = { state: 'waiting', owner: null, heartbeatAt: null } as const

/** Changes a slice that is claimed as `slice` says; `false`: it is not. */
async function held(
  db: Queries,
  { id, attempt }: ClaimedSlice,
  values: UpdateObject<Tables, 'slice'>,
): Promise<boolean> {
  const query = db.updateTable('slice').set(values).where('id', '=', id).where('attempt', '=', attempt)
  return (await query.where('state', '=', 'running').executeTakeFirst()).numUpdatedRows > 0n
}

/** What another attempt still writes of the run is refused from now on. */
async function takeAway(db: Queries, run: string): Promise<void> {
  const attempt = sql<number>`attempt + 1`
  await db.updateTable('run').set({ attempt, owner: null }).where('id', '=', run).execute()
  await db
    .updateTable('run')
    .set(({ ref }) => ({ status: 'interrupted', reason: 'its worker was lost', endedAt: ref('heartbeatAt') }))
    .where('id', '=', run)
    .where('status', '=', 'running')
    .execute()
}
