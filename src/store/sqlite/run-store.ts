import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { toJson } from '../../protocol/json.ts'
import { onSide } from '../../protocol/metric.ts'
import type { ArchivedRun } from '../archived-runs.ts'
import { checkRows, MAX_NOTE } from '../cells.ts'
import { findRun, unfinishedRuns } from '../find.ts'
import { isAlive, processIdentity } from '../process-identity.ts'
import type { Epoch, Happening, Run, Step } from '../rows.ts'
import { checkSlice, type Holdings } from '../sql/holdings.ts'
import { newId, SqlSlices } from '../sql/slices.ts'
import { SqlStudies } from '../sql/studies.ts'
import type {
  CheckpointPlace,
  FindOptions,
  LookStore,
  Progress,
  Recorded,
  RunDetail,
  RunEnd,
  RunFilter,
  RunStart,
  RunStore,
  StartOptions,
  StoredFile,
  Swept,
} from '../store.ts'
import { checkedTag } from '../tag.ts'
import { wallClock } from '../wall-clock.ts'
import { addRuns, rowsOf, type StoreParts } from './archived.ts'
import { Checkpoints } from './checkpoints.ts'
import { ContentFolder } from './content.ts'
import { sql } from './kysely.ts'
import { looksIn } from './looks.ts'
import { SqliteQueue } from './queue.ts'
import type { ReadDatabase } from './reading.ts'
import { asItIs, countRuns, DIED, detailOf, listRuns, progressOf, runOf, tagsByRun } from './run-list.ts'
import { addSteps, happen, summarize } from './run-rows.ts'
import type { Tables } from './schema.ts'
import type { StoreFolder } from './store-folder.ts'
import { sweep } from './sweep.ts'

/** Runs in an SQLite database, and files with their content beside it. */
export class SqliteStore implements RunStore {
  readonly where: string
  readonly checkpoints: Checkpoints
  readonly looks: LookStore
  readonly queue: SqliteQueue
  readonly studies: SqlStudies
  readonly slices: SqlSlices
  readonly #db: Kysely<Tables>
  readonly #content: ContentFolder
  readonly #self = processIdentity()
  readonly #user: string
  readonly #holdings: Holdings = { runs: new Map(), slices: new Map() }
  readonly #place: StoreFolder
  readonly #close: () => Promise<void>

  /** `isWritable`: whether looks can be counted. */
  constructor(
    place: StoreFolder,
    { db, close }: ReadDatabase,
    { user, isWritable }: { readonly user: string; readonly isWritable: boolean },
  ) {
    this.where = place.path
    this.#content = new ContentFolder(join(place.path, 'content'))
    this.#db = db
    this.#close = close
    this.#place = place
    place.opened()
    this.looks = looksIn(db, isWritable)
    this.#user = user
    this.studies = new SqlStudies(db, user)
    this.slices = new SqlSlices(db, this.#holdings)
    this.queue = new SqliteQueue(join(place.path, 'jobs'), db)
    this.checkpoints = new Checkpoints(join(place.path, 'checkpoints'), db, (transaction, id) =>
      this.#beat(transaction, id),
    )
  }

  /** Moves what was written last into the main file, if no other process uses it, so that a copy of it alone is whole. */
  async close(): Promise<void> {
    await sql`pragma wal_checkpoint(passive)`.execute(this.#db).catch(() => {})
    await this.#close()
  }

  async start({ detail, ...run }: RunStart, { id = newId(), study }: StartOptions = {}): Promise<string> {
    const now = wallClock()
    const isNew = await this.#db.transaction().execute(async db => {
      await checkSlice(db, id, this.#holdings)
      if (await db.selectFrom('run').select('id').where('id', '=', id).executeTakeFirst()) return false
      const of = study === undefined ? { user: this.#user } : await this.studies.ofRuns(db, study)
      const own = { status: 'running' as const, createdAt: now, owner: this.#self, heartbeatAt: now }
      await db
        .insertInto('run')
        .values({ ...run, id, ...of, ...own })
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
      await happen(db, id, { kind: 'started', text: '', step: 0 })
      return true
    })
    if (isNew) this.#holdings.runs.set(id, 1)
    return id
  }

  async resume(id: string, place: Pick<CheckpointPlace, 'epoch' | 'step'>): Promise<void> {
    const attempt = await this.#db.transaction().execute(async db => {
      const run = await runOf(db, id)
      await checkSlice(db, id, this.#holdings)
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
      const own = { owner: this.#self, heartbeatAt: now, attempt: run.attempt + 1 }
      await db
        .updateTable('run')
        .set({ status: 'running', reason: null, endedAt: null, ...own })
        .where('id', '=', id)
        .execute()
      await summarize(db, id)
      await happen(db, id, { kind: 'resumed', text: `from step ${place.step}`, step: place.step })
      return own.attempt
    })
    this.#holdings.runs.set(id, attempt)
  }

  async record(id: string, { epochs, steps, happenings }: Recorded): Promise<void> {
    await this.#db.transaction().execute(async db => {
      await this.#beat(db, id)
      await addSteps(db, id, steps)
      for (const epoch of epochs) {
        const row = { ...epoch, run: id, metrics: toJson(epoch.metrics) }
        await db.insertInto('epoch').values(row).execute()
      }
      if (epochs.length > 0) await summarize(db, id)
      for (const happening of happenings) await happen(db, id, happening)
    })
  }

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
          reason: status === 'finished' ? null : text.slice(0, MAX_NOTE) || null,
          // The clock may have been set back meanwhile.
          endedAt: sql<number>`max(createdAt, ${wallClock()})`,
          ...(seconds !== undefined && { seconds }),
          ...(test && { metrics: toJson({ ...(await runOf(db, id)).metrics, ...onSide('test', test) }) }),
        })
        .where('id', '=', id)
        .execute()
      await happen(db, id, { kind: status, text })
    })
  }

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
          .set({ status: 'interrupted', reason: DIED, endedAt: heartbeatAt })
          .where('id', '=', id)
          .where('status', '=', 'running')
          .where('owner', '=', owner)
          .executeTakeFirst()
        if (numUpdatedRows > 0n) await happen(db, id, { kind: 'interrupted', text: DIED })
      })
    }
    return dead.map(({ id }) => id)
  }

  async find(wanted: string, options?: FindOptions): Promise<string> {
    return (await findRun(this, wanted, options)).id
  }

  async unfinished(wanted: string): Promise<Run[]> {
    return unfinishedRuns(this, wanted)
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

  async count(filter: RunFilter = {}): Promise<number> {
    return countRuns(this.#db, filter)
  }

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

  async progress(id: string): Promise<Progress> {
    return progressOf(this.#db, id)
  }

  async happenings(id: string, after = 0): Promise<Happening[]> {
    const query = this.#db.selectFrom('happening').selectAll().where('run', '=', id)
    return checkRows('happening', await query.where('id', '>', after).orderBy('id').execute())
  }

  async tags(id: string): Promise<string[]> {
    const query = this.#db.selectFrom('tag').selectAll().where('run', '=', id).orderBy('tag')
    return checkRows('tag', await query.execute()).map(({ tag }) => tag)
  }

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

  async putArtefact(id: string, name: string, pieces: readonly Uint8Array[]): Promise<void> {
    this.#place.check()
    const { sha256, bytes } = await this.#content.put(pieces)
    await this.#db.transaction().execute(async db => {
      const held = this.#holdings.runs.get(id)
      if (held !== undefined && (await runOf(db, id)).attempt !== held) throw lost(id)
      await db
        .insertInto('artefact')
        .values({ run: id, name, sha256, bytes })
        .onConflict(conflict => conflict.columns(['run', 'name']).doUpdateSet({ sha256, bytes }))
        .execute()
    })
  }

  async artefacts(id: string) {
    const query = this.#db.selectFrom('artefact').selectAll().where('run', '=', id).orderBy('name')
    const rows = checkRows('artefact', await query.execute())
    return rows.map(row => ({ ...row, where: this.#content.pathOf(row.sha256) }))
  }

  async artefact(id: string, name: string): Promise<StoredFile | null> {
    const row = (await this.artefacts(id)).find(artefact => artefact.name === name)
    return row ? { bytes: await this.#content.get(row.sha256), where: row.where } : null
  }

  async rows(id: string): Promise<ArchivedRun> {
    return rowsOf(this.#db, id)
  }

  async add(runs: readonly ArchivedRun[], content: (sha256: string) => Promise<Uint8Array>) {
    return addRuns(runs, content, this.#parts)
  }

  get #parts(): StoreParts {
    return { folder: this.where, db: this.#db, content: this.#content, checkpoints: this.checkpoints }
  }

  async bin(id: string, inBin: boolean): Promise<void> {
    const { status } = await this.run(id)
    if (status === 'running') throw new UsageError(`The run ${id} is running: stop it first.`)
    const binnedAt = inBin ? wallClock() : null
    await this.#db.updateTable('run').set({ binnedAt }).where('id', '=', id).execute()
  }

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
      .where('attempt', '=', this.#holdings.runs.get(id) ?? 0)
      .where('status', '=', 'running')
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw lost(id)
  }
}

const lost = (id: string): HeddleError =>
  new HeddleError(`The run ${id} no longer belongs to this process: another one resumed or ended it.`)
