import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { HeddleError, MissingError } from '../base/errors.ts'
import { faultyRow, MAX_NOTE } from './cells.ts'
import { isAlive, isOfThisMachine, processIdentity } from './process-identity.ts'
import { asItIs } from './run-list.ts'
import type { JobRow, JobState, Tables } from './schema.ts'
import { wallClock } from './wall-clock.ts'

/** A training that is to be queued. */
export interface NewJob extends Pick<JobRow, 'experiment' | 'model' | 'seed'> {
  /** See `protocol/tasks.ts`; the store does not look into it. */
  readonly task: object
  /** A run that is to go on; `null`: a new run. */
  readonly run: string | null
}

/**
 * Trainings that wait, run and have ended. The process that does a job claims it, and gives signs of life until the end; one
 * job of a store runs at a time.
 */
export class Queue {
  readonly #folder: string
  readonly #db: Kysely<Tables>
  readonly #self = processIdentity()

  constructor(folder: string, db: Kysely<Tables>) {
    this.#folder = folder
    this.#db = db
  }

  /** Where the process that does a job writes its log; there may be none. */
  logOf(id: string): string {
    return join(this.#folder, `${id}.log`)
  }

  /** Adds a job at the end; returns its id. A run that waits or runs already is not queued again: returns the id of that job. */
  async add({ task, run, ...job }: NewJob): Promise<string> {
    return this.#db.transaction().execute(async db => {
      if (run !== null) {
        const open = await db
          .selectFrom('job')
          .select('id')
          .where('run', '=', run)
          .where('state', 'in', ['queued', 'running'])
          .executeTakeFirst()
        if (open) return open.id
      }
      const id = randomUUID().replaceAll('-', '').slice(0, 12)
      const about = { id, task: JSON.stringify(task), run, state: 'queued' as const, createdAt: wallClock() }
      await db
        .insertInto('job')
        .values({ ...job, ...about, askedBy: this.#self, owner: null, heartbeatAt: null, error: null })
        .execute()
      return id
    })
  }

  /** Adds a job of another queue as it is, unless it is there. */
  async adopt(job: Omit<JobRow, 'place'>): Promise<void> {
    await this.#db
      .insertInto('job')
      .values(job)
      .onConflict(conflict => conflict.column('id').doNothing())
      .execute()
  }

  /** In their order. */
  async list(): Promise<JobRow[]> {
    return (await this.#db.selectFrom('job').selectAll().orderBy('place').execute()).map(readable)
  }

  /** Throws a `MissingError` for an id that is not there. */
  async job(id: string): Promise<JobRow> {
    const query = this.#db.selectFrom('job').selectAll().where('id', '=', id)
    return readable(await query.executeTakeFirstOrThrow(() => new MissingError(`There is no job "${id}".`)))
  }

  /** Makes a job that waits this process' own; `false` where it does not wait, or another job is running. */
  async claim(id: string): Promise<boolean> {
    return this.#db.transaction().execute(async db => {
      const running = db.selectFrom('job').select('id').where('state', '=', 'running')
      if (await running.executeTakeFirst()) return false
      const { numUpdatedRows } = await db
        .updateTable('job')
        .set({ state: 'running', owner: this.#self, heartbeatAt: wallClock() })
        .where('id', '=', id)
        .where('state', '=', 'queued')
        .executeTakeFirst()
      return numUpdatedRows > 0n
    })
  }

  /** A sign of life of the process that does a job, and the run that it makes. */
  async beat(id: string, run?: string): Promise<void> {
    await this.#update(id, { heartbeatAt: wallClock(), ...(run !== undefined && { run }) })
  }

  /** How the process that does a job has ended it. */
  async end(id: string, state: JobState, error: string | null): Promise<void> {
    await this.#update(id, { state, error: error?.slice(0, MAX_NOTE) ?? null })
  }

  /** Takes a job that waits out of the queue, for the given reason; `false` where it does not wait. */
  async drop(id: string, state: 'stopped' | 'failed', error: string | null = null): Promise<boolean> {
    const query = this.#db.updateTable('job').set({ state, error }).where('id', '=', id)
    return (await query.where('state', '=', 'queued').executeTakeFirst()).numUpdatedRows > 0n
  }

  /** Makes a job one that this process has asked for. */
  async approve(id: string): Promise<void> {
    await this.#db.updateTable('job').set({ askedBy: this.#self }).where('id', '=', id).execute()
  }

  /** Ends the jobs whose process has died: their runs say how. */
  async markDead(): Promise<void> {
    const running = (await this.list()).filter(({ state }) => state === 'running')
    for (const { id, owner, run, heartbeatAt } of running) {
      if (isAlive(owner, wallClock() - (heartbeatAt ?? 0))) continue
      const row =
        run && (await this.#db.selectFrom('run').selectAll().where('id', '=', run).executeTakeFirst())
      const status = row ? asItIs(row).status : 'failed'
      const state = status === 'finished' ? 'done' : status === 'interrupted' ? 'stopped' : 'failed'
      const error = state === 'failed' ? 'Its process ended without a word. Its log may say why.' : null
      const query = this.#db.updateTable('job').set({ state, error }).where('id', '=', id)
      await query.where('state', '=', 'running').execute()
    }
  }

  /** Takes what has ended out of the list; returns the ids. */
  async clear(): Promise<string[]> {
    const ended = this.#db.deleteFrom('job').where('state', 'not in', ['queued', 'running'])
    return (await ended.returning('id').execute()).map(({ id }) => id)
  }

  async #update(id: string, values: Partial<Omit<JobRow, 'place'>>): Promise<void> {
    const query = this.#db.updateTable('job').set(values).where('id', '=', id)
    const own = query.where('owner', '=', this.#self).where('state', '=', 'running')
    if ((await own.executeTakeFirst()).numUpdatedRows === 0n)
      throw new HeddleError(`The job ${id} is no longer this process' own.`)
  }
}

/** Whether a job was asked for on this machine since its start, and so not by the store's owner before you. */
export function isOwnJob({ askedBy }: JobRow): boolean {
  return isOfThisMachine(askedBy)
}

/** A bad cell must not hide the other jobs. */
function readable(row: JobRow): JobRow {
  const faulty = faultyRow('job', row)
  if (!faulty) return row
  return {
    ...faulty.shown,
    id: String(row.id),
    state: 'failed',
    error: `This job cannot be read: ${faulty.fault}.`,
  }
}
