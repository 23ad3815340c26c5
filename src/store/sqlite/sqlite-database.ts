import type { RawBuilder, SelectQueryBuilder } from 'kysely'
import { isAlive } from '../process-identity.ts'
import type { Database, Queries } from '../sql/database.ts'
import { sql } from '../sql/kysely.ts'
import { wallClock } from '../wall-clock.ts'

/** A process of this machine is known to live or not; a worker of another one is given away after this silence. */
const LEASE_MS = 75_000

/** A file: one writes at a time, and the clock is that of its machine. */
export class SqliteDatabase implements Database {
  readonly queries: Queries
  readonly #close: () => Promise<void>

  constructor(queries: Queries, close: () => Promise<void>) {
    this.queries = queries
    this.#close = close
  }

  write<T>(work: (db: Queries) => Promise<T>): Promise<T> {
    return this.queries.transaction().execute(work)
  }

  read<T>(work: (db: Queries) => Promise<T>): Promise<T> {
    return this.queries.connection().execute(async db => {
      await sql`begin deferred`.execute(db)
      try {
        return await work(db)
      } finally {
        await sql`commit`.execute(db)
      }
    })
  }

  async lock(): Promise<void> {}

  skipLocked<DB, T extends keyof DB, O>(query: SelectQueryBuilder<DB, T, O>): SelectQueryBuilder<DB, T, O> {
    return query
  }

  now(): RawBuilder<number> {
    return sql<number>`${wallClock()}`
  }

  metric(name: string): RawBuilder<number> {
    return sql<number>`metrics ->> ${name}`
  }

  isWorking(owner: string | null, silentMs: number): boolean {
    return isAlive(owner, silentMs, LEASE_MS)
  }

  async revision(): Promise<string> {
    const { rows: others } = await sql<{ data_version: number }>`pragma data_version`.execute(this.queries)
    const { rows: own } = await sql<{ count: number }>`select total_changes() as count`.execute(this.queries)
    return `${others[0]!.data_version} ${own[0]!.count}`
  }

  /** Moves what was written last into the main file, if no other process uses it, so that a copy of it alone is whole. */
  async close(): Promise<void> {
    await sql`pragma wal_checkpoint(passive)`.execute(this.queries).catch(() => {})
    await this.#close()
  }
}
