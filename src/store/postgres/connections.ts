import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CompiledQuery, DatabaseConnection, Dialect, QueryResult } from 'kysely'
import type * as Pg from 'pg'
import { HeddleError } from '../../base/errors.ts'
import { optionalPackage } from '../../base/optional-package.ts'
import type { Queries } from '../sql/database.ts'
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from '../sql/kysely.ts'
import { measured } from '../sql/measured.ts'
import type { Tables } from '../sql/tables.ts'
import { wallClock } from '../wall-clock.ts'
import type { PostgresAddress } from './address.ts'
import { inWords, isConflict, isLost, isStarting } from './errors.ts'

const require = createRequire(import.meta.url)
const pg = optionalPackage('pg', () => require('pg') as typeof Pg)
/** Reads the file of passwords. */
const pgpass = optionalPackage(
  'pgpass',
  () => require('pgpass') as (of: PostgresAddress, found: (password?: string) => void) => void,
)

/** A training, its sign of life and an answer at a time. */
const MOST_CONNECTIONS = 3
const CONNECT_MS = 10_000
/** A connection that was cut without a word is given up after this time. */
const ANSWER_MS = 60_000
/** How long a server may be away: it restarts, or another one takes its place. */
const PATIENCE_MS = 60_000
/** A server that has never answered may be a wrong address, or one that restarts just now. */
const FIRST_PATIENCE_MS = 3000
const MOST_CONFLICTS = 30
const PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000
const INT8 = 20

type Client = Pg.PoolClient

/** Connections to one database, and what is done again when they are lost. */
export class Connections {
  readonly #address: PostgresAddress
  readonly #pool: Pg.Pool
  #isOpen = false

  constructor(address: PostgresAddress) {
    this.#address = address
    const { user, host, port, database, encryption } = address
    // pg's own reading of ~/.pgpass prints a warning that it will be removed.
    const password = address.password ?? (() => passwordOf(address))
    this.#pool = new pg.Pool({
      ...{ user, password, host, port, database },
      ssl: encryption === 'none' ? false : { rejectUnauthorized: encryption === 'a known certificate' },
      ...{ application_name: 'heddle', max: MOST_CONNECTIONS, connectionTimeoutMillis: CONNECT_MS },
      ...{ query_timeout: ANSWER_MS, keepAlive: true, allowExitOnIdle: true },
      types: {
        // Whole numbers are those of JavaScript; beyond 2^53 they are rounded.
        getTypeParser: (oid: number, format?: 'text' | 'binary') =>
          oid === INT8 ? Number : pg.types.getTypeParser(oid, format),
      } as Pg.CustomTypesConfig,
    })
    // One that waits and is lost is replaced by the next query; one that is lost in use fails its query, or the next one.
    this.#pool.on('error', () => {})
    this.#pool.on('connect', client => client.on('error', () => {}))
  }

  /** One statement that is a transaction of its own. */
  statement(query: CompiledQuery): Promise<QueryResult<unknown>> {
    return this.again(client => new Statements(client).executeQuery(query))
  }

  /** Does `work` with a connection, and again if it is lost. Throws a `HeddleError`. */
  async again<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const begun = wallClock()
    let conflicts = 0
    for (let pause = PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        return await this.#once(work)
      } catch (error) {
        if (error instanceof HeddleError) throw error
        const patienceMs = this.#isOpen || isStarting(error) ? PATIENCE_MS : FIRST_PATIENCE_MS
        const mayBeAgain = isLost(error) || (isConflict(error) && conflicts++ < MOST_CONFLICTS)
        if (!mayBeAgain || wallClock() - begun > patienceMs) throw inWords(error, this.#address)
      }
      await sleep(pause)
    }
  }

  async #once<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    let isBroken = true
    try {
      const result = await work(client)
      this.#isOpen = true
      isBroken = false
      return result
    } catch (error) {
      isBroken = isLost(error)
      throw error
    } finally {
      client.release(isBroken)
    }
  }

  async end(): Promise<void> {
    await this.#pool.end()
  }
}

/** The password that is not in an address: PGPASSWORD, or that of ~/.pgpass. If there is none, pg's error says so. */
async function passwordOf(address: PostgresAddress): Promise<string> {
  const found = process.env.PGPASSWORD ?? (await new Promise(resolve => pgpass(address, resolve)))
  return found as string
}

/** Queries whose statements are executed by `connection`. */
export function queriesOn(connection: Pick<DatabaseConnection, 'executeQuery'>, schema: string): Queries {
  const own: DatabaseConnection = {
    executeQuery: query => connection.executeQuery(query),
    streamQuery: () => {
      throw new TypeError('rows are not streamed')
    },
  }
  const unused = async (): Promise<void> => {}
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: db => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createDriver: () => ({
      ...{ init: unused, destroy: unused, releaseConnection: unused },
      ...{ beginTransaction: unused, commitTransaction: unused, rollbackTransaction: unused },
      acquireConnection: async () => own,
    }),
  }
  return new Kysely<Tables>({ dialect }).withSchema(schema)
}

/** The statements of one connection. */
export class Statements {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  async executeQuery<R>({
    sql: text,
    parameters,
  }: Pick<CompiledQuery, 'sql' | 'parameters'>): Promise<QueryResult<R>> {
    const { rows, rowCount, command } = await this.#client.query(text, checked(parameters))
    return {
      rows: rows.map(row => measured(row) as R),
      ...(command !== 'SELECT' && { numAffectedRows: BigInt(rowCount ?? 0) }),
    }
  }
}

/** pg would write `true` as a text, and an object as JSON. */
function checked(parameters: readonly unknown[]): unknown[] {
  const wrong = parameters.findIndex(
    value =>
      value !== null &&
      !['number', 'string', 'bigint'].includes(typeof value) &&
      !(value instanceof Uint8Array),
  )
  if (wrong < 0) return [...parameters]
  throw new HeddleError(
    `The run store keeps numbers and texts; the value ${wrong + 1} of a row is ${parameters[wrong] === undefined ? 'missing' : `a ${typeof parameters[wrong]}`}.`,
  )
}
