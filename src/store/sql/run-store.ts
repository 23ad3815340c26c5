import { HeddleError, UsageError } from '../../base/errors.ts'
import { show } from '../../base/schema.ts'
import type { EpochCounts } from '../../protocol/histogram.ts'
import type { Archived, ArchivedRun } from '../archived-runs.ts'
import { checkRows, MAX_NOTE } from '../cells.ts'
import { findRun, unfinishedRuns } from '../find.ts'
import { isAlive, processIdentity } from '../process-identity.ts'
import type { Epoch, Happening, Run, Step, Usage } from '../rows.ts'
import type {
  CheckpointPlace,
  FindOptions,
  LookStore,
  Progress,
  Recorded,
  RunDetail,
  RunEnd,
  RunFilter,
  RunPlace,
  RunStart,
  RunStore,
  StartOptions,
  StoredFile,
  Swept,
  ViewStore,
} from '../store.ts'
import { checkedName, checkedTag } from '../tag.ts'
import { addArchived, rowsOf } from './archived.ts'
import { SqlCheckpoints } from './checkpoints.ts'
import type { Database } from './database.ts'
import type { Files } from './files.ts'
import { looksIn } from './looks.ts'
import type { StoreParts } from './parts.ts'
import { SqlQueue } from './queue.ts'
import {
  asItIs,
  countRuns,
  DIED,
  detailOf,
  listRuns,
  progressOf,
  runOf,
  silence,
  tagsByRun,
} from './run-list.ts'
import { happen } from './run-rows.ts'
import { RunWrites } from './run-writes.ts'
import { SqlSlices } from './slices.ts'
import { SqlStudies } from './studies.ts'
import { sweep } from './sweep.ts'
import { viewsIn } from './views.ts'

export interface SqlStoreOptions {
  /** See `RunStore`. */
  readonly where: string
  readonly folder: string
  /** See `RunStore.environment`. */
  readonly environment: Readonly<Record<string, string>>
  readonly database: Database
  readonly files: Files
  readonly user: string
  /** Whether looks can be counted. */
  readonly isWritable: boolean
}

/** Runs in a database of SQL. */
export class SqlStore implements RunStore {
  readonly where: string
  readonly folder: string
  readonly checkpoints: SqlCheckpoints
  readonly looks: LookStore
  readonly views: ViewStore
  readonly queue: SqlQueue
  readonly studies: SqlStudies
  readonly slices: SqlSlices
  readonly #parts: StoreParts
  readonly #database: Database
  readonly #writes: RunWrites
  readonly #environment: Readonly<Record<string, string>>

  constructor({ where, folder, environment, database, files, user, isWritable }: SqlStoreOptions) {
    this.where = where
    this.folder = folder
    this.#environment = environment
    const holdings = { runs: new Map(), slices: new Map() }
    this.#parts = { database, files, user, self: processIdentity(), holdings }
    this.#database = database
    this.#writes = new RunWrites(this.#parts)
    this.checkpoints = new SqlCheckpoints(this.#parts, this.#writes)
    this.looks = looksIn(database, isWritable)
    this.views = viewsIn(database)
    this.queue = new SqlQueue(this.#parts, folder)
    this.studies = new SqlStudies(this.#parts)
    this.slices = new SqlSlices(this.#parts)
  }

  get #queries() {
    return this.#database.queries
  }

  environment(): Readonly<Record<string, string>> {
    return this.#environment
  }

  async close(): Promise<void> {
    await this.#database.close()
  }

  start(run: RunStart, options?: StartOptions): Promise<string> {
    return this.#writes.start(run, options)
  }

  resume(id: string, place: Pick<CheckpointPlace, 'epoch' | 'step'>): Promise<void> {
    return this.#writes.resume(id, place)
  }

  record(id: string, recorded: Recorded): Promise<void> {
    return this.#writes.record(id, recorded)
  }

  beat(id: string): Promise<boolean> {
    return this.#writes.beat(id)
  }

  askToStop(id: string): Promise<void> {
    return this.#writes.askToStop(id)
  }

  end(id: string, end: RunEnd): Promise<void> {
    return this.#writes.end(id, end)
  }

  async markDead(): Promise<string[]> {
    const running = await this.#queries
      .selectFrom('run')
      .select(['id', 'owner', silence(this.#database).as('silentMs')])
      .where('status', '=', 'running')
      .execute()
    const dead = running.filter(({ owner, silentMs }) => !isAlive(owner, silentMs))
    for (const { id, owner } of dead) {
      await this.#database.write(async db => {
        const { numUpdatedRows } = await db
          .updateTable('run')
          .set(({ ref }) => ({ status: 'interrupted', reason: DIED, endedAt: ref('heartbeatAt') }))
          .where('id', '=', id)
          .where('status', '=', 'running')
          .where('owner', '=', owner)
          .executeTakeFirst()
        const at = this.#database.now()
        if (numUpdatedRows > 0n) await happen(db, id, { kind: 'interrupted', text: DIED, at })
      })
    }
    return dead.map(({ id }) => id)
  }

  async find(wanted: string, options?: FindOptions): Promise<string> {
    return (await findRun(this, wanted, options)).id
  }

  unfinished(wanted: string): Promise<Run[]> {
    return unfinishedRuns(this, wanted)
  }

  async run(id: string): Promise<Run> {
    return asItIs(await runOf(this.#queries, id, silence(this.#database)))
  }

  detail(id: string): Promise<RunDetail> {
    return detailOf(this.#queries, id)
  }

  list(filter: RunFilter = {}): Promise<Run[]> {
    return listRuns(this.#database, filter)
  }

  count(filter: RunFilter = {}): Promise<number> {
    return countRuns(this.#database, filter)
  }

  revision(): Promise<string> {
    return this.#database.revision()
  }

  async epochs(id: string, from = 0): Promise<Epoch[]> {
    const query = this.#queries.selectFrom('epoch').selectAll().where('run', '=', id)
    return checkRows('epoch', await query.where('epoch', '>=', from).orderBy('epoch').execute())
  }

  async steps(id: string, from = 0): Promise<Step[]> {
    const query = this.#queries.selectFrom('step').selectAll().where('run', '=', id)
    return checkRows('step', await query.where('step', '>=', from).orderBy('step').execute())
  }

  async usage(id: string, from = 0): Promise<Usage[]> {
    const query = this.#queries.selectFrom('usage').selectAll().where('run', '=', id)
    return checkRows('usage', await query.where('step', '>=', from).orderBy('step').execute())
  }

  async histograms(id: string): Promise<EpochCounts[]> {
    const query = this.#queries.selectFrom('histogram').selectAll().where('run', '=', id)
    const rows = checkRows('histogram', await query.orderBy('epoch').execute())
    return rows.map(({ epoch, weights, gradients }) => ({
      ...{ epoch, weights: JSON.parse(weights), gradients: JSON.parse(gradients ?? 'null') },
    }))
  }

  progress(id: string): Promise<Progress> {
    return progressOf(this.#queries, id)
  }

  async happenings(id: string, after = 0): Promise<Happening[]> {
    const query = this.#queries.selectFrom('happening').selectAll().where('run', '=', id)
    return checkRows('happening', await query.where('id', '>', after).orderBy('id').execute())
  }

  async tags(id: string): Promise<string[]> {
    const query = this.#queries.selectFrom('tag').selectAll().where('run', '=', id).orderBy('tag')
    return checkRows('tag', await query.execute()).map(({ tag }) => tag)
  }

  allTags(): Promise<Map<string, string[]>> {
    return tagsByRun(this.#queries)
  }

  async tag(id: string, tag: string): Promise<void> {
    const row = { run: id, tag: checkedTag(tag) }
    await this.#database.write(db =>
      db
        .insertInto('tag')
        .values(row)
        .onConflict(conflict => conflict.doNothing())
        .execute(),
    )
  }

  async untag(id: string, tag: string): Promise<void> {
    await this.#database.write(db =>
      db.deleteFrom('tag').where('run', '=', id).where('tag', '=', tag).execute(),
    )
  }

  async note(id: string, note: string, was?: string): Promise<void> {
    if (note.length > MAX_NOTE)
      throw new UsageError(`A note has at most ${MAX_NOTE} characters, not ${note.length}.`)
    await this.#write(id, { note }, was)
  }

  async rename(id: string, name: string, was?: string): Promise<void> {
    await this.#write(id, { name: checkedName(name) }, was)
  }

  /** What a person writes about a run; `was`: what that person saw there. */
  async #write(id: string, text: { note: string } | { name: string }, was?: string): Promise<void> {
    const [[column, wanted]] = Object.entries(text) as [['note' | 'name', string]]
    await this.#database.write(async db => {
      await this.#database.lock(db, id)
      const { [column]: now } = await runOf(db, id)
      if (was !== undefined && now !== was && now !== wanted)
        throw new HeddleError(
          `The ${column} of this run was changed meanwhile: yours was not saved. It is now: ${show(now)}`,
        )
      await db.updateTable('run').set(text).where('id', '=', id).execute()
    })
  }

  putArtefact(id: string, name: string, pieces: readonly Uint8Array[]): Promise<void> {
    return this.#writes.putArtefact(id, name, pieces)
  }

  async artefacts(id: string) {
    const query = this.#queries.selectFrom('artefact').selectAll().where('run', '=', id).orderBy('name')
    const rows = checkRows('artefact', await query.execute())
    return rows.map(row => ({ ...row, where: this.#parts.files.where(row) }))
  }

  async artefact(id: string, name: string): Promise<StoredFile | null> {
    const row = (await this.artefacts(id)).find(artefact => artefact.name === name)
    return row ? { bytes: await this.#parts.files.read(row), where: row.where } : null
  }

  rows(id: string): Promise<ArchivedRun> {
    return this.#database.read(db => rowsOf(db, id))
  }

  add(archived: Archived, content: (sha256: string) => Promise<Uint8Array>) {
    return addArchived(archived, content, this.#parts)
  }

  async move(id: string, place: RunPlace): Promise<void> {
    const at = (one: RunPlace) => (place === one ? this.#database.now() : null)
    const moved = { archivedAt: at('archive'), binnedAt: at('bin') }
    await this.#database.write(async db => {
      await this.#database.lock(db, id)
      const { status } = asItIs(await runOf(db, id, silence(this.#database)))
      if (status === 'running') throw new UsageError(`The run ${id} is running: stop it first.`)
      await db.updateTable('run').set(moved).where('id', '=', id).execute()
    })
  }

  gc(graceMs?: number): Promise<Swept> {
    return sweep(this.#parts, graceMs)
  }
}
