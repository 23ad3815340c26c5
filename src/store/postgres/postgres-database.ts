import { randomUUID } from 'node:crypto'
import type { RawBuilder, SelectQueryBuilder } from 'kysely'
import type * as Pg from 'pg'
import { isAlive } from '../process-identity.ts'
import type { Database, Queries } from '../sql/database.ts'
import { sql } from '../sql/kysely.ts'
import { type Connections, queriesOn, Statements } from './connections.ts'
import { isLost } from './errors.ts'

/** A worker that is silent for this long is taken for dead, wherever it runs: it may have been stopped, or cut off. */
const LEASE_MS = 75_000
const WRITES_PER_PRUNING = 500

/** A process that stops within a transaction must not hold its locks for long, nor wait for those of others for ever. */
const BEGIN = `begin; set local idle_in_transaction_session_timeout = '20s'; set local lock_timeout = '30s'`
const BEGIN_READING = `begin isolation level repeatable read read only; set local idle_in_transaction_session_timeout = '20s'`

type Client = Pg.PoolClient

/** A server that any number of machines share: its clock counts. */
export class PostgresDatabase implements Database {
  readonly queries: Queries
  readonly #connections: Connections
  readonly #schema: string
  readonly #leaseMs: number
  #writes = 0

  constructor(connections: Connections, schema: string, leaseMs = LEASE_MS) {
    this.#connections = connections
    this.#schema = schema
    this.#leaseMs = leaseMs
    this.queries = queriesOn({ executeQuery: query => connections.statement(query) as never }, schema)
  }

  async write<T>(work: (db: Queries) => Promise<T>): Promise<T> {
    // Written with everything else: if the connection is lost during the commit, its row says whether that was done.
    const token = randomUUID()
    let doubtful: { readonly result: T } | null = null
    const attempt = (client: Client): Promise<T> =>
      this.#within(client, BEGIN, async db => {
        const result = await work(db)
        await client.query(
          `insert into ${this.#schema}.written (token) select $1 where pg_current_xact_id_if_assigned() is not null`,
          [token],
        )
        doubtful = { result }
        return result
      })
    if (++this.#writes % WRITES_PER_PRUNING === 0) await this.#prune()
    return this.#connections.again(async client => {
      const earlier = doubtful
      if (earlier && (await this.#isWritten(client, token))) return earlier.result
      try {
        return await attempt(client)
      } catch (error) {
        // The server may have been about to commit what was in doubt.
        if (earlier && !isLost(error) && (await this.#isWritten(client, token))) return earlier.result
        throw error
      }
    })
  }

  /** Removes rows that no process asks for any more. */
  async #prune(): Promise<void> {
    const text = `delete from ${this.#schema}.written where at < now() - interval '10 minutes'`
    await this.#connections.again(client => client.query(text))
  }

  /** Numbers of transactions would not do: a server that fails may give one to another transaction. */
  async #isWritten(client: Client, token: string): Promise<boolean> {
    const { rowCount } = await client.query(`select from ${this.#schema}.written where token = $1`, [token])
    return rowCount === 1
  }

  async read<T>(work: (db: Queries) => Promise<T>): Promise<T> {
    return this.#connections.again(client => this.#within(client, BEGIN_READING, work))
  }

  async #within<T>(client: Client, begin: string, work: (db: Queries) => Promise<T>): Promise<T> {
    await client.query(begin)
    try {
      const result = await work(queriesOn(new Statements(client), this.#schema))
      await client.query('commit')
      return result
    } catch (error) {
      if (!isLost(error)) await client.query('rollback')
      throw error
    }
  }

  async lock(db: Queries, name: string): Promise<void> {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`${this.#schema} ${name}`}, 0))`.execute(db)
  }

  skipLocked<DB, T extends keyof DB, O>(query: SelectQueryBuilder<DB, T, O>): SelectQueryBuilder<DB, T, O> {
    return query.forUpdate().skipLocked()
  }

  now(): RawBuilder<number> {
    return sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::float8`
  }

  metric(name: string): RawBuilder<number> {
    return sql<number>`(metrics::json ->> ${name}::text)::float8`
  }

  isWorking(owner: string | null, silentMs: number): boolean {
    return silentMs < this.#leaseMs && isAlive(owner, silentMs, this.#leaseMs)
  }

  /** It also changes when another database of the server is written: a reader then looks for nothing. */
  async revision(): Promise<string> {
    const query = sql<{ revision: string }>`select pg_current_snapshot()::text as revision`
    return (await query.execute(this.queries)).rows[0]!.revision
  }

  async close(): Promise<void> {
    await this.#connections.end()
  }
}
