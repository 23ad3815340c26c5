import { randomUUID } from 'node:crypto'
import type { Kysely, Updateable } from 'kysely'
import { toJson } from '../../protocol/json.ts'
import { checkRows } from '../cells.ts'
import { isAlive, processIdentity } from '../process-identity.ts'
import { sql } from '../sqlite/kysely.ts'
import type { Tables } from '../sqlite/schema.ts'
import type { ClaimedSlice, NewSlice, SliceEnd, SliceQueue } from '../studies.ts'
import { wallClock } from '../wall-clock.ts'
import type { Holdings } from './holdings.ts'

/** A slice takes a minute; after this time without a sign of life from another machine, its worker is taken for dead. */
const LEASE_MS = 75_000

export const newId = (): string => randomUUID().replaceAll('-', '').slice(0, 12)

/** See `SliceQueue`. */
export class SqlSlices implements SliceQueue {
  readonly #db: Kysely<Tables>
  readonly #holdings: Holdings
  readonly #self = processIdentity()

  constructor(db: Kysely<Tables>, holdings: Holdings) {
    this.#db = db
    this.#holdings = holdings
  }

  async claim(study?: string): Promise<ClaimedSlice | null> {
    const claimed = await this.#db.transaction().execute(async db => {
      let query = db.selectFrom('slice').selectAll().where('state', '<>', 'ended').orderBy('place')
      if (study !== undefined) query = query.where('study', '=', study)
      const free = (await query.execute()).find(
        ({ state, owner, heartbeatAt }) =>
          state === 'waiting' || !isAlive(owner, wallClock() - (heartbeatAt ?? 0), LEASE_MS),
      )
      if (!free) return null
      const attempt = free.attempt + 1
      await db
        .updateTable('slice')
        .set({ state: 'running', attempt, owner: this.#self, heartbeatAt: wallClock() })
        .where('id', '=', free.id)
        .execute()
      await takeAway(db, free.run)
      return { ...sliceOf(free), id: free.id, attempt }
    })
    if (claimed) this.#holdings.slices.set(claimed.run, claimed)
    return claimed
  }

  async beat(slice: ClaimedSlice): Promise<boolean> {
    return held(this.#db, slice, { heartbeatAt: wallClock() })
  }

  async next(slice: ClaimedSlice): Promise<boolean> {
    // It keeps its place: what has begun comes to its end before what waits.
    return held(this.#db, slice, { ...waiting, id: newId(), attempt: 0 })
  }

  async end(slice: ClaimedSlice, result: object): Promise<boolean> {
    return this.#db.transaction().execute(async db => {
      const { id, study } = slice
      if (!(await held(db, slice, { state: 'ended', result: toJson(result) }))) return false
      const ends = sql<number>`ends + 1`
      await db.updateTable('study').set({ ends }).where('id', '=', study).execute()
      const ended = db.selectFrom('study').select('ends').where('id', '=', study)
      await db.updateTable('slice').set({ ended }).where('id', '=', id).execute()
      return true
    })
  }

  async release(slice: ClaimedSlice): Promise<void> {
    await held(this.#db, slice, waiting)
  }

  async ends(study: string, place = 0): Promise<SliceEnd[]> {
    const query = this.#db.selectFrom('slice').selectAll().where('study', '=', study)
    const rows = checkRows('slice', await query.where('ended', '>', place).orderBy('ended').execute())
    return rows.map(({ ended, trial, run, result }) => ({
      place: ended!,
      trial,
      run,
      result: JSON.parse(result!) as object,
    }))
  }

  async count(study: string) {
    const rows = await this.#db
      .selectFrom('slice')
      .select(['state', sql<number>`count(*)`.as('slices')])
      .where('study', '=', study)
      .groupBy('state')
      .execute()
    const { waiting = 0, running = 0 } = Object.fromEntries(rows.map(({ state, slices }) => [state, slices]))
    return { waiting, running }
  }

  async clear(study: string): Promise<void> {
    const query = this.#db.deleteFrom('slice').where('study', '=', study)
    await query.where('state', '=', 'waiting').execute()
  }
}

/** Adds slices that wait. A run whose slice waits or runs gets no second one. */
export async function addSlices(db: Kysely<Tables>, slices: readonly NewSlice[]): Promise<void> {
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
  db: Kysely<Tables>,
  { id, attempt }: ClaimedSlice,
  values: Updateable<Tables['slice']>,
): Promise<boolean> {
  const query = db.updateTable('slice').set(values).where('id', '=', id).where('attempt', '=', attempt)
  return (await query.where('state', '=', 'running').executeTakeFirst()).numUpdatedRows > 0n
}

/** What another attempt still writes of the run is refused from now on. */
async function takeAway(db: Kysely<Tables>, run: string): Promise<void> {
  await db
    .updateTable('run')
    .set({ attempt: sql<number>`attempt + 1`, owner: null })
    .where('id', '=', run)
    .execute()
  await db
    .updateTable('run')
    .set({ status: 'interrupted', reason: 'its worker was lost', endedAt: sql<number>`"heartbeatAt"` })
    .where('id', '=', run)
    .where('status', '=', 'running')
    .execute()
}

const sliceOf = ({
  study,
  trial,
  run,
  task,
}: {
  study: string
  trial: number
  run: string
  task: string
}) => ({
  ...{ study, trial, run },
  task: JSON.parse(task) as object,
})
