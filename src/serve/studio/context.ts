import type { Backend } from '../../engine/backend.ts'
import type { RunStore } from '../../store/store.ts'
import type { ExperimentSpec } from '../../train/experiment.ts'
import type { Datasets } from './datasets.ts'
import type { Experiments } from './experiments.ts'
import type { JobQueue } from './job-queue.ts'
import type { Watch } from './watch.ts'

/** An experiment file of the user's: what new runs may start from. */
export interface KnownExperiment {
  readonly experiment: ExperimentSpec
  /** Where its relative paths start. */
  readonly baseDir: string
}

/** A file that is an experiment once its code is run: it is listed, and loaded when a person chooses it. */
export interface ExperimentFile {
  /** As pages list it: `experiments/mine.ts`. */
  readonly name: string
  /** Runs its code. */
  load(): Promise<KnownExperiment>
}

/** What every file of routes is given. */
export interface StudioContext {
  readonly store: RunStore
  readonly watch: Watch
  readonly jobs: JobQueue
  readonly datasets: Datasets
  readonly backend: Backend
  readonly experiments: Experiments
  /** Of the processes that do tasks. */
  readonly env: NodeJS.ProcessEnv
}
