import { integer, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import type { ParameterValues } from '../../protocol/study.ts'
import { type Candidate, candidateAt, type Positions } from './axes.ts'
import { goodTrials } from './good-trials.ts'
import { type ParzenEstimator, parzenEstimator } from './parzen.ts'
import { type Draw, drawsOf, isMeasured, type SamplerDefinition } from './sampler.ts'
import { nextSobol } from './sobol.ts'
import { type PlacedTrial, type Tried, triedOf, untried } from './untried.ts'

const fields = {
  /** Trials that must have a result before the estimators are used; until then points are those of `sobol`. Default 10. */
  startTrials: integer(10),
}

export interface TpeOptions extends Options<typeof fields> {}
export type TpeSpec = Spec<'tpe', typeof fields>

/**
 * Tree-structured Parzen estimator over all parameters together: one density for the good trials, l(x), one for the others, g(x);
 * of some points drawn from l the one with the highest l(x) / g(x) is next.
 *
 * The good ones are the fifth of the measured trials with the least losses, at most 25; with several objectives the fifth that is
 * dominated least. Trials that failed or are still being trained count among the others, so that parallel workers keep apart.
 * Trials that stopped after fewer epochs are compared by their loss like all others: a trial with a lower loss after fewer epochs is
 * better, and one with a higher loss was not promoted. A point that was tried already is not tried again.
 *
 * Sources: Bergstra et al. (2011); Watanabe (2023), https://arxiv.org/abs/2304.11127; Ozaki et al. (2022) for several objectives.
 *
 * @example
 * tpe() // { kind: 'tpe', startTrials: 10 }
 */
export function tpe(options: TpeOptions = {}): TpeSpec {
  return parseSpec('tpe', fields, options)
}

/** Points that are drawn from the density of the good trials, of which the best is taken. */
const CANDIDATES = 24
/** The share of good trials, and the most of them. */
const GOOD_SHARE = 0.2
const MOST_GOOD = 25
/** The latest trials that have full weight; the older, the less. */
const RECENT = 25

export const tpeSampler: SamplerDefinition<TpeSpec> = {
  fields,
  suggest(question, { startTrials }) {
    const tried = triedOf(question)
    const measured = tried.trials.filter(({ observation }) => isMeasured(observation))
    if (measured.length < startTrials) return nextSobol(question, tried)
    return tried.isExhausted ? null : suggest(tried, measured, drawsOf(question, 'tpe'))
  },
}

function suggest(tried: Tried, measured: readonly PlacedTrial[], draw: Draw): ParameterValues {
  const { space, axes } = tried
  const [good, bad] = estimators(tried, measured)
  const drawn = Array.from({ length: CANDIDATES }, () => candidateAt(space, axes, good.sample(draw)))
  const best = bestUntried(drawn, good, bad, tried)
  return (best ?? bestUntried(untried(tried, draw, CANDIDATES), good, bad, tried)!).parameters
}

function bestUntried(
  candidates: readonly Candidate[],
  good: ParzenEstimator,
  bad: ParzenEstimator,
  { has }: Tried,
): Candidate | null {
  const scored = candidates.map(candidate => ({
    candidate,
    score: good.logDensity(candidate.positions) - bad.logDensity(candidate.positions),
  }))
  scored.sort((a, b) => b.score - a.score)
  return scored.find(({ candidate }) => !has(candidate))?.candidate ?? null
}

function estimators(
  { axes, trials }: Tried,
  measured: readonly PlacedTrial[],
): readonly [good: ParzenEstimator, bad: ParzenEstimator] {
  const losses = measured.map(({ observation }) => observation.losses!)
  const count = Math.min(MOST_GOOD, Math.ceil(GOOD_SHARE * measured.length))
  const good = new Set(goodTrials(losses, count).map(place => measured[place]!))
  const rowsOf = (isGood: boolean): readonly Positions[] =>
    trials.filter(trial => good.has(trial) === isGood).map(({ positions }) => positions)
  const [best, others] = [rowsOf(true), rowsOf(false)]
  return [
    parzenEstimator(
      axes,
      best,
      best.map(() => 1),
    ),
    parzenEstimator(axes, others, weightsOf(others.length)),
  ]
}

/** By trial, the oldest first: from 1/n evenly up to 1, which the latest 25 have. */
function weightsOf(n: number): readonly number[] {
  const older = n - RECENT
  return Array.from({ length: n }, (_, i) =>
    i < older ? (1 + ((n - 1) * i) / Math.max(1, older - 1)) / n : 1,
  )
}
