import type { RawBuilder, SelectQueryBuilder } from 'kysely'
import type * as Pg from 'pg'
import { isAlive } from '../process-identity.ts'
import type { Database, Queries } from '../sql/database.ts'
import { sql } from '../sql/kysely.ts'
import { type Connections, queriesOn, Statements } from './connections.ts'
import { isLost } from './errors.ts'

/** A worker that is silent for this long is taken for dead, wherever it runs: it may have been stopped, or cut off. */
const LEASE_MS = 75_000

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

  constructor(connections: Connections, schema: string, leaseMs = LEASE_MS) {
    this.#connections = connections
    this.#schema = schema
    this.#leaseMs = leaseMs
    this.queries = queriesOn({ executeQuery: query => connections.statement(query) as never }, schema)
  }

  async write<T>(work: (db: Queries) => Promise<T>): Promise<T> {
    let doubtful: { readonly transaction: string; readonly result: T } | null = null
    return this.#connections.again(async client => {
      if (doubtful && (await wasCommitted(client, doubtful.transaction))) return doubtful.result
      doubtful = null
      return this.#within(client, BEGIN, work, (transaction, result) => {
        doubtful = { transaction, result }
      })
    })
  }

  async read<T>(work: (db: Queries) => Promise<T>): Promise<T> {
    return this.#connections.again(client => this.#within(client, BEGIN_READING, work))
  }

  async #within<T>(
    client: Client,
    begin: string,
    work: (db: Queries) => Promise<T>,
    onDoubt?: (transaction: string, result: T) => void,
  ): Promise<T> {
    await client.query(begin)
    let transaction: string | null = null
    try {
      const result = await work(queriesOn(new Statements(client), this.#schema))
      if (onDoubt) transaction = await transactionOf(client)
      // If the connection is lost now, the transaction may have been committed or not.
      if (transaction !== null) onDoubt!(transaction, result)
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

/** `null`: it has written nothing. */
async function transactionOf(client: Client): Promise<string | null> {
  const { rows } = await client.query('select pg_current_xact_id_if_assigned()::text as id')
  return (rows[0] as { id: string | null }).id
}

/** Asked of the server after the connection was lost during a commit. */
async function wasCommitted(client: Client, transaction: string): Promise<boolean> {
  for (;;) {
    const { rows } = await client.query('select pg_xact_status($1::xid8) as status', [transaction])
    const { status } = rows[0] as { status: string | null }
    // A server that was cut off from its client ends the transaction by itself.
    if (status !== 'in progress') return status === 'committed'
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
