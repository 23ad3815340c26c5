import type { Kysely, Transaction } from 'kysely'
import { MAX_NOTE } from './cells.ts'
import type { Tables } from './schema.ts'
import { wallClock } from './wall-clock.ts'

/** What lists show of the epochs that are there. */
export async function summarize(db: Transaction<Tables>, id: string): Promise<void> {
  const last = await db
    .selectFrom('epoch')
    .selectAll()
    .where('run', '=', id)
    .orderBy('epoch', 'desc')
    .limit(1)
    .executeTakeFirst()
  await db
    .updateTable('run')
    .set({
      epochsDone: last ? last.epoch + 1 : 0,
      loss: last?.loss ?? null,
      accuracy: last?.accuracy ?? null,
      valLoss: last?.valLoss ?? null,
      valAccuracy: last?.valAccuracy ?? null,
    })
    .where('id', '=', id)
    .execute()
}

export async function happen(db: Kysely<Tables>, run: string, kind: string, text: string): Promise<void> {
  await db
    .insertInto('happening')
    .values({ run, at: wallClock(), kind, text: text.slice(0, MAX_NOTE) })
    .execute()
}
