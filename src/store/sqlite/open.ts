import { SqlStore } from '../sql/run-store.ts'
import type { RunStore } from '../store.ts'
import { checkedUser, systemUser } from '../user.ts'
import { openDatabase } from './database.ts'
import { FolderFiles } from './files.ts'
import { canWrite, openEmpty, openToRead, type ReadDatabase } from './reading.ts'
import { SqliteDatabase } from './sqlite-database.ts'
import { StoreFolder } from './store-folder.ts'

/** The store of a folder: see `openStore`. */
export async function openFolder(
  folder: string,
  mode: 'write' | 'look' = 'write',
  { user = systemUser() }: { readonly user?: string | undefined } = {},
): Promise<RunStore> {
  const place = new StoreFolder(folder)
  const storeOn = ({ db, close }: ReadDatabase, isWritable: boolean): RunStore => {
    place.opened()
    return new SqlStore({
      ...{
        where: place.path,
        folder: place.path,
        environment: { HEDDLE_STORE: place.path, HEDDLE_USER: user },
      },
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
