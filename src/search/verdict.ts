import { statisticOf } from '../base/maths.ts'
import { type Estimate, selectedDifference, selectedOf } from '../insight/statistics/selection.ts'
import type { ObjectiveFacts, StudyVerdict } from '../protocol/study.ts'
import { differenceText, differenceUnit, nameInText, objectiveText } from '../protocol/study-text.ts'
import { searchedOf, toRepeat } from './best.ts'
import type { StudyRules, Trial } from './study-state.ts'

/** A configuration with what its repeats measured. */
interface Candidate {
  readonly trial: Trial
  /** The first objective, by seed. */
  readonly values: ReadonlyMap<number, number>
  readonly hasFailed: boolean
}

/**
 * What the repeats say: the best configuration, in the first objective, and whether it is better than the starting point. Only values
 * of fresh seeds count: the one by which a trial was chosen is the luckiest of many. `null`: there is no seed that all of them were trained with.
 */
export function verdictOf(rules: StudyRules, trials: readonly Trial[]): StudyVerdict | null {
  const all = toRepeat(rules, searchedOf(trials)).map(trial => candidateOf(trial, trials))
  const candidates = all.filter(({ hasFailed, values }) => !hasFailed && values.size > 0)
  const seeds = [...(candidates[0]?.values.keys() ?? [])].filter(seed =>
    candidates.every(({ values }) => values.has(seed)),
  )
  if (seeds.length === 0) return null
  const objective = rules.objectives[0]!
  const sign = objective.better === 'higher' ? 1 : -1
  const values = candidates.map(one => seeds.map(seed => sign * one.values.get(seed)!))
  const { place, estimate } = selectedOf(values)
  const start = candidates.findIndex(({ trial }) => trial.origin === 'start')
  const gain = start < 0 || start === place ? null : selectedDifference(values, start)
  const winner = candidates[place]!.trial.trial
  const [found, difference] = [estimate, gain].map(one => one && inUnit(one, sign))
  return {
    candidates: candidates.map(({ trial }, i) => {
      const { mean, std } = statisticOf(values[i]!)
      const isStart = trial.origin === 'start'
      return { trial: trial.trial, isStart, mean: sign * mean, deviation: std, seeds: seeds.length }
    }),
    winner,
    interval: found ? [found.low, found.high] : null,
    difference: difference ?? null,
    sentence: [
      sentenceOf({
        objective,
        winner,
        value: sign * statisticOf(values[place]!).mean,
        startValue: start < 0 ? null : sign * statisticOf(values[start]!).mean,
        isStart: start === place,
        among: candidates.length - (start < 0 ? 0 : 1),
        seeds: seeds.length,
        interval: found ?? null,
        difference: difference ?? null,
        isBetter: gain !== null && gain.low > 0,
      }),
      ...all.filter(({ hasFailed }) => hasFailed).map(leftOut),
    ].join(' '),
  }
}

function candidateOf(trial: Trial, trials: readonly Trial[]): Candidate {
  const repeats = trials.filter(({ of }) => of === trial.trial)
  return {
    trial,
    values: new Map(
      repeats.flatMap(({ seed, reports }) => reports.slice(-1).map(({ values }) => [seed, values[0]!])),
    ),
    hasFailed: repeats.some(({ reason }) => reason !== null),
  }
}

function inUnit({ mean, low, high }: Estimate, sign: number): Estimate {
  return sign > 0 ? { mean, low, high } : { mean: -mean, low: -high, high: -low }
}

interface Found {
  readonly objective: ObjectiveFacts
  readonly winner: number
  readonly value: number
  readonly startValue: number | null
  readonly isStart: boolean
  /** How many of the best were repeated, without the starting point. */
  readonly among: number
  readonly seeds: number
  readonly interval: Estimate | null
  readonly difference: Estimate | null
  readonly isBetter: boolean
}

/** With fewer seeds intervals are so wide that hardly any difference can be found. */
const FEW_SEEDS = 3

function sentenceOf(found: Found): string {
  const { objective, winner, value, startValue, seeds, interval, difference } = found
  const shown = (one: number): string => objectiveText(objective, one)
  const name = nameInText(objective.label)
  const own = startValue === null ? '' : `, your starting point ${shown(startValue)}`
  if (interval === null) {
    const best = found.isStart ? 'Your starting point' : `Trial ${winner}`
    return (
      `${best} has ${name} ${shown(value)}${found.isStart ? '' : own}, with one seed each: chance alone may make such a difference. ` +
      'Repeat with 5 seeds.'
    )
  }
  const range = ({ low, high }: Estimate, show: (one: number) => string): string =>
    `95 % interval ${show(low)} to ${show(high)}`
  const basis = `${seeds} further seeds each${found.among > 1 ? `, corrected for the choice among ${found.among}` : ''}`
  const few =
    seeds < FEW_SEEDS ? ` ${seeds} seeds say little about chance: repeat with 5 for a narrower interval.` : ''
  if (found.isStart && found.among === 0)
    return `Only your starting point was repeated: ${name} ${shown(value)}, ${range(interval, shown)} (${basis}).${few}`
  if (found.isStart) {
    return (
      `Your starting point is the best of the repeated configurations: ${name} ${shown(value)}, ${range(interval, shown)} (${basis}). ` +
      `${found.among === 1 ? 'The trial of the search did not do better' : `None of ${found.among} trials of the search did better`}: keep it, or search a wider space.${few}`
    )
  }
  if (difference === null) {
    return (
      `Trial ${winner} is the best of the repeated configurations: ${name} ${shown(value)}, ${range(interval, shown)} (${basis}). ` +
      `There is no starting point to compare it with.${few}`
    )
  }
  const gap = (one: number): string => differenceText(objective, one)
  const facts = `${gap(difference.mean)} ${differenceUnit(objective)}, ${range(difference, gap)} (${basis})`
  return found.isBetter
    ? `Trial ${winner} is better than your starting point: ${facts}.${few}`
    : `No evidence that trial ${winner} is better than your starting point: ${facts}.${few}`
}

function leftOut({ trial }: Candidate): string {
  return `Trial ${trial.trial} is left out, as training failed with another seed.`
}
