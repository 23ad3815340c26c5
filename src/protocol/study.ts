/** A value of a parameter: what JSON holds, so that a trial can be stored, sent to another machine and shown. */
export type ParameterValue = number | string | boolean | null | object

/** The values of one trial, by parameter. A parameter whose condition does not hold is left out. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>

/** Why a trial is there: your own starting point, the sampler's proposal, or another trial's parameters with a further seed. */
export type TrialOrigin = 'start' | 'sampler' | 'repeat'

/**
 * What happened in a search, in this order. A search is the log of its events: everything else that is shown or decided follows
 * from them, so that the same events give the same next trial.
 */
export type StudyEvent =
  /** A trial was made; `run` is the id of its run, given in advance, so that a slice that is done twice makes one run. */
  | {
      readonly type: 'ask'
      readonly trial: number
      readonly parameters: ParameterValues
      readonly origin: TrialOrigin
      readonly seed: number
      readonly run: string
      /** The most epochs that this trial can be trained. */
      readonly epochs: number
      /** The trial whose parameters this one repeats. */
      readonly of?: number
    }
  /** A trial is to be trained up to this many epochs: its first target, or a promotion. */
  | { readonly type: 'train'; readonly trial: number; readonly epochs: number }
  /** A trial has reached its target, or came to its end before it (`isDone`: early stopping, or all of its epochs). */
  | {
      readonly type: 'report'
      readonly trial: number
      readonly epochs: number
      /** By objective, in the search's order, in the objective's own unit. */
      readonly values: readonly number[]
      readonly isDone: boolean
      /** How long this trial has been trained, from its first epoch on. */
      readonly seconds: number
    }
  /** A trial could not be trained, or not to its target; `seconds` as in a report. */
  | { readonly type: 'fail'; readonly trial: number; readonly reason: string; readonly seconds?: number }
  /** The search was stopped, continued, or has spent its budget. */
  | {
      readonly type: 'end'
      readonly reason: 'budget' | 'exhausted' | 'failures' | 'interrupted'
      readonly text: string
    }
  | { readonly type: 'resume' }
  /** The sealed test images were looked at; `sentence`: whether the winner is better than the starting point, in words. */
  | { readonly type: 'final'; readonly results: readonly FinalResult[]; readonly sentence: string }

/** What the test images say about one configuration, opened once at the end. */
export interface FinalResult {
  /** The trial whose parameters these runs have. */
  readonly trial: number
  readonly runs: readonly { readonly run: string; readonly seed: number; readonly testAccuracy: number }[]
}

/** `paused`: trained up to a rung, not promoted (yet). `failed` has a reason. */
export type TrialState = 'waiting' | 'running' | 'paused' | 'finished' | 'failed'

/** A trial as tables and charts show it. */
export interface TrialRow {
  readonly trial: number
  readonly origin: TrialOrigin
  /** The trial whose parameters a repeat has; `null`: it is none. */
  readonly of: number | null
  readonly state: TrialState
  readonly parameters: ParameterValues
  readonly seed: number
  readonly run: string
  /** Epochs trained, and the most that it can be trained. */
  readonly epochs: number
  readonly maxEpochs: number
  /** By objective; `null` before the first report. */
  readonly values: readonly number[] | null
  /** What it measured at each of its targets. */
  readonly reports: readonly { readonly epochs: number; readonly values: readonly number[] }[]
  readonly seconds: number
  readonly reason: string | null
}

export interface ObjectiveFacts {
  /** `valAccuracy`, `params`, `latencyMs`, … */
  readonly name: string
  readonly label: string
  readonly better: 'higher' | 'lower'
  readonly unit: 'fraction' | 'count' | 'ms' | 'number'
}

/** How a parameter's values are spread, for axes. */
export interface ParameterFacts {
  readonly name: string
  readonly scale: 'linear' | 'log' | 'choice'
  /** The ends of a range of numbers; `null`: its values have no order. */
  readonly low: number | null
  readonly high: number | null
  /** The values of a choice as text, in the order of the axis; `null`: it is a range. */
  readonly choices: readonly string[] | null
  /** In words: `only if depth is 2 or 3`; `null`: always there. */
  readonly condition: string | null
}

/** How much of the spread of the objective a parameter explains, from 0 to 1: PED-ANOVA. */
export interface Importance {
  readonly parameter: string
  readonly share: number
  /** An interval of the share, from resampled trials. */
  readonly low: number
  readonly high: number
}

/** What repeats with further seeds say about the winner. */
export interface StudyVerdict {
  /** The configurations that were repeated: the best of the search, and your starting point. */
  readonly candidates: readonly {
    readonly trial: number
    readonly isStart: boolean
    readonly mean: number
    readonly deviation: number
    readonly seeds: number
  }[]
  readonly winner: number
  /** Where the winner's mean lies with 95 %, after correction for the choice among the candidates; `null`: one seed has no spread. */
  readonly interval: readonly [number, number] | null
  /** The winner less the starting point, by seed; `null` where there is no starting point, it is the winner, or there is one seed. */
  readonly difference: { readonly mean: number; readonly low: number; readonly high: number } | null
  /** In words: whether the winner is better than the starting point. */
  readonly sentence: string
}

/** What was the best when, at a report that bettered it: a point of a curve that goes on level to the next one. */
export interface BestSoFar {
  /** The trial that reported. */
  readonly trial: number
  /** What all trials of the search had been trained by then. */
  readonly epochs: number
  /** The time of the search: trials that were trained side by side count once. */
  readonly seconds: number
  /** The value of a single objective; with several the share of the box between the worst and the best of each that the Pareto front dominates. */
  readonly value: number
}

/** A search as every surface shows it. */
export interface StudyView {
  readonly id: string
  readonly name: string
  readonly user: string
  readonly createdAt: number
  readonly state: 'running' | 'interrupted' | 'done' | 'failed'
  /** Why it ended, in words. */
  readonly ended: string | null
  readonly sampler: string
  readonly scheduler: string
  readonly seed: number
  readonly objectives: readonly ObjectiveFacts[]
  readonly parameters: readonly ParameterFacts[]
  readonly trials: readonly TrialRow[]
  /** Numbers of trials: with one objective the best first; with several the Pareto front. Repeats are left out. */
  readonly best: readonly number[]
  readonly bestSoFar: readonly BestSoFar[]
  readonly importance: { readonly shares: readonly Importance[]; readonly warning: string | null } | null
  readonly verdict: StudyVerdict | null
  /** Budgets, and what is spent of them. Seconds are those of training, where trials that are trained side by side count once. */
  readonly budget: {
    readonly trials: number | null
    readonly seconds: number | null
    readonly spentTrials: number
    readonly spentSeconds: number
    readonly spentEpochs: number
    /** How long it still takes, by the clock; `null`: it is not running, has no pace yet, or has an open end. */
    readonly remainingSeconds: number | null
  }
  /** The sealed test: `null` while it is closed. */
  readonly final: readonly FinalResult[] | null
  /** What the sealed test says, in words. */
  readonly finalSentence: string | null
  /** How often the test images of this data have been looked at, by anything. */
  readonly looks: number
}
