import { HeddleError } from '../spec/errors.ts'
import { RunStore } from '../store/run-store.ts'

/** Of a folder that no variable names. */
const FOLDER = '.heddle'

/** The run store of HEDDLE_STORE, or of the working folder; runs whose process has died are marked. */
export async function openStore(env: NodeJS.ProcessEnv): Promise<RunStore> {
  const store = await RunStore.open(env.HEDDLE_STORE || FOLDER)
  // On a full disk or a read-only one, what is there can still be read.
  await store.markDead().catch(error => {
    if (!(error instanceof HeddleError)) throw error
  })
  return store
}

/** Opens the store for `work` and closes it, however that ends. */
export async function withStore<T>(work: (store: RunStore) => Promise<T>): Promise<T> {
  const store = await openStore(process.env)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
