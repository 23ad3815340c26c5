import { HeddleError, UsageError } from '../../base/errors.ts'
import { toJson } from '../../protocol/json.ts'
import { onSide } from '../../protocol/metric.ts'
import { MAX_NOTE } from '../cells.ts'
import { isAlive } from '../process-identity.ts'
import { sha256Of } from '../sha256.ts'
import type { CheckpointPlace, Recorded, RunEnd, RunStart, StartOptions } from '../store.ts'
import type { Queries } from './database.ts'
import { sql } from './kysely.ts'
import { newId } from './new-id.ts'
import type { StoreParts } from './parts.ts'
import { asItIs, readable, runOf, silence } from './run-list.ts'
import { addSteps, happen, summarize } from './run-rows.ts'
import { ofStudy } from './studies.ts'

/** What the owner of a run writes. Every method but `start` and `resume` is refused after another attempt has begun. */
export class RunWrites {
  readonly #parts: StoreParts

  constructor(parts: StoreParts) {
    this.#parts = parts
  }

  async start({ detail, ...run }: RunStart, { id = newId(), study }: StartOptions = {}): Promise<string> {
    const { database, self, user, holdings } = this.#parts
    const isNew = await database.write(async db => {
      await database.lock(db, id)
      await this.#checkSlice(db, id)
      const there = await db.selectFrom('run').select('id').where('id', '=', id).executeTakeFirst()
      if (there) return false
      const of = study === undefined ? { user } : await ofStudy(db, study)
      const own = { status: 'running' as const, owner: self }
      await db
        .insertInto('run')
        .values({ ...run, id, ...of, ...own, createdAt: database.now(), heartbeatAt: database.now() })
        .execute()
      await db
        .insertInto('detail')
        .values({
          run: id,
          spec: JSON.stringify(detail.spec),
          source: JSON.stringify(detail.source),
          options: JSON.stringify(detail.options),
          environment: JSON.stringify(detail.environment),
        })
        .execute()
      await happen(db, id, { kind: 'started', text: '', step: 0, at: database.now() })
      return true
    })
    if (isNew) holdings.runs.set(id, 1)
    return id
  }

  async resume(id: string, { epoch, step }: Pick<CheckpointPlace, 'epoch' | 'step'>): Promise<void> {
    const { database, self, holdings } = this.#parts
    const attempt = await database.write(async db => {
      await database.lock(db, id)
      const { silentMs, ...run } = await runOf(db, id, silence(database))
      await this.#checkSlice(db, id)
      const { status, note } = readable(run)
      if (status === 'unreadable') throw new UsageError(`The run ${id} cannot be resumed: ${note}`)
      if (status === 'running' && isAlive(run.owner, silentMs))
        throw new UsageError(`The run ${id} is running already, in another process.`)
      if (status === 'finished')
        throw new UsageError(`The run ${id} is finished: there is nothing to resume.`)
      await db.deleteFrom('epoch').where('run', '=', id).where('epoch', '>=', epoch).execute()
      await db.deleteFrom('step').where('run', '=', id).where('step', '>=', step).execute()
      await db.deleteFrom('usage').where('run', '=', id).where('step', '>=', step).execute()
      await db.deleteFrom('histogram').where('run', '=', id).where('epoch', '>=', epoch).execute()
      await db.deleteFrom('checkpoint').where('run', '=', id).where('step', '>', step).execute()
      const own = { owner: self, heartbeatAt: database.now(), attempt: run.attempt + 1 }
      await db
        .updateTable('run')
        .set({ status: 'running', reason: null, endedAt: null, ...own })
        .where('id', '=', id)
        .execute()
      await summarize(db, id)
      await happen(db, id, { kind: 'resumed', text: `from step ${step}`, step, at: database.now() })
      return own.attempt
    })
    holdings.runs.set(id, attempt)
  }

  async record(
    id: string,
    { epochs, steps, happenings, usage = [], histograms = [] }: Recorded,
  ): Promise<void> {
    const { database } = this.#parts
    await database.write(async db => {
      await this.hold(id, db)
      await addSteps(db, id, steps)
      for (const epoch of epochs) {
        const row = { ...epoch, run: id, metrics: toJson(epoch.metrics) }
        await db.insertInto('epoch').values(row).execute()
      }
      for (const row of usage)
        await db
          .insertInto('usage')
          .values({ run: id, ...row })
          .execute()
      for (const { epoch, weights, gradients } of histograms)
        await db
          .insertInto('histogram')
          .values({
            ...{ run: id, epoch, weights: JSON.stringify(weights) },
            gradients: gradients && JSON.stringify(gradients),
          })
          .execute()
      if (epochs.length > 0) await summarize(db, id)
      for (const happening of happenings) await happen(db, id, { ...happening, at: database.now() })
    })
  }

  async end(id: string, { status, text, seconds, test }: RunEnd): Promise<void> {
    const { database } = this.#parts
    await database.write(async db => {
      await this.hold(id, db)
      const now = database.now()
      await db
        .updateTable('run')
        .set({
          status,
          reason: status === 'finished' ? null : text.slice(0, MAX_NOTE) || null,
          // The clock may have been set back meanwhile.
          endedAt: sql<number>`case when "createdAt" > ${now} then "createdAt" else ${now} end`,
          ...(seconds !== undefined && { seconds }),
          ...(test && { metrics: toJson({ ...(await runOf(db, id)).metrics, ...onSide('test', test) }) }),
        })
        .where('id', '=', id)
        .execute()
      await happen(db, id, { kind: status, text, at: now })
    })
  }

  async beat(id: string): Promise<boolean> {
    const { database } = this.#parts
    return database.write(async db => {
      await this.hold(id, db)
      const query = db.selectFrom('happening').select('kind').where('run', '=', id)
      const last = query.where('kind', 'in', ['started', 'resumed', ASKED]).orderBy('id', 'desc').limit(1)
      return (await last.executeTakeFirst())?.kind === ASKED
    })
  }

  async askToStop(id: string): Promise<void> {
    const { database, user } = this.#parts
    await database.write(async db => {
      const { status, study } = asItIs(await runOf(db, id, silence(database)))
      if (status !== 'running') throw new UsageError(`The run ${id} is ${status}, not running.`)
      if (study !== null)
        throw new UsageError(
          `The run ${id} is a trial of a search: stop the search where it runs, with Ctrl-C.`,
        )
      await happen(db, id, { kind: ASKED, text: `asked for by ${user}`, at: database.now() })
    })
  }

  /** A sign of life. Throws a `HeddleError` if this store object does not hold the run; other transactions that write it wait. */
  async hold(id: string, db: Queries): Promise<void> {
    const { database, files, self, holdings } = this.#parts
    files.check()
    const { numUpdatedRows } = await db
      .updateTable('run')
      .set({ heartbeatAt: database.now() })
      .where('id', '=', id)
      .where('owner', '=', self)
      .where('attempt', '=', holdings.runs.get(id) ?? 0)
      .where('status', '=', 'running')
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw lost(id)
  }

  async putArtefact(id: string, name: string, pieces: readonly Uint8Array[]): Promise<void> {
    const { database, files, holdings } = this.#parts
    files.check()
    const place = { sha256: sha256Of(pieces), bytes: lengthOf(pieces) }
    await files.write(place, pieces)
    await database.write(async db => {
      await database.lock(db, id)
      const held = holdings.runs.get(id)
      if (held !== undefined && (await runOf(db, id)).attempt !== held) throw lost(id)
      await files.insert(db, place, pieces)
      await db
        .insertInto('artefact')
        .values({ run: id, name, ...place })
        .onConflict(conflict => conflict.columns(['run', 'name']).doUpdateSet(place))
        .execute()
    })
  }

  /** Throws a `HeddleError` if a slice makes this run and another worker has claimed it. */
  async #checkSlice(db: Queries, run: string): Promise<void> {
    const query = db.selectFrom('slice').select(['id', 'attempt']).where('run', '=', run)
    const claimed = await query.where('state', '=', 'running').executeTakeFirst()
    const held = this.#parts.holdings.slices.get(run)
    if (!claimed || (claimed.id === held?.id && claimed.attempt === held.attempt)) return
    throw new HeddleError(`The run ${run} is trained by another worker, which has claimed its slice.`)
  }
}

/** What happens to a run that is to be stopped. */
const ASKED = 'stop'

export const lengthOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, { length }) => sum + length, 0)

const lost = (id: string): HeddleError =>
  new HeddleError(`The run ${id} no longer belongs to this process: another one resumed or ended it.`)
