import { Kysely, SqliteDialect, sql } from 'kysely'
import Database from 'libsql'
import { HeddleError } from '../spec/errors.ts'
import { migrations, type Tables } from './schema.ts'

/** How long a write waits for another process to finish its own. */
const BUSY_MS = 20_000

/**
 * Opens the database of a store, makes or upgrades its tables. Several processes may read and write at once (WAL). A
 * commit survives the death of its process; a power failure may cost the last ones, and leaves those before whole.
 * Throws a `HeddleError` for a file that is damaged, is no store, or comes from a newer Heddle.
 */
export async function openDatabase(path: string): Promise<Kysely<Tables>> {
  const file = refusing(path, () => new Database(path, { timeout: BUSY_MS }))
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: dialectOf(file, path) }) })
  try {
    for (const setting of [
      `busy_timeout = ${BUSY_MS}`,
      'journal_mode = wal',
      'synchronous = normal',
      'foreign_keys = on',
    ]) {
      await sql.raw(`pragma ${setting}`).execute(db)
    }
    await migrate(db, path)
    return db
  } catch (error) {
    file.close()
    throw error
  }
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

/** What kysely asks of a database, with libsql's ways made SQLite's. */
function dialectOf(file: Database.Database, path: string) {
  return {
    prepare(query: string) {
      // A transaction that reads before it writes must not find out at its end that another one wrote meanwhile.
      const statement = refusing(path, () => file.prepare(query === 'begin' ? 'begin immediate' : query))
      return {
        reader: statement.reader,
        all: (parameters: readonly unknown[]) => refusing(path, () => statement.all(...parameters)),
        run: (parameters: readonly unknown[]) => {
          try {
            return refusing(path, () => statement.run(...parameters))
          } catch (error) {
            // A full disk has rolled back already; what counts is the error before.
            if (query === 'rollback' && /no transaction is active/.test((error as Error).message)) {
              return { changes: 0, lastInsertRowid: 0 }
            }
            throw error
          }
        },
        iterate: (parameters: readonly unknown[]) =>
          refusing(path, () => statement.iterate(...parameters)) as IterableIterator<unknown>,
      }
    },
    close: () => void file.close(),
  }
}

const reasons: readonly (readonly [code: RegExp, what: (path: string) => string])[] = [
  [
    /^SQLITE_FULL/,
    path => `The disk is full: the run store ${path} keeps what it had. Make room and try again.`,
  ],
  [
    /^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)/,
    path =>
      `The run store ${path} cannot be written: the folder or file is read-only, or not there. Change its permissions, name another one with HEDDLE_STORE, or run with --no-record; to read it, copy its folder.`,
  ],
  [
    /^SQLITE_(CORRUPT|NOTADB)/,
    path =>
      `The run store ${path} is damaged. Checkpoints and artefacts beside it are whole; copy the folder, then try: sqlite3 runs.db .recover | sqlite3 new.db`,
  ],
  [
    /^SQLITE_BUSY/,
    path => `The run store ${path} was locked by another process for ${BUSY_MS / 1000} s. Try again.`,
  ],
  [
    /^SQLITE_IOERR/,
    path => `The run store ${path} could not be read or written: the disk refused. Is it full, or gone?`,
  ],
]

/** The database's errors in the words of a `HeddleError`. */
function refusing<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    const reason = reasons.find(([pattern]) => pattern.test(code ?? '') || pattern.test(symbolFor(message)))
    if (!reason) throw error
    throw new HeddleError(`${reason[1](path)} (${message})`, { cause: error })
  }
}

/** Opening fails without a code. */
function symbolFor(message: string): string {
  if (/unable to open|read-?only|permission/i.test(message)) return 'SQLITE_CANTOPEN'
  if (/not a database|malformed/i.test(message)) return 'SQLITE_NOTADB'
  if (/disk is full/i.test(message)) return 'SQLITE_FULL'
  return ''
}
