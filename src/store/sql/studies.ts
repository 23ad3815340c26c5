import type { Kysely } from 'kysely'
import { HeddleError, MissingError, UsageError } from '../../base/errors.ts'
import { fromJson, toJson } from '../../protocol/json.ts'
import { checkRows } from '../cells.ts'
import type { Rows } from '../rows.ts'
import { sql } from '../sqlite/kysely.ts'
import type { Tables } from '../sqlite/schema.ts'
import type { NewSlice, NewStudy, StudyRow, StudyStore } from '../studies.ts'
import { wallClock } from '../wall-clock.ts'
import { addSlices, newId } from './slices.ts'

/** See `StudyStore`. */
export class SqlStudies implements StudyStore {
  readonly #db: Kysely<Tables>
  readonly #user: string

  constructor(db: Kysely<Tables>, user: string) {
    this.#db = db
    this.#user = user
  }

  async add({ name, spec }: NewStudy): Promise<string> {
    const row = { id: newId(), name, spec: toJson(spec), user: this.#user, createdAt: wallClock() }
    await this.#db.insertInto('study').values(row).execute()
    return row.id
  }

  /** What a trial's run takes from its search. */
  async ofRuns(
    db: Kysely<Tables>,
    study: string,
  ): Promise<{ readonly study: string; readonly user: string }> {
    const row = await db.selectFrom('study').select('user').where('id', '=', study).executeTakeFirst()
    if (!row) throw missing(study)
    return { study, user: row.user }
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
    return this.#db
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
    const query = this.#db
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
    await this.#db.transaction().execute(async db => {
      const study = await db.selectFrom('study').select('name').where('id', '=', id).executeTakeFirst()
      if (!study) throw missing(id)
      const count = db.selectFrom('event').select(sql<number>`count(*)`.as('events')).where('study', '=', id)
      const { events: next } = await count.executeTakeFirstOrThrow()
      if (next !== at)
        throw new HeddleError(
          `Another process continues the search ${study.name} (${id}): its log has ${next} events, where this process expected ${at}. ` +
            'Wait for the other process, or stop it, then continue with --resume.',
        )
      const now = wallClock()
      for (const [i, event] of events.entries()) {
        const row = { study: id, place: at + i, at: now, event: toJson(event) }
        await db.insertInto('event').values(row).execute()
      }
      await addSlices(db, slices)
    })
  }

  async events(id: string, from = 0) {
    const query = this.#db.selectFrom('event').selectAll().where('study', '=', id).where('place', '>=', from)
    const rows = checkRows('event', await query.orderBy('place').execute())
    return rows.map(({ at, event }) => ({ at, event: fromJson(event) as object }))
  }

  async remove(id: string): Promise<void> {
    await this.#db.transaction().execute(async db => {
      const { numDeletedRows } = await db.deleteFrom('study').where('id', '=', id).executeTakeFirst()
      if (numDeletedRows === 0n) throw missing(id)
      const runs = db.updateTable('run').set({ binnedAt: wallClock() }).where('study', '=', id)
      await runs.where('binnedAt', 'is', null).execute()
    })
  }
}

/** As many are listed where a text means several. */
const LISTED = 10

type StudyRowOf = Rows['study'] & { readonly events: number }

const studyOf = ({ id, name, spec, user, createdAt, events }: StudyRowOf): StudyRow => ({
  ...{ id, name, user, createdAt, events },
  spec: fromJson(spec) as object,
})

const missing = (id: string): MissingError => new MissingError(`There is no search "${id}" in this store.`)
