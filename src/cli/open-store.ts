import { HeddleError } from '../base/errors.ts'
import { openStore } from '../store/sqlite/open.ts'
import type { RunStore } from '../store/store.ts'

/** The run store of a working folder, unless HEDDLE_STORE names another. */
export const STORE_FOLDER = '.heddle'

export interface StoreOptions {
  /** Where there is no store: makes one. Left out: the list of runs is empty then. */
  readonly make?: boolean
}

/** Opens a run store; runs whose process has died are marked. */
export async function openOwnStore(
  folder = process.env.HEDDLE_STORE || STORE_FOLDER,
  { make = false }: StoreOptions = {},
): Promise<RunStore> {
  const store = await openStore(folder, make ? 'write' : 'look')
  // On a full disk or a read-only one, what is there can still be read.
  await store.markDead().catch(error => {
    if (!(error instanceof HeddleError)) throw error
  })
  return store
}

/** Opens the store for `work` and closes it, however that ends. */
export async function withStore<T>(
  work: (store: RunStore) => Promise<T>,
  options: StoreOptions = {},
): Promise<T> {
  const store = await openOwnStore(undefined, options)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
