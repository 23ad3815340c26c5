import { MissingError } from '../../base/errors.ts'
import type { Datasets, KnownExperiment } from './datasets.ts'

/** A file that is an experiment once its code is run: it is listed, and loaded when a person chooses it. */
export interface ExperimentFile {
  /** As pages list it: `experiments/mine.ts`. */
  readonly name: string
  /** Runs its code. */
  load(): Promise<KnownExperiment>
}

/** The experiments that new runs may start from: those that could be read, and files of code that wait to be chosen. */
export class Experiments {
  readonly #datasets: Datasets
  readonly #known: KnownExperiment[] = []
  readonly #waiting: Map<string, ExperimentFile>

  constructor(known: readonly KnownExperiment[], files: readonly ExperimentFile[], datasets: Datasets) {
    this.#datasets = datasets
    this.#waiting = new Map(files.map(file => [file.name, file]))
    for (const one of known) this.#add(one)
  }

  get known(): readonly KnownExperiment[] {
    return this.#known
  }

  /** Files whose code has not been run. */
  get files(): readonly string[] {
    return [...this.#waiting.keys()]
  }

  /** Runs the code of a listed file. Throws a `UsageError` in the words of `heddle run` for what is wrong with it. */
  async load(name: string): Promise<void> {
    const file = this.#waiting.get(name)
    if (!file) throw new MissingError(`There is no experiment file "${name}" that waits to be loaded.`)
    this.#add(await file.load())
    this.#waiting.delete(name)
  }

  #add(one: KnownExperiment): void {
    if (this.#known.some(({ experiment }) => experiment.name === one.experiment.name)) return
    this.#known.push(one)
    this.#datasets.add(one)
  }
}
