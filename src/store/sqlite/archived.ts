import type { Kysely, Transaction } from 'kysely'
import { HeddleError } from '../../base/errors.ts'
import { toJson } from '../../protocol/json.ts'
import { type ArchivedRun, archivedTables } from '../archived-runs.ts'
import { faultIn } from '../cells.ts'
import type { Rows } from '../rows.ts'
import type { RunStore } from '../store.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { ContentFolder } from './content.ts'
import { happen } from './run-rows.ts'
import type { Tables } from './schema.ts'

/** What a store is made of. */
export interface StoreParts {
  readonly folder: string
  readonly db: Kysely<Tables>
  readonly content: ContentFolder
  readonly checkpoints: Checkpoints
}

/** See `RunStore.rows`. */
export async function rowsOf(db: Kysely<Tables>, id: string): Promise<ArchivedRun> {
  const run = await db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  checkRow(id, 'run', run)
  const rows = await Promise.all(
    archivedTables.map(async table => {
      const found = await db.selectFrom(table).selectAll().where('run', '=', id).execute()
      for (const row of found) checkRow(id, table, row)
      return [table, found.map(({ run: _, ...row }) => row)] as const
    }),
  )
  return { run, rows: Object.fromEntries(rows) as unknown as ArchivedRun['rows'] }
}

function checkRow(id: string, table: keyof Rows, row: object): void {
  const fault = faultIn(table, row as Record<string, unknown>)
  if (fault)
    throw new HeddleError(`The run ${id} is unreadable and cannot be exported: in "${table}", ${fault}.`)
}

/** See `RunStore.add`. */
export async function addRuns(
  runs: readonly ArchivedRun[],
  read: (sha256: string) => Promise<Uint8Array>,
  { db, content, checkpoints }: StoreParts,
): ReturnType<RunStore['add']> {
  const [imported, known]: [string[], string[]] = [[], []]
  try {
    // No other process can add one of these runs until the transaction ends.
    await db.transaction().execute(async transaction => {
      for (const archived of runs) {
        const { id } = archived.run
        const query = transaction.selectFrom('run').select('id').where('id', '=', id)
        if (await query.executeTakeFirst()) {
          known.push(id)
          continue
        }
        await insertRun(transaction, archived)
        imported.push(id)
        for (const { sha256 } of archived.rows.artefact)
          await content.keep(sha256, async () => [await read(sha256)])
        for (const { step, sha256 } of archived.rows.checkpoint)
          await checkpoints.adopt(id, step, await read(sha256))
      }
    })
  } catch (error) {
    // Their rows were taken back; content that is left is swept by `gc`.
    for (const id of imported) await checkpoints.remove(id)
    throw error
  }
  return { imported, known }
}

async function insertRun(db: Transaction<Tables>, { run, rows }: ArchivedRun): Promise<void> {
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
  await happen(db, run.id, { kind: 'imported', text: '' })
}
