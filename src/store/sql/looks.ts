import type { LookStore } from '../store.ts'
import type { Database } from './database.ts'
import { sql } from './kysely.ts'

export function looksIn(database: Database, isWritable: boolean): LookStore {
  return {
    async add(fingerprint, kind, runs) {
      const look = { at: database.now(), fingerprint, kind, runs }
      if (isWritable) await database.write(db => db.insertInto('look').values(look).execute())
    },
    async count(fingerprint) {
      const rows = await database.queries
        .selectFrom('look')
        .select(['kind', sql<number>`count(*)`.as('times')])
        .where('fingerprint', '=', fingerprint)
        .groupBy('kind')
        .execute()
      const counted = Object.fromEntries(rows.map(({ kind, times }) => [kind, times]))
      return { evaluate: 0, compare: 0, report: 0, ...counted }
    },
  }
}
