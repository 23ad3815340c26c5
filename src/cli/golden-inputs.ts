import { basename, extname } from 'node:path'
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
  /** How people call it. */
  readonly title: string
  /** Left out: its data is not known, or not there. */
  readonly images?: Uint8Array
}

interface Given {
  readonly backend: Backend
  readonly terminal: Terminal
  readonly dataDir: string | undefined
  readonly examples: 'data' | 'noise'
}

/** A model by its name on the command line, and the validation or test images of its run, as far as they are there. */
export async function modelWithImages(
  wanted: string,
  { backend, terminal, dataDir, examples }: Given,
): Promise<ModelWithImages> {
  if (isModelFile(wanted)) {
    return { network: await namedModel(wanted, backend), title: basename(wanted, extname(wanted)) }
  }
  return withStore(async store => {
    const run = await store.run(await namedRun(store, wanted))
    const network = await storedModel(store, run, backend)
    const title = `${run.experiment}/${run.model}`
    if (examples === 'noise') return { network, title }
    try {
      const data = await loading({ terminal, dataDir }, options => storedData(store, run, options))
      return { network, title, images: (data.validation ?? data.test).images }
    } catch (error) {
      if (!(error instanceof HeddleError)) throw error
      terminal.notice(`Noise takes the place of the run's pictures in the file: ${error.message}`)
      return { network, title }
    }
  })
}
