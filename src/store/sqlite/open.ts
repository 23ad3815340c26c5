import type { RunStore } from '../store.ts'
import { openDatabase } from './database.ts'
import { canWrite, openEmpty, openToRead } from './reading.ts'
import { SqliteStore } from './run-store.ts'
import { StoreFolder } from './store-folder.ts'

/**
 * Opens the run store of a folder.
 *
 * - `write`, the default: makes the store where there is none. Throws a `HeddleError` where it cannot be written.
 * - `look`: makes nothing. Where there is no store there are no runs, and a store that cannot be written can be read; one that can
 *   be written is opened as by `write`.
 *
 * Both throw a `HeddleError` for a file that is damaged, is no store, or comes from a newer Heddle.
 */
export async function openStore(folder: string, mode: 'write' | 'look' = 'write'): Promise<RunStore> {
  const place = new StoreFolder(folder)
  if (mode === 'look' && !place.holdsStore()) return new SqliteStore(place, await openEmpty(), false)
  if (mode === 'look' && !(await canWrite(place.database)))
    return new SqliteStore(place, await openToRead(place.database), false)
  await place.make()
  const db = await openDatabase(place.database)
  return new SqliteStore(place, { db, close: () => db.destroy() }, true)
}
