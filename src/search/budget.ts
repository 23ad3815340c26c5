import { sum } from '../base/maths.ts'
import { trainingTime } from './search-time.ts'
import type { StudyRules, StudyState, Trial } from './study-state.ts'

/** The share of the time that is kept for repeats, at most: the rest is for finding something to repeat. */
const MOST_FOR_REPEATS = 0.5

/** Repeats may take this much longer than the trials that they repeat, and are still not cut. */
const MARGIN = 1.25

/**
 * Whether the time budget has room for another piece of the search: for a typical one, besides what is being trained and the repeats that
 * are to come. Once there are repeats, what it finds must be repeated too, or it would change nothing.
 */
export function hasTimeToSearch(
  study: StudyState,
  repeated: readonly Trial[],
  missing: readonly Trial[],
): boolean {
  const { trials, spent, rules } = study
  const { repeats } = rules
  const seconds = secondsToTrain(rules)
  if (seconds === null || spent.epochs === 0) return true
  const typical = spent.seconds / sum(trials.map(({ reports }) => reports.length))
  const isRepeating = trials.some(({ origin }) => origin === 'repeat')
  const another = isRepeating ? repeats.seeds * secondsOf(study, repeated.slice(0, 1)) : 0
  const reserved = Math.min(MARGIN * secondsOf(study, missing), MOST_FOR_REPEATS * seconds)
  return committed(study) + typical + reserved + another <= seconds
}

/** Whether the time budget has room to train some trials once more, from the start to the end. */
export function hasTimeToRepeat(study: StudyState, repeated: readonly Trial[]): boolean {
  const seconds = secondsToTrain(study.rules)
  return seconds === null || committed(study) + secondsOf(study, repeated) <= seconds
}

/** What the budget means for all trainings together; `null`: without limit. */
function secondsToTrain({ seconds, clock }: StudyRules): number | null {
  return seconds === null ? null : trainingTime(seconds, clock)
}

/** What is spent, and what is expected of trials that are being trained. */
function committed(study: StudyState): number {
  const running = study.trials.filter(({ target }) => target !== null)
  return (
    study.spent.seconds +
    sum(running.map(trial => (trial.target! - trial.epochs) * secondsPerEpoch(study, trial)))
  )
}

/** How long whole trainings of some trials are expected to take. */
function secondsOf(study: StudyState, trials: readonly Trial[]): number {
  return sum(
    trials.map(trial => (trial.isDone ? trial.seconds : trial.maxEpochs * secondsPerEpoch(study, trial))),
  )
}

/** Its own, or that of all trials before its first report. */
function secondsPerEpoch({ spent }: StudyState, trial: Trial): number {
  if (trial.epochs > 0) return trial.seconds / trial.epochs
  return spent.epochs > 0 ? spent.seconds / spent.epochs : 0
}
