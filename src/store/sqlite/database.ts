import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type * as Sqlite from '@photostructure/sqlite'
import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite'
import type { SqliteDatabase } from 'kysely'
import { HeddleError } from '../../base/errors.ts'
import { optionalPackage } from '../../base/optional-package.ts'
import { Kysely, SqliteDialect, sql } from '../sql/kysely.ts'
import { measured } from '../sql/measured.ts'
import type { Tables } from '../sql/tables.ts'
import { migrations } from './migrations.ts'

const { DatabaseSync } = optionalPackage(
  '@photostructure/sqlite',
  () => createRequire(import.meta.url)('@photostructure/sqlite') as typeof Sqlite,
)

/** How long a write waits for another process to finish its own. */
const BUSY_MS = 20_000

export interface OpenOptions {
  /** What errors call it: it is a copy. */
  readonly named?: string
  /** Only the tables are made, and no row is written. */
  readonly readOnly?: boolean
}

/**
 * Opens the database of a store, makes or upgrades its tables. Several processes may read and write at once (WAL). A
 * commit survives the death of its process; a power failure may cost the last ones, and leaves those before whole.
 * Throws a `HeddleError` for a file that is damaged, is no store, or comes from a newer Heddle.
 */
export async function openDatabase(
  path: string,
  { named = path, readOnly = false }: OpenOptions = {},
): Promise<Kysely<Tables>> {
  // SQLite gives the files beside it the permissions of this one.
  if (path !== ':memory:' && !existsSync(path)) await writeFile(path, '', { flag: 'a', mode: 0o600 })
  const db = connect(path, named, false)
  try {
    await settings(db, ['journal_mode = wal', 'synchronous = normal', 'foreign_keys = on'])
    await migrate(db, named)
    if (readOnly) await settings(db, ['query_only = on'])
    return db
  } catch (error) {
    await db.destroy()
    throw error
  }
}

/** One that this user cannot write; `null` where SQLite cannot read it in its place, or an older Heddle made its tables. */
export async function openReadOnly(path: string): Promise<Kysely<Tables> | null> {
  const db = connect(path, path, true)
  try {
    if ((await versionOf(db, path)) === migrations.length) return db
  } catch (error) {
    if (!/CANTOPEN|READONLY/.test(codeOf((error as Error).cause))) {
      await db.destroy()
      throw error
    }
  }
  await db.destroy()
  return null
}

function connect(path: string, named: string, readOnly: boolean): Kysely<Tables> {
  const file = refusing(named, () => new DatabaseSync(path, { timeout: BUSY_MS, readOnly }))
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: dialectOf(file, named) }) })
}

async function settings(db: Kysely<Tables>, of: readonly string[]): Promise<void> {
  for (const setting of [`busy_timeout = ${BUSY_MS}`, ...of]) await sql.raw(`pragma ${setting}`).execute(db)
}

async function migrate(db: Kysely<Tables>, path: string): Promise<void> {
  if ((await versionOf(db, path)) === migrations.length) return
  await db.transaction().execute(async transaction => {
    // Another process may have done it meanwhile.
    const version = await versionOf(transaction, path)
    for (const migration of migrations.slice(version)) await migration(transaction)
    await sql.raw(`pragma user_version = ${migrations.length}`).execute(transaction)
  })
}

async function versionOf(db: Kysely<Tables>, path: string): Promise<number> {
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(db)
  const version = rows[0]!.user_version
  if (version > migrations.length) {
    throw new HeddleError(
      `The run store ${path} was written by a newer Heddle (version ${version}, this one knows ${migrations.length}): it is ` +
        'left as it is. Upgrade Heddle, or name another store with HEDDLE_STORE.',
    )
  }
  return version
}

/** What kysely asks of a database. Every parameter is checked, and every error is in the words of a `HeddleError`. */
function dialectOf(file: DatabaseSyncInstance, path: string): SqliteDatabase {
  return {
    prepare(query) {
      // A transaction that reads before it writes must not find out at its end that another one wrote meanwhile.
      const statement = refusing(path, () => file.prepare(query === 'begin' ? 'begin immediate' : query))
      return {
        reader: statement.columns().length > 0,
        all: parameters => refusing(path, () => rowsOf(statement, checked(parameters)).map(measured)),
        run(parameters) {
          try {
            return refusing(path, () => statement.run(...checked(parameters)))
          } catch (error) {
            // A full disk has rolled back already; what counts is the error before.
            if (query === 'rollback' && /no transaction is active/.test((error as Error).message)) {
              return { changes: 0, lastInsertRowid: 0 }
            }
            throw error
          }
        },
        iterate: parameters => refusing(path, () => statement.iterate(...checked(parameters))),
      }
    },
    close: () => file.close(),
  }
}

/** SQLite would take `true` for 1, a function for its source, and nothing at all for the parameter before. */
function checked(parameters: readonly unknown[]): readonly unknown[] {
  const wrong = parameters.findIndex(
    value => value !== null && !['number', 'string', 'bigint'].includes(typeof value),
  )
  // SQLite would keep NaN as null, which is "not measured" here.
  if (wrong < 0) return parameters.map(value => (Number.isNaN(value) ? 'NaN' : value))
  throw new HeddleError(
    `The run store keeps numbers and texts; the value ${wrong + 1} of a row is ${parameters[wrong] === undefined ? 'missing' : `a ${typeof parameters[wrong]}`}.`,
  )
}

/** Whole numbers beyond 2^53 (only a damaged or edited file has them) are rounded: one of them must not hide the other rows. */
function rowsOf(statement: StatementSyncInstance, parameters: readonly unknown[]): unknown[] {
  try {
    return statement.all(...parameters)
  } catch (error) {
    if (!/too large to be represented/.test((error as Error).message)) throw error
  }
  statement.setReadBigInts(true)
  const asNumbers = (row: Record<string, unknown>): object =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [key, typeof value === 'bigint' ? Number(value) : value]),
    )
  return statement.all(...parameters).map(asNumbers)
}

const reasons: Readonly<Record<string, (path: string) => string>> = {
  FULL: path => `The disk is full: the run store ${path} keeps what it had. Make room and try again.`,
  CANTOPEN: unwritable,
  READONLY: unwritable,
  PERM: unwritable,
  AUTH: unwritable,
  BUSY: path => `The run store ${path} was locked by another process for ${BUSY_MS / 1000} s. Try again.`,
  IOERR: path => `The run store ${path} could not be read or written: the disk refused. Is it full, or gone?`,
  NOMEM: path =>
    `There is not enough memory to read the run store ${path}. Close other programs, then try again.`,
}

function unwritable(path: string): string {
  return (
    `The run store ${path} cannot be written: the folder or file is read-only, or not there. Change its permissions, ` +
    'name another one with HEDDLE_STORE, or run with --no-record.'
  )
}

/** The queries are right for a sound file, so that any other refusal is due to the file. */
function damaged(path: string): string {
  return (
    `The run store ${path} is damaged. Checkpoints and artefacts beside it are whole; copy the folder, then try: ` +
    'sqlite3 runs.db .recover | sqlite3 new.db'
  )
}

/** SQLite's own words, for the errors of a query that reads: they come without a code. */
const codes: Readonly<Record<string, string>> = {
  'unable to open database file': 'CANTOPEN',
  'attempt to write a readonly database': 'READONLY',
  'database is locked': 'BUSY',
  'disk I/O error': 'IOERR',
  'database or disk is full': 'FULL',
  'out of memory': 'NOMEM',
}

/** `CANTOPEN`, `BUSY`, …; empty for an error that is none of SQLite's. */
function codeOf(error: unknown): string {
  const { sqliteCodeName, message = '' } = (error ?? {}) as { sqliteCodeName?: string; message?: string }
  return sqliteCodeName?.replace('SQLITE_', '') ?? codes[message] ?? ''
}

/** The database's errors in the words of a `HeddleError`. */
function refusing<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { message } = error as Error
    const code = codeOf(error)
    // A query that is wrong is our defect; a schema that is wrong has another code.
    const isOurs = code === 'ERROR' && message.endsWith('syntax error')
    if (error instanceof HeddleError || isOurs) throw error
    const reason = reasons[code] ?? damaged
    throw new HeddleError(`${reason(path)} (${message})`, { cause: error })
  }
}
