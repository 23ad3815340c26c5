import type { ExperimentSpec } from '../../train/experiment.ts'

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
