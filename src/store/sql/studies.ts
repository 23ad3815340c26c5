import { HeddleError, MissingError, UsageError } from '../../base/errors.ts'
import { fromJson, toJson } from '../../protocol/json.ts'
import type { ArchivedStudy } from '../archived-runs.ts'
import { checkRows } from '../cells.ts'
import type { Rows } from '../rows.ts'
import type { NewSlice, NewStudy, StudyRow, StudyStore } from '../studies.ts'
import type { Database, Queries } from './database.ts'
import { sql } from './kysely.ts'
import { newId } from './new-id.ts'
import type { StoreParts } from './parts.ts'
import { addSlices } from './slices.ts'

/** See `StudyStore`. */
export class SqlStudies implements StudyStore {
  readonly #database: Database
  readonly #user: string

  constructor({ database, user }: StoreParts) {
    this.#database = database
    this.#user = user
  }

  async add({ name, spec }: NewStudy): Promise<string> {
    const id = newId()
    const createdAt = this.#database.now()
    const row = { id, name, spec: toJson(spec), user: this.#user, createdAt }
    await this.#database.write(db => db.insertInto('study').values(row).execute())
    return id
  }

  async list(): Promise<StudyRow[]> {
    const query = this.#rows().orderBy('createdAt', 'desc').orderBy('id')
    return checkRows('study', await query.execute()).map(studyOf)
  }

  async study(id: string): Promise<StudyRow> {
    const row = await this.#rows().where('id', '=', id).executeTakeFirst()
    if (!row) throw missing(id)
    return studyOf(checkRows('study', [row])[0]!)
  }

  /** With the lengths of their logs: places of events have no gaps. */
  #rows() {
    return this.#database.queries
      .selectFrom('study')
      .selectAll()
      .select(({ selectFrom }) =>
        selectFrom('event')
          .select(sql<number>`coalesce(max(place) + 1, 0)`.as('events'))
          .whereRef('event.study', '=', 'study.id')
          .$asScalar()
          .$notNull()
          .as('events'),
      )
  }

  async find(wanted: string): Promise<string> {
    const studies = await this.list()
    const newest = wanted === 'last' ? studies[0] : studies.find(({ name }) => name === wanted)
    if (newest) return newest.id
    if (studies.length === 0) throw new UsageError('There are no searches in this store yet.')
    const found = studies.filter(({ id }) => wanted !== '' && id.startsWith(wanted))
    if (found.length === 1) return found[0]!.id
    if (found.length === 0)
      throw new UsageError(
        `There is no search "${wanted}" in this store. Name one by its name, the first digits of its id, or "last".`,
      )
    const list = found.slice(0, LISTED).map(({ id, name }) => `${id} (${name})`)
    throw new UsageError(`${found.length} searches begin with "${wanted}": ${list.join(', ')}.`)
  }

  async change(id: string, spec: object): Promise<void> {
    const query = this.#database.queries
      .updateTable('study')
      .set({ spec: toJson(spec) })
      .where('id', '=', id)
    if ((await query.executeTakeFirst()).numUpdatedRows === 0n) throw missing(id)
  }

  async append(
    id: string,
    at: number,
    events: readonly object[],
    slices: readonly NewSlice[] = [],
  ): Promise<void> {
    await this.#database.write(async db => {
      await this.#database.lock(db, id)
      const study = await db.selectFrom('study').select('name').where('id', '=', id).executeTakeFirst()
      if (!study) throw missing(id)
      const length = db
        .selectFrom('event')
        .select(sql<number>`coalesce(max(place) + 1, 0)`.as('events'))
        .where('study', '=', id)
      const { events: next } = await length.executeTakeFirstOrThrow()
      if (next !== at)
        throw new HeddleError(
          `Another process continues the search ${study.name} (${id}): its log has ${next} events, where this process expected ${at}. ` +
            'Wait for the other process, or stop it, then continue with --resume.',
        )
      for (const [i, event] of events.entries()) {
        const row = { study: id, place: at + i, at: this.#database.now(), event: toJson(event) }
        await db.insertInto('event').values(row).execute()
      }
      await addSlices(db, slices)
    })
  }

  async events(id: string, from = 0) {
    const query = this.#database.queries
      .selectFrom('event')
      .selectAll()
      .where('study', '=', id)
      .where('place', '>=', from)
    const rows = checkRows('event', await query.orderBy('place').execute())
    return rows.map(({ at, event }) => ({ at, event: fromJson(event) as object }))
  }

  async rows(id: string): Promise<ArchivedStudy> {
    return this.#database.read(async db => {
      const row = await db.selectFrom('study').selectAll().where('id', '=', id).executeTakeFirst()
      if (!row) throw missing(id)
      const { ends: _, ...study } = checkRows('study', [row])[0]!
      const events = db.selectFrom('event').select(['place', 'at', 'event']).where('study', '=', id)
      return { study, events: await events.orderBy('place').execute() }
    })
  }

  async remove(id: string): Promise<void> {
    await this.#database.write(async db => {
      const { numDeletedRows } = await db.deleteFrom('study').where('id', '=', id).executeTakeFirst()
      if (numDeletedRows === 0n) throw missing(id)
      const runs = db.updateTable('run').set({ binnedAt: this.#database.now() }).where('study', '=', id)
      await runs.where('binnedAt', 'is', null).execute()
    })
  }
}

/** What a trial's run takes from its search. */
export async function ofStudy(
  db: Queries,
  study: string,
): Promise<{ readonly study: string; readonly user: string }> {
  const row = await db.selectFrom('study').select('user').where('id', '=', study).executeTakeFirst()
  if (!row) throw missing(study)
  return { study, user: row.user }
}

/** As many are listed where a text means several. */
const LISTED = 10

type StudyRowOf = Rows['study'] & { readonly events: number }

const studyOf = ({ id, name, spec, user, createdAt, events }: StudyRowOf): StudyRow => ({
  ...{ id, name, user, createdAt, events },
  spec: fromJson(spec) as object,
})

const missing = (id: string): MissingError => new MissingError(`There is no search "${id}" in this store.`)
