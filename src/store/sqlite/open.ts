import type { RunStore } from '../store.ts'
import { checkedUser, systemUser } from '../user.ts'
import { openDatabase } from './database.ts'
import { canWrite, openEmpty, openToRead } from './reading.ts'
import { SqliteStore } from './run-store.ts'
import { StoreFolder } from './store-folder.ts'

export interface OpenOptions {
  /** Who begins runs and searches; left out: the system's user. */
  readonly user?: string | undefined
}

/**
 * Opens the run store of a folder.
 *
 * - `write`, the default: makes the store if there is none. Throws a `HeddleError` if it cannot be written.
 * - `look`: makes nothing. A missing store has no runs. A store that cannot be written is opened for reading; one that can be
 *   written is opened as by `write`.
 *
 * Both throw a `HeddleError` for a file that is damaged, is no store, or comes from a newer Heddle.
 */
export async function openStore(
  folder: string,
  mode: 'write' | 'look' = 'write',
  options: OpenOptions = {},
): Promise<RunStore> {
  const user = checkedUser(options.user ?? systemUser())
  const place = new StoreFolder(folder)
  if (mode === 'look' && !place.holdsStore())
    return new SqliteStore(place, await openEmpty(), { user, isWritable: false })
  if (mode === 'look' && !(await canWrite(place.database)))
    return new SqliteStore(place, await openToRead(place.database), { user, isWritable: false })
  await place.make()
  const db = await openDatabase(place.database)
  return new SqliteStore(place, { db, close: () => db.destroy() }, { user, isWritable: true })
}
