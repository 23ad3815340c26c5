import { constants } from 'node:fs'
import { access, copyFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Kysely } from 'kysely'
import { systemFailure } from '../../base/system-errors.ts'
import { temporaryFolder } from '../../base/temporary.ts'
import type { Tables } from '../sql/tables.ts'
import { openDatabase, openReadOnly } from './database.ts'

/** A database that no write reaches, and what is to be done when it is closed. */
export interface ReadDatabase {
  readonly db: Kysely<Tables>
  readonly close: () => Promise<void>
}

/** Whether this user may write the database and the files beside it; also false on a disk that is mounted to be read only. */
export async function canWrite(database: string): Promise<boolean> {
  try {
    await Promise.all([database, dirname(database)].map(path => access(path, constants.W_OK)))
    return true
  } catch {
    return false
  }
}

/**
 * Opens a database that cannot be written. SQLite needs files beside it, which only a process that writes can make: where they
 * are missing, and where the tables are those of an older Heddle, a temporary copy is read.
 */
export async function openToRead(database: string): Promise<ReadDatabase> {
  const db = await openReadOnly(database)
  if (db) return { db, close: () => db.destroy() }
  const folder = await temporaryFolder('heddle-read-')
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, 'runs.db')
    await copyFile(database, copy)
    await copyFile(`${database}-wal`, `${copy}-wal`).catch(error => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    })
    const copied = await openDatabase(copy, { named: database, readOnly: true })
    return { db: copied, close: () => copied.destroy().then(remove) }
  } catch (error) {
    await remove()
    throw systemFailure(`The run store ${database} cannot be read`, error)
  }
}

/** For a folder without a store: it has no runs. */
export async function openEmpty(): Promise<ReadDatabase> {
  const db = await openDatabase(':memory:', { readOnly: true })
  return { db, close: () => db.destroy() }
}
