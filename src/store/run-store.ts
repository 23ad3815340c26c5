import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { HeddleError, UsageError } from '../base/errors.ts'
import type { EpochMetrics } from '../protocol/events.ts'
import { exportRuns, importRuns, type StoreParts } from './archive.ts'
import { checkRows, MAX_NOTE } from './cells.ts'
import { type CheckpointPlace, Checkpoints } from './checkpoints.ts'
import { ContentFolder } from './content.ts'
import { openDatabase } from './database.ts'
import { sql } from './kysely.ts'
import { Looks } from './looks.ts'
import { isAlive, processIdentity } from './process-identity.ts'
import { Queue } from './queue.ts'
import { canWrite, openEmpty, openToRead, type ReadDatabase } from './reading.ts'
import {
  asItIs,
  detailOf,
  type FindOptions,
  findRun,
  listRuns,
  type Progress,
  progressOf,
  type RunDetail,
  type RunFilter,
  reasonsByRun,
  runOf,
  tagsByRun,
  unfinishedRuns,
} from './run-list.ts'
import { happen, summarize } from './run-rows.ts'
import type { Artefact, Epoch, Happening, NewRun, Run, RunStatus, Step, Tables } from './schema.ts'
import { addSteps } from './steps.ts'
import { StoreFolder } from './store-folder.ts'
import { type Swept, sweep } from './sweep.ts'
import { checkedTag } from './tag.ts'
import { wallClock } from './wall-clock.ts'

/** What is known of a run before its first step. */
export interface RunStart
  extends Pick<
    NewRun,
    | 'experiment'
    | 'model'
    | 'seed'
    | 'configuration'
    | 'modelHash'
    | 'dataset'
    | 'fingerprint'
    | 'testFingerprint'
    | 'testImages'
    | 'params'
    | 'batchSize'
    | 'epochs'
    | 'stepsPerEpoch'
  > {
  readonly detail: RunDetail
}

/** What was measured since the last time. */
export interface Recorded {
  readonly epochs: readonly {
    readonly epoch: number
    readonly metrics: EpochMetrics
    readonly trainMs: number
    readonly durationMs: number
  }[]
  readonly steps: readonly Omit<Step, 'run'>[]
  readonly happenings: readonly { readonly kind: string; readonly text: string }[]
}

/** How a run ended. */
export interface RunEnd {
  readonly status: Exclude<RunStatus, 'running'>
  readonly text: string
  readonly seconds?: number
  readonly test?: { readonly loss: number; readonly accuracy: number; readonly topKAccuracy: number | null }
}

/**
 * All runs of a folder: rows in an SQL database, files with their content beside it. Every method is one transaction;
 * any number of processes may use a store at once.
 */
export class RunStore {
  readonly folder: string
  readonly content: ContentFolder
  readonly checkpoints: Checkpoints
  readonly looks: Looks
  readonly queue: Queue
  readonly #db: Kysely<Tables>
  readonly #self = processIdentity()
  readonly #place: StoreFolder
  readonly #close: () => Promise<void>

  private constructor(place: StoreFolder, { db, close }: ReadDatabase, isWritable: boolean) {
    this.folder = place.path
    this.content = new ContentFolder(join(this.folder, 'content'))
    this.#db = db
    this.#close = close
    this.#place = place
    place.opened()
    this.looks = new Looks(db, isWritable)
    this.queue = new Queue(join(this.folder, 'jobs'), db)
    this.checkpoints = new Checkpoints(join(this.folder, 'checkpoints'), db, (transaction, id) =>
      this.#beat(transaction, id),
    )
  }

  /** Opens the store of a folder, and makes it where there is none. */
  static async open(path: string): Promise<RunStore> {
    const place = new StoreFolder(path)
    await place.make()
    const db = await openDatabase(place.database)
    return new RunStore(place, { db, close: () => db.destroy() }, true)
  }

  /**
   * Opens a store to look at it: no folder is made, where there is no store there are no runs, and one that cannot be written can
   * be read. One that can be written is as `open` opens it.
   */
  static async look(path: string): Promise<RunStore> {
    const place = new StoreFolder(path)
    if (!place.holdsStore()) return new RunStore(place, await openEmpty(), false)
    if (await canWrite(place.database)) return RunStore.open(path)
    return new RunStore(place, await openToRead(place.database), false)
  }

  /** Moves what was written last into the main file, if nobody else is at it, so that a copy of it alone is whole. */
  async close(): Promise<void> {
    await sql`pragma wal_checkpoint(passive)`.execute(this.#db).catch(() => {})
    await this.#close()
  }

  /** A new run of this process; returns its id. */
  async start({ detail, ...run }: RunStart): Promise<string> {
    const id = randomUUID().replaceAll('-', '').slice(0, 12)
    const now = wallClock()
    await this.#db.transaction().execute(async db => {
      await db
        .insertInto('run')
        .values({ ...run, id, status: 'running', createdAt: now, owner: this.#self, heartbeatAt: now })
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
      await happen(db, id, 'started', '')
    })
    return id
  }

  /** Makes a run this process' own again and takes back what it recorded from `place` on. Throws where another process runs it. */
  async resume(id: string, place: Pick<CheckpointPlace, 'epoch' | 'step'>): Promise<void> {
    await this.#db.transaction().execute(async db => {
      const run = await runOf(db, id)
      if (asItIs(run).status === 'unreadable')
        throw new UsageError(`The run ${id} cannot be resumed: ${asItIs(run).note}`)
      const now = wallClock()
      if (run.status === 'running' && isAlive(run.owner, now - (run.heartbeatAt ?? 0))) {
        throw new UsageError(`The run ${id} is running already, in another process.`)
      }
      if (run.status === 'finished')
        throw new UsageError(`The run ${id} is finished: there is nothing to resume.`)
      await db.deleteFrom('epoch').where('run', '=', id).where('epoch', '>=', place.epoch).execute()
      await db.deleteFrom('step').where('run', '=', id).where('step', '>=', place.step).execute()
      await db.deleteFrom('checkpoint').where('run', '=', id).where('step', '>', place.step).execute()
      await db
        .updateTable('run')
        .set({ status: 'running', owner: this.#self, heartbeatAt: now, endedAt: null })
        .where('id', '=', id)
        .execute()
      await summarize(db, id)
      await happen(db, id, 'resumed', `from step ${place.step}`)
    })
  }

  /** Adds what a run measured, all or nothing. Throws where another process has taken the run over. */
  async record(id: string, { epochs, steps, happenings }: Recorded): Promise<void> {
    await this.#db.transaction().execute(async db => {
      await this.#beat(db, id)
      await addSteps(db, id, steps)
      for (const { epoch, metrics, trainMs, durationMs } of epochs) {
        await db
          .insertInto('epoch')
          .values({ run: id, epoch, ...metrics, trainMs, durationMs })
          .execute()
      }
      if (epochs.length > 0) await summarize(db, id)
      for (const { kind, text } of happenings) await happen(db, id, kind, text)
    })
  }

  /** A sign of life. */
  async beat(id: string): Promise<void> {
    await this.#beat(this.#db, id)
  }

  async end(id: string, { status, text, seconds, test }: RunEnd): Promise<void> {
    await this.#db.transaction().execute(async db => {
      await this.#beat(db, id)
      await db
        .updateTable('run')
        .set({
          status,
          // The clock may have been set back meanwhile.
          endedAt: sql<number>`max(createdAt, ${wallClock()})`,
          ...(seconds !== undefined && { seconds }),
          ...(test && {
            testLoss: test.loss,
            testAccuracy: test.accuracy,
            testTopKAccuracy: test.topKAccuracy,
          }),
        })
        .where('id', '=', id)
        .execute()
      await happen(db, id, status, text)
    })
  }

  /** Finds runs whose process has died without saying so and marks them interrupted; returns their ids. */
  async markDead(): Promise<string[]> {
    const now = wallClock()
    const running = await this.#db
      .selectFrom('run')
      .select(['id', 'owner', 'heartbeatAt'])
      .where('status', '=', 'running')
      .execute()
    const dead = running.filter(({ owner, heartbeatAt }) => !isAlive(owner, now - (heartbeatAt ?? 0)))
    for (const { id, owner, heartbeatAt } of dead) {
      await this.#db.transaction().execute(async db => {
        const { numUpdatedRows } = await db
          .updateTable('run')
          .set({ status: 'interrupted', endedAt: heartbeatAt })
          .where('id', '=', id)
          .where('status', '=', 'running')
          .where('owner', '=', owner)
          .executeTakeFirst()
        if (numUpdatedRows > 0n) await happen(db, id, 'interrupted', 'its process ended without a word')
      })
    }
    return dead.map(({ id }) => id)
  }

  /** The id of the run that a text means: see `findRun`. Throws a `UsageError` for none and for several. */
  async find(wanted: string, options: FindOptions = {}): Promise<string> {
    return findRun(this.#db, wanted, { ...options, folder: this.folder })
  }

  /** The runs that a text means and that did not come to their end, the oldest first. Throws a `UsageError` where there is none. */
  async unfinished(wanted: string): Promise<Run[]> {
    return unfinishedRuns(this.#db, wanted, this.folder)
  }

  async run(id: string): Promise<Run> {
    return asItIs(await runOf(this.#db, id))
  }

  async detail(id: string): Promise<RunDetail> {
    return detailOf(this.#db, id)
  }

  async list(filter: RunFilter = {}): Promise<Run[]> {
    return listRuns(this.#db, filter)
  }

  /** Changes whenever anybody has written, this process included. */
  async revision(): Promise<string> {
    const { rows: others } = await sql<{ data_version: number }>`pragma data_version`.execute(this.#db)
    const { rows: own } = await sql<{ count: number }>`select total_changes() as count`.execute(this.#db)
    return `${others[0]!.data_version} ${own[0]!.count}`
  }

  async epochs(id: string, from = 0): Promise<Epoch[]> {
    const query = this.#db.selectFrom('epoch').selectAll().where('run', '=', id)
    return checkRows('epoch', await query.where('epoch', '>=', from).orderBy('epoch').execute())
  }

  async steps(id: string, from = 0): Promise<Step[]> {
    const query = this.#db.selectFrom('step').selectAll().where('run', '=', id)
    return checkRows('step', await query.where('step', '>=', from).orderBy('step').execute())
  }

  /** Where a training is, and what its pace is measured from. */
  async progress(id: string): Promise<Progress> {
    return progressOf(this.#db, id)
  }

  /** Those with a greater id than `after`. */
  async happenings(id: string, after = 0): Promise<Happening[]> {
    const query = this.#db.selectFrom('happening').selectAll().where('run', '=', id)
    return checkRows('happening', await query.where('id', '>', after).orderBy('id').execute())
  }

  async tags(id: string): Promise<string[]> {
    const query = this.#db.selectFrom('tag').selectAll().where('run', '=', id).orderBy('tag')
    return checkRows('tag', await query.execute()).map(({ tag }) => tag)
  }

  /** Why runs failed, by run. */
  async allReasons(): Promise<Map<string, string>> {
    return reasonsByRun(this.#db)
  }

  /** By run. */
  async allTags(): Promise<Map<string, string[]>> {
    return tagsByRun(this.#db)
  }

  async tag(id: string, tag: string): Promise<void> {
    await this.#db
      .insertInto('tag')
      .values({ run: id, tag: checkedTag(tag) })
      .onConflict(conflict => conflict.doNothing())
      .execute()
  }

  async untag(id: string, tag: string): Promise<void> {
    await this.#db.deleteFrom('tag').where('run', '=', id).where('tag', '=', tag).execute()
  }

  async note(id: string, note: string): Promise<void> {
    if (note.length > MAX_NOTE)
      throw new UsageError(`A note has at most ${MAX_NOTE} characters, not ${note.length}.`)
    await this.#db.updateTable('run').set({ note }).where('id', '=', id).execute()
  }

  /** Keeps a file with a run; the same name again replaces it. */
  async putArtefact(id: string, name: string, pieces: readonly Uint8Array[]): Promise<void> {
    this.#place.check()
    const { sha256, bytes } = await this.content.put(pieces)
    await this.#db
      .insertInto('artefact')
      .values({ run: id, name, sha256, bytes })
      .onConflict(conflict => conflict.columns(['run', 'name']).doUpdateSet({ sha256, bytes }))
      .execute()
  }

  async artefacts(id: string): Promise<Artefact[]> {
    const query = this.#db.selectFrom('artefact').selectAll().where('run', '=', id).orderBy('name')
    return checkRows('artefact', await query.execute())
  }

  /** The path of an artefact whose content has been checked; `null` where the run has none of that name. */
  async artefactPath(id: string, name: string): Promise<string | null> {
    const row = (await this.artefacts(id)).find(artefact => artefact.name === name)
    if (!row) return null
    await this.content.get(row.sha256)
    return this.content.pathOf(row.sha256)
  }

  /** Writes runs with all their files to one file. */
  async export(path: string, ids: readonly string[]): Promise<void> {
    await exportRuns(path, ids, this.#parts)
  }

  /** Adds the runs of such a file, and says which are new and which were there. */
  async import(path: string): ReturnType<typeof importRuns> {
    return importRuns(path, this.#parts)
  }

  get #parts(): StoreParts {
    return { folder: this.folder, db: this.#db, content: this.content, checkpoints: this.checkpoints }
  }

  /** Into the bin, or out of it. A run that a process is at is refused. */
  async bin(id: string, inBin: boolean): Promise<void> {
    const { status } = await this.run(id)
    if (status === 'running') throw new UsageError(`The run ${id} is running: stop it first.`)
    await this.#db
      .updateTable('run')
      .set({ binnedAt: inBin ? wallClock() : null })
      .where('id', '=', id)
      .execute()
  }

  /** Removes the runs in the bin for good, and every file that no run names and that is an hour old. */
  async gc(graceMs?: number): Promise<Swept> {
    return sweep(this.#parts, graceMs)
  }

  async #beat(db: Kysely<Tables>, id: string): Promise<void> {
    this.#place.check()
    const { numUpdatedRows } = await db
      .updateTable('run')
      .set({ heartbeatAt: wallClock() })
      .where('id', '=', id)
      .where('owner', '=', this.#self)
      .where('status', '=', 'running')
      .executeTakeFirst()
    if (numUpdatedRows === 0n)
      throw new HeddleError(`The run ${id} is no longer this process' own: another one resumed or ended it.`)
  }
}
