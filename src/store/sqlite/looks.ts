import type { Kysely } from 'kysely'
import type { LookStore } from '../store.ts'
import { wallClock } from '../wall-clock.ts'
import { sql } from './kysely.ts'
import type { Tables } from './schema.ts'

export function looksIn(db: Kysely<Tables>, isWritable: boolean): LookStore {
  return {
    async add(fingerprint, kind, runs) {
      if (isWritable)
        await db.insertInto('look').values({ at: wallClock(), fingerprint, kind, runs }).execute()
    },
    async count(fingerprint) {
      const rows = await db
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
