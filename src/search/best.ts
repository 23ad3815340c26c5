import { hypervolume, nondominated } from '../insight/compare/pareto.ts'
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
  return front.toSorted(byFirstLoss)
}

/** The trials that are trained again with further seeds: the best of the search, and your starting point. */
export function toRepeat({ repeats, start }: StudyRules, searched: readonly Trial[]): Trial[] {
  if (repeats.top === 0) return []
  const measured = measuredOf(searched)
  const top = measured.every(hasOneLoss)
    ? leastOf(measured, repeats.top)
    : spread(bestOf(measured), repeats.top)
  const own = start ? measured.filter(({ origin }) => origin === 'start') : []
  return [...top, ...own.filter(trial => !top.includes(trial))]
}

function measuredOf(searched: readonly Trial[]): Trial[] {
  return searched.filter(({ reports, reason }) => reports.length > 0 && reason === null)
}

function byFirstLoss(a: Trial, b: Trial): number {
  return lossesOf(a)[0]! - lossesOf(b)[0]! || a.trial - b.trial
}

/** The first few of what sorting by the first loss gives: of ten thousand trials this is asked again and again. */
function leastOf(measured: readonly Trial[], count: number): Trial[] {
  const least: Trial[] = []
  for (const trial of measured) {
    if (least.length === count && byFirstLoss(trial, least.at(-1)!) > 0) continue
    least.push(trial)
    least.sort(byFirstLoss)
    least.splice(count)
  }
  return least
}

/** Some trials of a Pareto front that stand for all of it: each one is the one that adds most to the hypervolume of those before it. */
function spread(front: readonly Trial[], count: number): Trial[] {
  if (front.length <= count) return [...front]
  const worst = lossesOf(front[0]!).map((_, k) => Math.max(...front.map(trial => lossesOf(trial)[k]!)))
  const best = worst.map((_, k) => Math.min(...front.map(trial => lossesOf(trial)[k]!)))
  // Scaled to a box of 1, of which the ends of the front take a part too.
  const scaled = (trial: Trial): number[] =>
    lossesOf(trial).map((loss, k) => (loss - best[k]!) / (worst[k]! - best[k]! || 1))
  const reference = worst.map(() => 1.1)
  const chosen: Trial[] = []
  while (chosen.length < count) {
    const volumeWith = (trial: Trial): number => hypervolume([...chosen, trial].map(scaled), reference)
    const left = front.filter(trial => !chosen.includes(trial))
    chosen.push(left.reduce((most, trial) => (volumeWith(trial) > volumeWith(most) ? trial : most)))
  }
  return chosen
}

/** By objective, less is better. */
function lossesOf({ observation }: Trial): readonly number[] {
  return observation.losses!
}

function hasOneLoss(trial: Trial): boolean {
  return lossesOf(trial).length === 1
}
