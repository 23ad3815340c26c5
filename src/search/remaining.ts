import { sum } from '../base/maths.ts'
import { searchedOf } from './best.ts'
import { searchTime } from './search-time.ts'
import type { StudyState, Trial } from './study-state.ts'

/**
 * How long a search still takes: the trials that are left with the mean time of those before, and repeats with the time of whole
 * trainings; no longer than its budget of time. `null`: no trial has reported yet, or the end is open.
 */
export function remainingSeconds({ rules, trials, spent }: StudyState): number | null {
  const { clock, seconds } = rules
  const searched = searchedOf(trials)
  const begun = searched.filter(({ seconds }) => seconds > 0)
  if (begun.length === 0) return null
  const spentOn = (some: readonly Trial[]): number => sum(some.map(({ seconds }) => seconds))
  const byTime = seconds === null ? Infinity : Math.max(0, seconds - searchTime(spent.seconds, clock))
  const epochs = sum(begun.map(trial => trial.epochs))
  const whole = (spentOn(begun) / epochs) * Math.max(...begun.map(({ maxEpochs }) => maxEpochs))
  const repeats = (rules.repeats.top + (rules.start ? 1 : 0)) * rules.repeats.seeds
  const repeated = trials.filter(({ origin, isDone }) => origin === 'repeat' && isDone).length
  const byTrials =
    rules.trials === null
      ? Infinity
      : ((rules.trials - begun.length) * spentOn(begun)) / begun.length +
        (rules.repeats.top === 0 ? 0 : Math.max(0, repeats - repeated) * whole)
  const remaining = Math.min(byTime, byTrials / clock.workers)
  return Number.isFinite(remaining) ? remaining : null
}
