import { HeddleError } from '../../base/errors.ts'
import { toJson } from '../../protocol/json.ts'
import {
  type Archived,
  type ArchivedRun,
  type ArchivedStudy,
  archivedTables,
  rowKeys,
} from '../archived-runs.ts'
import { faultIn } from '../cells.ts'
import type { Rows } from '../rows.ts'
import type { RunStore } from '../store.ts'
import { fileOf } from './checkpoints.ts'
import type { Database, Queries } from './database.ts'
import type { FilePlace } from './files.ts'
import type { StoreParts } from './parts.ts'
import { happen } from './run-rows.ts'

/** See `RunStore.rows`. */
export async function rowsOf(db: Queries, id: string): Promise<ArchivedRun> {
  const run = await db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  checkRow(id, 'run', run)
  const rows: Record<string, object[]> = {}
  for (const table of archivedTables) {
    const query = db.selectFrom(table).selectAll().where('run', '=', id)
    const found = await query.orderBy(rowKeys[table] as never).execute()
    for (const row of found) checkRow(id, table, row)
    rows[table] = found.map(({ run: _, ...row }) => row)
  }
  return { run, rows: rows as unknown as ArchivedRun['rows'] }
}

function checkRow(id: string, table: keyof Rows, row: object): void {
  const fault = faultIn(table, row as Record<string, unknown>)
  if (fault)
    throw new HeddleError(`The run ${id} is unreadable and cannot be exported: in "${table}", ${fault}.`)
}

/** See `RunStore.add`. */
export async function addArchived(
  { runs, studies }: Archived,
  read: (sha256: string) => Promise<Uint8Array>,
  { database, files }: StoreParts,
): ReturnType<RunStore['add']> {
  let written: FilePlace[] = []
  try {
    // No other process can add one of these runs until the transaction ends.
    return await database.write(async db => {
      const [imported, known]: [string[], string[]] = [[], []]
      written = []
      for (const study of studies) await insertStudy(db, study)
      for (const archived of runs) {
        const { id } = archived.run
        await database.lock(db, id)
        const query = db.selectFrom('run').select('id').where('id', '=', id)
        if (await query.executeTakeFirst()) {
          known.push(id)
          continue
        }
        const { artefact, checkpoint } = archived.rows
        const places = [...artefact, ...checkpoint.map(row => fileOf({ ...row, run: id }))]
        for (const place of places) {
          const pieces = [await read(place.sha256)]
          written.push(place)
          await files.write(place, pieces)
          await files.insert(db, place, pieces)
        }
        await insertRun(db, archived, database)
        imported.push(id)
      }
      return { imported, known }
    })
  } catch (error) {
    // Their rows were taken back; an artefact's content that is left is swept by `gc`.
    await files.remove(written)
    throw error
  }
}

/** A search that is there already is left as it is, with its log. */
async function insertStudy(db: Queries, { study, events }: ArchivedStudy): Promise<void> {
  const query = db.insertInto('study').values(study)
  const { numInsertedOrUpdatedRows } = await query
    .onConflict(conflict => conflict.column('id').doNothing())
    .executeTakeFirst()
  if (!numInsertedOrUpdatedRows) return
  for (const event of events)
    await db
      .insertInto('event')
      .values({ ...event, study: study.id })
      .execute()
}

async function insertRun(db: Queries, { run, rows }: ArchivedRun, database: Database): Promise<void> {
  // The process that ran it there does not run it here.
  const status = run.status === 'running' ? 'interrupted' : run.status
  await db
    .insertInto('run')
    .values({ ...run, metrics: toJson(run.metrics), status, owner: null })
    .execute()
  for (const table of archivedTables) {
    for (const { id: _, metrics, ...row } of rows[table] as readonly Record<string, unknown>[]) {
      const written = { ...row, ...(table === 'epoch' && { metrics: toJson(metrics) }), run: run.id }
      await db
        .insertInto(table)
        .values(written as never)
        .execute()
    }
  }
  await happen(db, run.id, { kind: 'imported', text: '', at: database.now() })
}
