import { resolve } from 'node:path'
import { SqlStore, type SqlStoreOptions } from '../sql/run-store.ts'
import { FolderFiles } from '../sqlite/files.ts'
import { openEmpty } from '../sqlite/reading.ts'
import { SqliteDatabase } from '../sqlite/sqlite-database.ts'
import { StoreFolder } from '../sqlite/store-folder.ts'
import type { RunStore } from '../store.ts'
import { checkedUser, systemUser } from '../user.ts'
import { type PostgresAddress, parseAddress } from './address.ts'
import { Connections } from './connections.ts'
import { DatabaseFiles } from './database-files.ts'
import { madeAs, migrate } from './migrations.ts'
import { PostgresDatabase } from './postgres-database.ts'
import { Bucket, S3Files } from './s3-files.ts'

export interface PostgresOptions {
  /** `write` makes the tables where there are none; `look` makes nothing: without tables there are no runs. */
  readonly mode: 'write' | 'look'
  readonly user?: string | undefined
  /** Where artefacts and checkpoints are: `s3://bucket/prefix`; left out: in the database. */
  readonly files?: string | undefined
  /** After this silence of a worker its slice is given to another one. */
  readonly leaseMs?: number | undefined
}

/** Opens the store of a PostgreSQL database. Throws a `HeddleError` that names host and database, and never a password. */
export async function openPostgres(
  text: string,
  { mode, user = systemUser(), files, leaseMs }: PostgresOptions,
): Promise<RunStore> {
  const address = parseAddress(text)
  const { where, schema } = address
  const about = {
    where,
    user: checkedUser(user),
    folder: folderOf(address),
    environment: { HEDDLE_STORE: text, HEDDLE_USER: user },
  }
  const connections = new Connections(address)
  try {
    const made = mode === 'look' ? await madeAs(connections, address) : null
    if (mode === 'look' && made === null) {
      await connections.end()
      return await emptyStore(about)
    }
    const isWritable = made === null || (await canWrite(connections, schema))
    const { files: place } = isWritable ? await migrate(connections, address, files) : made!
    const database = new PostgresDatabase(connections, schema, leaseMs)
    const kept =
      place === null
        ? new DatabaseFiles(database, where)
        : new S3Files(database, new Bucket(place, process.env))
    return new SqlStore({ ...about, database, files: kept, isWritable })
  } catch (error) {
    await connections.end().catch(() => {})
    throw error
  }
}

/** Below the working folder: what a machine keeps for itself of a store that others share. */
function folderOf({ host, port, database, schema }: PostgresAddress): string {
  const name = [host, port, database, schema].join('-').replaceAll(/[^\w.-]+/g, '_')
  return resolve('.heddle', 'shared', name)
}

/** For a database without tables: it has no runs. */
async function emptyStore(
  about: Pick<SqlStoreOptions, 'where' | 'user' | 'folder' | 'environment'>,
): Promise<RunStore> {
  const { db, close } = await openEmpty()
  const files = new FolderFiles(new StoreFolder(about.folder), db)
  return new SqlStore({ ...about, database: new SqliteDatabase(db, close), files, isWritable: false })
}

/** Not a standby, nor a user who may only read. */
async function canWrite(connections: Connections, schema: string): Promise<boolean> {
  return connections.again(async client => {
    const { rows } = await client.query(
      "select not pg_is_in_recovery() and has_table_privilege($1, 'insert') as writable",
      [`${schema}.run`],
    )
    return (rows[0] as { writable: boolean }).writable
  })
}
