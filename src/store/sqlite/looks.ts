import type { Kysely } from 'kysely'
import type { LookKind } from '../rows.ts'
import type { LookStore } from '../store.ts'
import { wallClock } from '../wall-clock.ts'
import { sql } from './kysely.ts'
import type { Tables } from './schema.ts'

export class Looks implements LookStore {
  readonly #db: Kysely<Tables>
  readonly #isWritable: boolean

  constructor(db: Kysely<Tables>, isWritable: boolean) {
    this.#db = db
    this.#isWritable = isWritable
  }

  async add(fingerprint: string, kind: LookKind, runs: number): Promise<void> {
    if (this.#isWritable)
      await this.#db.insertInto('look').values({ at: wallClock(), fingerprint, kind, runs }).execute()
  }

  async count(fingerprint: string): Promise<Readonly<Record<LookKind, number>>> {
    const rows = await this.#db
      .selectFrom('look')
      .select(['kind', sql<number>`count(*)`.as('times')])
      .where('fingerprint', '=', fingerprint)
      .groupBy('kind')
      .execute()
    const counted = Object.fromEntries(rows.map(({ kind, times }) => [kind, times]))
    return { evaluate: 0, compare: 0, report: 0, ...counted }
  }
}
