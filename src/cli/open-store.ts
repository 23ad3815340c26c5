import { HeddleError } from '../base/errors.ts'
import { openStore } from '../store/sqlite/open.ts'
import type { RunStore } from '../store/store.ts'

/** Of a folder that no variable names. */
const FOLDER = '.heddle'

export interface StoreOptions {
  /** Where there is no store: makes one. Left out: there are no runs then, and nothing is made. */
  readonly make?: boolean
}

/** The run store of HEDDLE_STORE, or of the working folder; runs whose process has died are marked. */
export async function openOwnStore(
  env: NodeJS.ProcessEnv,
  { make = false }: StoreOptions = {},
): Promise<RunStore> {
  const folder = env.HEDDLE_STORE || FOLDER
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
  const store = await openOwnStore(process.env, options)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
