import { HeddleError } from '../base/errors.ts'
import type { Backend } from '../engine/backend.ts'
import type { Network } from '../network/network.ts'
import { storedData, storedModel } from '../runs/stored.ts'
import { namedModel } from './asked-images.ts'
import { loading } from './loading.ts'
import { isModelFile, namedRun, withStore } from './named-run.ts'
import type { Terminal } from './terminal.ts'

/** A model with pictures that it was not trained on. */
export interface ModelWithImages {
  readonly network: Network
  /** Left out: its data is not known, or not there. */
  readonly images?: Uint8Array
}

interface Given {
  readonly backend: Backend
  readonly terminal: Terminal
  readonly dataDir: string | undefined
}

/** A model by its name on the command line, and the validation or test images of its run, as far as they are there. */
export async function modelWithImages(
  wanted: string,
  { backend, terminal, dataDir }: Given,
): Promise<ModelWithImages> {
  if (isModelFile(wanted)) return { network: await namedModel(wanted, backend) }
  return withStore(async store => {
    const run = await store.run(await namedRun(store, wanted))
    const network = await storedModel(store, run, backend)
    try {
      const data = await loading({ terminal, dataDir }, options => storedData(store, run, options))
      return { network, images: (data.validation ?? data.test).images }
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error
      terminal.notice(`Noise takes the place of the run's pictures in the file: ${error.message}`)
      return { network }
    }
  })
}
