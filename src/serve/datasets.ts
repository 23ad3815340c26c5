import type { Dataset } from '../data/dataset.ts'
import {
  type DataSource,
  fashionMnist,
  fashionMnistMini,
  loadDataset,
  parseDataSource,
  withAbsolutePaths,
} from '../data/source.ts'
import type { RunSource } from '../runs/described-run.ts'
import { didYouMean, UsageError } from '../spec/errors.ts'
import type { RunStore } from '../store/run-store.ts'
import type { KnownExperiment } from './server.ts'

/** Fashion-MNIST alone takes 55 MB. */
const MOST_LOADED = 3

/**
 * The datasets that pages may name: the built-in ones, and those of the experiments that the studio was started with.
 * What comes from a browser never says where on the disk to look.
 */
export class Datasets {
  readonly #store: RunStore
  readonly #dataDir: string | undefined
  readonly #known: ReadonlyMap<string, DataSource>
  /** The one that was asked for last stands last. */
  readonly #loaded = new Map<string, Promise<Dataset>>()

  constructor(store: RunStore, experiments: readonly KnownExperiment[], dataDir: string | undefined) {
    this.#store = store
    this.#dataDir = dataDir
    const known = new Map<string, DataSource>([
      ['fashion-mnist-mini', fashionMnistMini()],
      ['fashion-mnist', fashionMnist()],
    ])
    const texts = new Set([...known.values()].map(source => JSON.stringify(source)))
    for (const { experiment, baseDir } of experiments) {
      const source = withAbsolutePaths(experiment.data, baseDir)
      const text = JSON.stringify(source)
      if (!texts.has(text)) known.set(experiment.name, source)
      texts.add(text)
    }
    this.#known = known
  }

  get names(): readonly string[] {
    return [...this.#known.keys()]
  }

  /** Its source, with absolute paths. Throws a `UsageError` for a name that is not known. */
  source(name: string): DataSource {
    const source = this.#known.get(name)
    if (source) return source
    const hint = didYouMean(name, this.names)
    throw new UsageError(`There is no dataset "${name}".${hint} Datasets: ${this.names.join(', ')}.`)
  }

  /** The name under which a source is known; `null`: under none. */
  nameOf(source: DataSource): string | null {
    const text = JSON.stringify(source)
    return this.names.find(name => JSON.stringify(this.#known.get(name)) === text) ?? null
  }

  load(name: string): Promise<Dataset> {
    return this.#load(this.source(name), this.#dataDir)
  }

  /** What a run was trained on. Throws where it has changed since. */
  async ofRun(id: string): Promise<Dataset> {
    const { spec, source } = await this.#store.detail(id)
    const { baseDir, dataDir } = source as RunSource
    const parsed = parseDataSource((spec as { data: unknown }).data)
    const data = await this.#load(withAbsolutePaths(parsed, baseDir), this.#dataDir ?? dataDir ?? undefined)
    const { fingerprint, dataset } = await this.#store.run(id)
    if (data.fingerprint === fingerprint) return data
    throw new UsageError(`The run ${id} was trained on other data: ${dataset} has changed since.`)
  }

  #load(source: DataSource, dataDir: string | undefined): Promise<Dataset> {
    const key = JSON.stringify([source, dataDir])
    const loading = this.#loaded.get(key) ?? loadDataset(source, { dataDir })
    // What failed may be there the next time.
    loading.catch(() => this.#loaded.delete(key))
    this.#loaded.delete(key)
    this.#loaded.set(key, loading)
    if (this.#loaded.size > MOST_LOADED) this.#loaded.delete(this.#loaded.keys().next().value!)
    return loading
  }
}
