import type { Kysely } from 'kysely'
import { sql } from './kysely.ts'
import type { LookKind, Tables } from './schema.ts'
import { wallClock } from './wall-clock.ts'

/** Who chooses by test images trains on them: how often they have been looked at, besides the test at the end of each run. */
export class Looks {
  readonly #db: Kysely<Tables>
  readonly #isWritable: boolean

  constructor(db: Kysely<Tables>, isWritable: boolean) {
    this.#db = db
    this.#isWritable = isWritable
  }

  /** Somebody looks at what runs make of the test images of the data with a fingerprint. A store that cannot be written forgets it. */
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
