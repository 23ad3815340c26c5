import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { HeddleError, MissingError } from '../../base/errors.ts'
import { cells, faultIn, faultyRow, MAX_NOTE } from '../cells.ts'
import { isAlive, processIdentity } from '../process-identity.ts'
import type { NewJob, Queue, QueuedJob, StoredJob } from '../queue.ts'
import type { JobRow, JobState } from '../rows.ts'
import { newId } from '../sql/slices.ts'
import { wallClock } from '../wall-clock.ts'
import { asItIs } from './run-list.ts'
import type { Tables } from './schema.ts'

/** See `Queue`. */
export class SqliteQueue implements Queue {
  readonly #folder: string
  readonly #db: Kysely<Tables>
  readonly #self = processIdentity()

  constructor(folder: string, db: Kysely<Tables>) {
    this.#folder = folder
    this.#db = db
  }

  logOf(id: string): string {
    return join(this.#folder, `${id}.log`)
  }

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
      const id = newId()
      const about = { id, task: JSON.stringify(task), run, state: 'queued' as const, createdAt: wallClock() }
      await db
        .insertInto('job')
        .values({ ...job, ...about, askedBy: this.#self, owner: null, heartbeatAt: null, error: null })
        .execute()
      return id
    })
  }

  async adopt(job: StoredJob): Promise<void> {
    await this.#db
      .insertInto('job')
      .values(job)
      .onConflict(conflict => conflict.column('id').doNothing())
      .execute()
  }

  async list(): Promise<QueuedJob[]> {
    return (await this.#db.selectFrom('job').select(shown).orderBy('place').execute()).map(readable)
  }

  async job(id: string): Promise<QueuedJob> {
    const query = this.#db.selectFrom('job').select(shown).where('id', '=', id)
    return readable(await query.executeTakeFirstOrThrow(() => missing(id)))
  }

  async task(id: string): Promise<object> {
    const query = this.#db.selectFrom('job').selectAll().where('id', '=', id)
    const row = await query.executeTakeFirstOrThrow(() => missing(id))
    const fault = faultIn('job', row as unknown as Record<string, unknown>)
    if (fault) throw new HeddleError(`The job ${id} cannot be read: ${fault}.`)
    return JSON.parse(row.task) as object
  }

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

  async beat(id: string, run?: string): Promise<void> {
    await this.#update(id, { heartbeatAt: wallClock(), ...(run !== undefined && { run }) })
  }

  async end(id: string, state: JobState, error: string | null): Promise<void> {
    await this.#update(id, { state, error: error?.slice(0, MAX_NOTE) ?? null })
  }

  async drop(id: string, state: 'stopped' | 'failed', error: string | null = null): Promise<boolean> {
    const query = this.#db.updateTable('job').set({ state, error }).where('id', '=', id)
    return (await query.where('state', '=', 'queued').executeTakeFirst()).numUpdatedRows > 0n
  }

  async approve(id: string): Promise<void> {
    await this.#db.updateTable('job').set({ askedBy: this.#self }).where('id', '=', id).execute()
  }

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

  async clear(): Promise<string[]> {
    const ended = this.#db.deleteFrom('job').where('state', 'not in', ['queued', 'running'])
    return (await ended.returning('id').execute()).map(({ id }) => id)
  }

  async #update(id: string, values: Partial<Omit<JobRow, 'place'>>): Promise<void> {
    const query = this.#db.updateTable('job').set(values).where('id', '=', id)
    const own = query.where('owner', '=', this.#self).where('state', '=', 'running')
    if ((await own.executeTakeFirst()).numUpdatedRows === 0n)
      throw new HeddleError(`The job ${id} no longer belongs to this process.`)
  }
}

const shown = Object.keys(cells.job).filter(column => column !== 'task') as (keyof QueuedJob)[]

/** A bad cell must not hide the other jobs. */
function readable(row: QueuedJob): QueuedJob {
  const faulty = faultyRow('job', { ...row, task: '{}' })
  if (!faulty) return row
  const { task: _, ...rest } = faulty.shown
  return { ...rest, id: String(row.id), state: 'failed', error: `This job cannot be read: ${faulty.fault}.` }
}

const missing = (id: string): MissingError => new MissingError(`There is no job "${id}".`)
