import { join } from 'node:path'
import { HeddleError, MissingError } from '../../base/errors.ts'
import { cells, faultIn, faultyRow, MAX_NOTE } from '../cells.ts'
import { isAlive, isOfThisMachine } from '../process-identity.ts'
import type { NewJob, Queue, QueuedJob, StoredJob } from '../queue.ts'
import type { JobRow, JobState } from '../rows.ts'
import { newId } from './new-id.ts'
import type { StoreParts } from './parts.ts'
import { asItIs, silence } from './run-list.ts'

/** What two processes must not do at once. */
const LOCK = 'queue'

/** See `Queue`. */
export class SqlQueue implements Queue {
  readonly #parts: StoreParts
  readonly #logs: string

  constructor(parts: StoreParts, folder: string) {
    this.#parts = parts
    this.#logs = join(folder, 'jobs')
  }

  logOf(id: string): string {
    return join(this.#logs, `${id}.log`)
  }

  async add({ task, run, ...job }: NewJob): Promise<string> {
    const { database, self } = this.#parts
    const id = newId()
    return database.write(async db => {
      await database.lock(db, LOCK)
      if (run !== null) {
        const open = await db
          .selectFrom('job')
          .select('id')
          .where('run', '=', run)
          .where('state', 'in', ['queued', 'running'])
          .executeTakeFirst()
        if (open) return open.id
      }
      const about = { id, task: JSON.stringify(task), run, state: 'queued' as const }
      const own = { createdAt: database.now(), askedBy: self, owner: null, heartbeatAt: null, error: null }
      await db
        .insertInto('job')
        .values({ ...job, ...about, ...own })
        .execute()
      return id
    })
  }

  async adopt(job: StoredJob): Promise<void> {
    await this.#parts.database.write(db =>
      db
        .insertInto('job')
        .values(job)
        .onConflict(conflict => conflict.column('id').doNothing())
        .execute(),
    )
  }

  async list(): Promise<QueuedJob[]> {
    const query = this.#parts.database.queries.selectFrom('job').select(shown).orderBy('place')
    return (await query.execute()).map(readable)
  }

  async job(id: string): Promise<QueuedJob> {
    const query = this.#parts.database.queries.selectFrom('job').select(shown).where('id', '=', id)
    return readable(await query.executeTakeFirstOrThrow(() => missing(id)))
  }

  async task(id: string): Promise<object> {
    const query = this.#parts.database.queries.selectFrom('job').selectAll().where('id', '=', id)
    const row = await query.executeTakeFirstOrThrow(() => missing(id))
    const fault = faultIn('job', row as unknown as Record<string, unknown>)
    if (fault) throw new HeddleError(`The job ${id} cannot be read: ${fault}.`)
    return JSON.parse(row.task) as object
  }

  async claim(id: string): Promise<boolean> {
    const { database, self } = this.#parts
    return database.write(async db => {
      await database.lock(db, LOCK)
      const running = await db.selectFrom('job').select('owner').where('state', '=', 'running').execute()
      if (running.some(({ owner }) => isOfThisMachine(owner))) return false
      const { numUpdatedRows } = await db
        .updateTable('job')
        .set({ state: 'running', owner: self, heartbeatAt: database.now() })
        .where('id', '=', id)
        .where('state', '=', 'queued')
        .executeTakeFirst()
      return numUpdatedRows > 0n
    })
  }

  async beat(id: string, run?: string): Promise<void> {
    await this.#update(id, { ...(run !== undefined && { run }) })
  }

  async end(id: string, state: JobState, error: string | null): Promise<void> {
    await this.#update(id, { state, error: error?.slice(0, MAX_NOTE) ?? null })
  }

  async drop(id: string, state: 'stopped' | 'failed', error: string | null = null): Promise<boolean> {
    return this.#parts.database.write(async db => {
      const query = db.updateTable('job').set({ state, error }).where('id', '=', id)
      return (await query.where('state', '=', 'queued').executeTakeFirst()).numUpdatedRows > 0n
    })
  }

  async approve(id: string): Promise<void> {
    const { database, self } = this.#parts
    await database.write(db => db.updateTable('job').set({ askedBy: self }).where('id', '=', id).execute())
  }

  async markDead(): Promise<void> {
    const { database } = this.#parts
    const running = await database.queries
      .selectFrom('job')
      .select(['id', 'owner', 'run', silence(database).as('silentMs')])
      .where('state', '=', 'running')
      .execute()
    for (const { id, owner, run, silentMs } of running) {
      if (isAlive(owner, silentMs)) continue
      const row =
        run &&
        (await database.queries
          .selectFrom('run')
          .selectAll()
          .select(silence(database).as('silentMs'))
          .where('id', '=', run)
          .executeTakeFirst())
      const status = row ? asItIs(row).status : 'failed'
      const state = status === 'finished' ? 'done' : status === 'interrupted' ? 'stopped' : 'failed'
      const error = state === 'failed' ? 'Its process ended without a word. Its log may say why.' : null
      await database.write(db =>
        db
          .updateTable('job')
          .set({ state, error })
          .where('id', '=', id)
          .where('state', '=', 'running')
          .execute(),
      )
    }
  }

  async clear(): Promise<string[]> {
    return this.#parts.database.write(async db => {
      const ended = db.deleteFrom('job').where('state', 'not in', ['queued', 'running'])
      return (await ended.returning('id').execute()).map(({ id }) => id)
    })
  }

  async #update(id: string, values: Partial<Omit<JobRow, 'place'>>): Promise<void> {
    const { database, self } = this.#parts
    await database.write(async db => {
      const query = db
        .updateTable('job')
        .set({ ...values, heartbeatAt: database.now() })
        .where('id', '=', id)
      const own = query.where('owner', '=', self).where('state', '=', 'running')
      if ((await own.executeTakeFirst()).numUpdatedRows === 0n)
        throw new HeddleError(`The job ${id} no longer belongs to this process.`)
    })
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
