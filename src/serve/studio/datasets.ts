import { didYouMean, MissingError, UsageError } from '../../base/errors.ts'
import { LruCache } from '../../base/lru.ts'
import type { Dataset } from '../../data/dataset.ts'
import { knownDatasets } from '../../data/known-datasets.ts'
import { type DataSource, loadDataset, withAbsolutePaths } from '../../data/source.ts'
import { type StoredRun, storedRun } from '../../runs/stored.ts'
import type { RunStore } from '../../store/store.ts'
import type { ExperimentSpec } from '../../train/experiment.ts'
import { PictureExperiments } from './pictures/picture-experiment.ts'
import type { PictureFolders } from './pictures/picture-folders.ts'

/** An experiment file of the user's: what new runs may start from. */
export interface KnownExperiment {
  readonly experiment: ExperimentSpec
  /** Where its relative paths start. */
  readonly baseDir: string
}

const RUN = /^run:([0-9a-f]{12})$/
const PICTURES = /^pictures\/(.+)$/s
/** Fashion-MNIST alone takes 55 MB. */
const MOST_LOADED = 3

/**
 * The datasets that pages may name: the built-in ones, those of the experiments that it knows, and the user's own pictures.
 * What comes from a browser never says where on the disk to look.
 */
export class Datasets {
  readonly #store: RunStore
  /** Where known datasets' files are looked for first. */
  readonly dataDir: string | undefined
  /** The small one first, which is chosen where you have chosen none. */
  readonly #known = new Map([...knownDatasets].reverse())
  readonly #loaded = new LruCache<Dataset>(MOST_LOADED)
  readonly #pictures: PictureFolders
  /** What folders of pictures are trained with. */
  readonly ofPictures: PictureExperiments

  constructor(store: RunStore, dataDir: string | undefined, pictures: PictureFolders) {
    this.#store = store
    this.dataDir = dataDir
    this.#pictures = pictures
    this.ofPictures = new PictureExperiments(pictures.project)
  }

  /** Makes an experiment's data known under the experiment's name, unless it has one. */
  add({ experiment, baseDir }: KnownExperiment): void {
    const source = withAbsolutePaths(experiment.data, baseDir)
    if (this.#nameOf(source) === null) this.#known.set(experiment.name, source)
  }

  get names(): readonly string[] {
    return [...this.#known.keys(), ...this.#pictures.names.map(name => `pictures/${name}`)]
  }

  /**
   * Its source, with absolute paths; `run:3f9a…` is what that run was trained on. Throws a `UsageError` for a name that is
   * not known.
   */
  async source(name: string): Promise<DataSource> {
    const source = this.#known.get(name)
    if (source) return source
    const [, run] = RUN.exec(name) ?? []
    if (run !== undefined) return this.#sourceOfRun(run)
    const [, pictures] = PICTURES.exec(name) ?? []
    if (pictures !== undefined && this.#pictures.names.includes(pictures))
      return (await this.ofPictures.of(await this.#pictures.get(pictures))).experiment.data
    const hint = didYouMean(name, this.names)
    throw new MissingError(`There is no dataset "${name}".${hint} Datasets: ${this.names.join(', ')}.`)
  }

  /** The name of what an experiment asks for. */
  nameAt(source: DataSource, baseDir: string): string {
    return this.#nameOf(withAbsolutePaths(source, baseDir))!
  }

  /** The name under which a run's data can be had again. */
  async nameOfRun(run: string): Promise<string> {
    return this.#nameOf(await this.#sourceOfRun(run)) ?? `run:${run}`
  }

  /** What `run:3f9a…` is called where its data has a name of its own: labels are marked once for all who use them. */
  async ownName(name: string): Promise<string> {
    const [, run] = RUN.exec(name) ?? []
    return run === undefined ? name : this.nameOfRun(run)
  }

  async load(name: string): Promise<Dataset> {
    return this.#load(await this.source(name), this.dataDir)
  }

  /** What a run was trained on. Throws if it has changed since. */
  async ofRun(id: string): Promise<Dataset> {
    const { experiment, source, run } = await this.#run(id)
    const data = await this.#load(
      withAbsolutePaths(experiment.data, source.baseDir),
      this.dataDir ?? source.dataDir ?? undefined,
    )
    const { fingerprint, dataset } = run
    if (data.fingerprint === fingerprint) return data
    throw new UsageError(`The run ${id} was trained on other data: ${dataset} has changed since.`)
  }

  async #sourceOfRun(id: string): Promise<DataSource> {
    const { experiment, source } = await this.#run(id)
    return withAbsolutePaths(experiment.data, source.baseDir)
  }

  async #run(id: string): Promise<StoredRun> {
    return storedRun(this.#store, await this.#store.run(id))
  }

  #nameOf(source: DataSource): string | null {
    const text = JSON.stringify(source)
    return [...this.#known].find(([, known]) => JSON.stringify(known) === text)?.[0] ?? null
  }

  async #load(source: DataSource, dataDir: string | undefined): Promise<Dataset> {
    const own = source.kind === 'imageFolder' ? this.#pictures.at(source.path) : null
    const state = own && (await own.state())
    return this.#loaded.get(JSON.stringify([source, dataDir, state]), () => loadDataset(source, { dataDir }))
  }
}
