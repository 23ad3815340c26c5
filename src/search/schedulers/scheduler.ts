import type { Definition } from '../../base/family.ts'

/** A trial as schedulers see it. */
export interface TrialProgress {
  readonly trial: number
  /** The most epochs that it can be trained. */
  readonly maxEpochs: number
  /** What it is being trained up to; `null`: it is at rest. */
  readonly target: number | null
  /** At each target that it reached, in their order: the first objective, less is better. */
  readonly reports: readonly { readonly epochs: number; readonly loss: number }[]
  /** It has no further epochs, or failed. */
  readonly isDone: boolean
}

/** A trial at rest, and up to which epoch it goes on. */
export interface Promotion {
  readonly trial: number
  readonly epochs: number
}

/** Decides how long trials are trained. Pure: the same trials have the same answer. */
export interface Scheduling {
  /** Up to how many epochs a new trial is trained at first. */
  first(maxEpochs: number): number
  /** The trial at rest to go on with, and up to which epoch; `null`: rather a new trial, or none. */
  next(trials: readonly TrialProgress[]): Promotion | null
}

export interface SchedulerDefinition<S> extends Definition<S> {
  scheduling(spec: S): Scheduling
}

export interface SchedulerDefinition<S> extends Definition<S> {
  scheduling(spec: S): Scheduling
}
