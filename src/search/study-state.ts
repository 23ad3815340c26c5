import type { ObjectiveFacts, ParameterValues, TrialOrigin } from '../protocol/study.ts'
import type { Observation, Question } from './samplers/sampler.ts'
import type { Scheduling, TrialProgress } from './schedulers/scheduler.ts'
import type { SearchClock } from './search-time.ts'
import type { Space } from './space.ts'

/** What the decisions of a search follow from, besides its events. */
export interface StudyRules {
  readonly space: Space
  /** The first one decides where a single one is needed. */
  readonly objectives: readonly ObjectiveFacts[]
  /** The parameters of the next trial; `null`: every point of the space has been tried. */
  suggest(question: Question): ParameterValues | null
  readonly scheduling: Scheduling
  /** The most epochs of a trial with these parameters. Throws a `HeddleError` if no model can be built with them. */
  epochsOf(parameters: ParameterValues): number
  /** Budgets, over all restarts: trials of the search, and seconds of its time, repeats included. `null`: without limit. */
  readonly trials: number | null
  readonly seconds: number | null
  readonly clock: SearchClock
  readonly seed: number
  /** How many of the best are trained again, and with how many further seeds each. */
  readonly repeats: { readonly top: number; readonly seeds: number }
  /** Your own parameters, which are tried first. */
  readonly start: ParameterValues | null
}

/** A trial, as its events made it. It is replaced, never changed. */
export interface Trial extends TrialProgress {
  readonly parameters: ParameterValues
  readonly origin: TrialOrigin
  readonly seed: number
  readonly run: string
  /** The trial whose parameters a repeat has; `null`: it is none. */
  readonly of: number | null
  readonly reports: readonly Report[]
  readonly epochs: number
  readonly seconds: number
  /** Why it failed. */
  readonly reason: string | null
  /** As samplers see it. */
  readonly observation: Observation
}

interface Report {
  readonly epochs: number
  /** The first objective, less is better. */
  readonly loss: number
  readonly values: readonly number[]
}

/** A report of the search, with what all trials had been trained by then. */
export interface Reported {
  readonly trial: number
  readonly losses: readonly number[]
  readonly epochs: number
  readonly seconds: number
}

/** What a decision looks at. */
export interface StudyState {
  readonly rules: StudyRules
  /** By number, repeats included. */
  readonly trials: readonly Trial[]
  /** What all of them have been trained: seconds of training, not of the search. */
  readonly spent: { readonly seconds: number; readonly epochs: number }
}
