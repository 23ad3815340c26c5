import { LruCache } from '../../base/lru.ts'
import type { Dataset } from '../../data/dataset.ts'
import type { Backend } from '../../engine/backend.ts'
import { Neighbourhood } from '../../insight/explain/neighbours.ts'
import type { Network } from '../../network/network.ts'
import { storedModel } from '../../runs/stored.ts'
import type { RunStore } from '../../store/store.ts'
import type { Datasets } from './datasets.ts'

/** Training images that neighbours are looked for among: the first ones. */
const MOST_NEIGHBOURS = 10_000
const MOST_LOADED = 4

/** A run's network with its data: what single images are asked of. */
interface Asked {
  readonly network: Network
  readonly data: Dataset
  /** Made when it is first asked for. */
  neighbourhood?: Promise<Neighbourhood>
}

/** The trained networks that pages look into; the few that were asked last stay in memory. */
export class Networks {
  readonly #store: RunStore
  readonly #datasets: Datasets
  readonly #backend: Backend
  readonly #loaded = new LruCache<Asked>(MOST_LOADED)

  constructor(store: RunStore, datasets: Datasets, backend: Backend) {
    this.#store = store
    this.#datasets = datasets
    this.#backend = backend
  }

  /** Throws a `UsageError` where the run has kept no network, or its data has changed. */
  of(run: string): Promise<Asked> {
    return this.#loaded.get(run, () => this.#load(run))
  }

  async neighbourhood(run: string): Promise<Neighbourhood> {
    const asked = await this.of(run)
    const { images } = asked.data.train.first(MOST_NEIGHBOURS)
    asked.neighbourhood ??= Neighbourhood.of(asked.network, images, asked.network.about.pixelRange)
    return asked.neighbourhood
  }

  async #load(run: string): Promise<Asked> {
    const data = await this.#datasets.ofRun(run)
    return { network: await storedModel(this.#store, await this.#store.run(run), this.#backend), data }
  }
}
