import type { RawBuilder } from 'kysely'
import { toJson } from '../../protocol/json.ts'
import { MAX_NOTE } from '../cells.ts'
import type { Happening, Step } from '../rows.ts'
import type { Queries } from './database.ts'

/** What lists show of the epochs that are there. */
export async function summarize(db: Queries, id: string): Promise<void> {
  const last = await db
    .selectFrom('epoch')
    .selectAll()
    .where('run', '=', id)
    .orderBy('epoch', 'desc')
    .limit(1)
    .executeTakeFirst()
  const { learningRate: _, ...metrics } = last?.metrics ?? {}
  await db
    .updateTable('run')
    .set({ epochsDone: last ? last.epoch + 1 : 0, metrics: toJson(metrics) })
    .where('id', '=', id)
    .execute()
}

export async function happen(
  db: Queries,
  run: string,
  {
    text,
    ...happening
  }: Pick<Happening, 'kind' | 'text'> & { readonly at: RawBuilder<number>; readonly step?: number },
): Promise<void> {
  await db
    .insertInto('happening')
    .values({ run, text: text.slice(0, MAX_NOTE), ...happening })
    .execute()
}

/** Upper limit of the rows of one statement: SQLite takes 32,766 parameters. */
const ROWS_AT_ONCE = 500

export async function addSteps(db: Queries, run: string, steps: readonly Omit<Step, 'run'>[]): Promise<void> {
  for (let i = 0; i < steps.length; i += ROWS_AT_ONCE) {
    const rows = steps.slice(i, i + ROWS_AT_ONCE).map(step => ({ run, ...step }))
    await db.insertInto('step').values(rows).execute()
  }
}
