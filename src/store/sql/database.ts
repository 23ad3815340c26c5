import type { Kysely, RawBuilder, SelectQueryBuilder } from 'kysely'
import type { Tables } from './tables.ts'

/** The database that answers queries, or a transaction of it. */
export type Queries = Kysely<Tables>

/** What differs between the databases, beside their tables. */
export interface Database {
  /** Queries of one statement, each a transaction of its own. */
  readonly queries: Queries
  /**
   * Does all of `work`, or nothing of it. If the connection is lost or other transactions are in the way, it is done again, with what the
   * database holds then: `work` changes nothing else.
   */
  write<T>(work: (db: Queries) => Promise<T>): Promise<T>
  /** All queries of `work` see the database at one moment. */
  read<T>(work: (db: Queries) => Promise<T>): Promise<T>
  /** Other transactions that lock the same name wait for the end of this one. */
  lock(db: Queries, name: string): Promise<void>
  /** Rows that another transaction is about to change are left out. */
  skipLocked<DB, T extends keyof DB, O>(query: SelectQueryBuilder<DB, T, O>): SelectQueryBuilder<DB, T, O>
  /** Its clock: milliseconds since 1970. */
  now(): RawBuilder<number>
  /** A number out of the JSON of the column `metrics`. */
  metric(name: string): RawBuilder<number>
  /** Whether a worker may still do its slice; `silentMs` is the time since its last sign of life. */
  isWorking(owner: string | null, silentMs: number): boolean
  /** See `RunStore.revision`. */
  revision(): Promise<string>
  close(): Promise<void>
}
