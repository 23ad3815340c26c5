import { didYouMean, HeddleError, MissingError, withinLater } from '../../base/errors.ts'
import { show } from '../../base/schema.ts'
import { systemReason } from '../../base/system-errors.ts'
import type { Backend } from '../../engine/backend.ts'
import type { FoundModel, ModelId, ModelSource } from './model-source.ts'
import { ModelStatistics } from './model-statistics.ts'
import { type ServedLimits, ServedModel } from './served-model.ts'

/** What routes see of the models. A request asks once and keeps what it got: the model may be replaced meanwhile. */
export interface ServedModels {
  /** By name, then by version, the newest last. */
  list(): readonly ServedModel[]
  /** The newest version where none is named. Throws a `MissingError`. */
  get(name: string, version?: string): ServedModel
}

export interface RepositoryOptions {
  readonly backend: Backend
  readonly limits: ServedLimits
  readonly log: RepositoryLog
}

/** Takes facts and words, as pino does. */
interface RepositoryLog {
  info(facts: object, words: string): void
  error(facts: object, words: string): void
}

interface Served {
  readonly source: ModelSource
  readonly stamp: string
  readonly model: ServedModel
}

/**
 * The models that are served. Their files are looked at again and again: a new one is read beside the old one and then takes
 * its place at once. Requests that have the old one are finished by it.
 */
export class ModelRepository implements ServedModels {
  readonly #sources: readonly ModelSource[]
  readonly #options: RepositoryOptions
  readonly #statistics = new Map<string, ModelStatistics>()
  /** Why something could not be read, by its place: it is logged once. */
  readonly #troubles = new Map<string, string>()
  #served: ReadonlyMap<string, Served> = new Map()
  #list: readonly ServedModel[] = []
  #timer: NodeJS.Timeout | undefined

  private constructor(sources: readonly ModelSource[], options: RepositoryOptions) {
    this.#sources = sources
    this.#options = options
  }

  /** Throws a `HeddleError` if a source has no model that can be read. */
  static async open(sources: readonly ModelSource[], options: RepositoryOptions): Promise<ModelRepository> {
    const repository = new ModelRepository(sources, options)
    await repository.look()
    const served = [...repository.#served.values()]
    for (const source of sources) {
      if (served.some(one => one.source === source)) continue
      const [trouble] = [...repository.#troubles.values()].filter(words => words.startsWith(source.place))
      throw new HeddleError(
        trouble ?? `${source.place} has no models: expected NAME.safetensors or NAME/VERSION.safetensors.`,
      )
    }
    return repository
  }

  list(): readonly ServedModel[] {
    return this.#list
  }

  get(name: string, version?: string): ServedModel {
    if (version !== undefined) {
      const served = this.#served.get(keyOf({ name, version }))
      if (served) return served.model
    }
    const versions = this.#list.filter(model => model.name === name)
    const newest = versions.at(-1)
    if (version === undefined && newest) return newest
    if (newest) {
      const all = versions.map(model => model.version).join(', ')
      throw new MissingError(`The model "${name}" has no version ${show(version)}, but ${all}.`)
    }
    const names = [...new Set(this.#list.map(model => model.name))]
    throw new MissingError(
      `There is no model ${show(name)}.${didYouMean(name, names)} GET /models lists those that are served.`,
    )
  }

  /** Looks at the files now and then; the timer keeps no process alive. */
  watch(everyMs: number): void {
    const look = async (): Promise<void> => {
      await this.look()
      if (this.#timer) this.watch(everyMs)
    }
    this.#timer = setTimeout(() => void look(), everyMs).unref()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Reads what is new and forgets what is gone. A model whose file cannot be read stays as it is. */
  async look(): Promise<void> {
    const served = new Map<string, Served>()
    for (const source of this.#sources) {
      const found = await this.#attempt(source.place, () => source.find())
      if (!found) {
        for (const [key, one] of this.#served) if (one.source === source) served.set(key, one)
        continue
      }
      for (const one of found) {
        const key = keyOf(one)
        const before = this.#served.get(key)
        const now = before?.stamp === one.stamp ? before : ((await this.#read(source, one)) ?? before)
        if (served.has(key))
          this.#trouble(`${source.place} ${key}`, `${source.place}: a second model ${key} is left out.`)
        else if (now) served.set(key, now)
      }
    }
    for (const [key, { model }] of this.#served)
      if (!served.has(key)) this.#options.log.info(factsOf(model), 'model removed')
    this.#served = served
    this.#list = [...served.values()]
      .map(({ model }) => model)
      .sort((a, b) => (a.name === b.name ? Number(a.version) - Number(b.version) : a.name < b.name ? -1 : 1))
  }

  async #read(source: ModelSource, found: FoundModel): Promise<Served | undefined> {
    const place = `${keyOf(found)} ${found.stamp}`
    // It was tried before.
    if (this.#troubles.has(place)) return undefined
    return await this.#attempt(place, async () => {
      const { backend, limits, log } = this.#options
      const network = await found.load(backend)
      const statistics = this.#statisticsOf(found, network.classNames.length)
      const model = await withinLater(found.place, () =>
        ServedModel.ready({ ...found, network, limits, statistics }),
      )
      log.info(factsOf(model), 'model ready')
      return { source, stamp: found.stamp, model }
    })
  }

  /** A model with other classes begins to count anew. */
  #statisticsOf(id: ModelId, classes: number): ModelStatistics {
    const kept = this.#statistics.get(keyOf(id))
    if (kept?.predicted.length === classes) return kept
    const fresh = new ModelStatistics(classes)
    this.#statistics.set(keyOf(id), fresh)
    return fresh
  }

  async #attempt<T>(place: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const done = await work()
      this.#troubles.delete(place)
      return done
    } catch (error) {
      this.#trouble(place, systemReason(error))
      return undefined
    }
  }

  #trouble(place: string, words: string): void {
    if (this.#troubles.get(place) === words) return
    this.#troubles.set(place, words)
    this.#options.log.error({ place }, words)
  }
}

const keyOf = ({ name, version }: ModelId): string => `${name}:${version}`

function factsOf({ name, version, digest }: ServedModel): object {
  return { model: name, version, digest }
}
