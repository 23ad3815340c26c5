import type { Transaction } from 'kysely'
import type { Step, Tables } from './schema.ts'

/** As many rows go into one statement as SQLite has parameters for. */
const ROWS_AT_ONCE = 500

export async function addSteps(
  db: Transaction<Tables>,
  run: string,
  steps: readonly Omit<Step, 'run'>[],
): Promise<void> {
  for (let i = 0; i < steps.length; i += ROWS_AT_ONCE) {
    const rows = steps.slice(i, i + ROWS_AT_ONCE).map(step => ({ run, ...step }))
    await db.insertInto('step').values(rows).execute()
  }
}
