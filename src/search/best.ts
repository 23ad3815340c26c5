import { nondominated } from '../insight/compare/pareto.ts'
import { goodTrials } from './samplers/good-trials.ts'
import type { StudyRules, Trial } from './study-state.ts'

/** Trials of the search itself, without repeats. */
export function searchedOf(trials: readonly Trial[]): Trial[] {
  return trials.filter(({ origin }) => origin !== 'repeat')
}

/**
 * The best of the trials of a search. With one objective all that were measured, the best first and of equal ones the earlier; with several the Pareto
 * front, the best of the first objective first.
 */
export function bestOf(searched: readonly Trial[]): Trial[] {
  const measured = measuredOf(searched)
  const front = measured.every(hasOneLoss) ? measured : nondominated(measured, lossesOf)
  return front.toSorted((a, b) => lossesOf(a)[0]! - lossesOf(b)[0]! || a.trial - b.trial)
}

/** The trials that are trained again with further seeds: the best of the search, and your starting point. */
export function toRepeat({ repeats, start }: StudyRules, searched: readonly Trial[]): Trial[] {
  if (repeats.top === 0) return []
  const measured = measuredOf(searched)
  const good = goodTrials(measured.map(lossesOf), repeats.top).map(place => measured[place]!)
  // A few trials stand for the whole front, and may lack the best one in the first objective, which decides.
  const [nearest] = bestOf(good)
  const top = good.map(trial => (trial === nearest ? bestOf(measured)[0]! : trial))
  const own = start ? measured.filter(({ origin }) => origin === 'start') : []
  return [...top, ...own.filter(trial => !top.includes(trial))]
}

function measuredOf(searched: readonly Trial[]): Trial[] {
  return searched.filter(({ reports, reason }) => reports.length > 0 && reason === null)
}

/** By objective, less is better. */
function lossesOf({ observation }: Trial): readonly number[] {
  return observation.losses!
}

function hasOneLoss(trial: Trial): boolean {
  return lossesOf(trial).length === 1
}
