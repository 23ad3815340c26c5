import { SqlStore } from '../sql/run-store.ts'
import type { RunStore } from '../store.ts'
import { checkedUser, systemUser } from '../user.ts'
import { openDatabase } from './database.ts'
import { FolderFiles } from './files.ts'
import { canWrite, openEmpty, openToRead, type ReadDatabase } from './reading.ts'
import { SqliteDatabase } from './sqlite-database.ts'
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
  { user = systemUser() }: OpenOptions = {},
): Promise<RunStore> {
  const place = new StoreFolder(folder)
  const storeOn = ({ db, close }: ReadDatabase, isWritable: boolean): RunStore => {
    place.opened()
    return new SqlStore({
      ...{ where: place.path, folder: place.path, environment: { HEDDLE_STORE: place.path } },
      ...{ database: new SqliteDatabase(db, close), files: new FolderFiles(place, db) },
      ...{ user: checkedUser(user), isWritable },
    })
  }
  if (mode === 'look' && !place.holdsStore()) return storeOn(await openEmpty(), false)
  if (mode === 'look' && !(await canWrite(place.database)))
    return storeOn(await openToRead(place.database), false)
  await place.make()
  const db = await openDatabase(place.database)
  return storeOn({ db, close: () => db.destroy() }, true)
}
