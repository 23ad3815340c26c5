import { quantile, sum } from '../base/maths.ts'
import { RandomStream } from '../base/random.ts'
import { listOf, plural } from '../base/text.ts'
import { nondominated } from '../insight/compare/pareto.ts'
import { holm } from '../insight/statistics/significance.ts'
import { LEVEL } from '../protocol/comparison.ts'
import type { Importance, ParameterValues } from '../protocol/study.ts'
import { type Axis, axesOf, divergence, type Spread, spreadOf } from './ped-anova.ts'
import type { Space } from './space.ts'

/** A trial that was measured. */
export interface MeasuredTrial {
  readonly parameters: ParameterValues
  /** By objective, less is better. */
  readonly losses: readonly number[]
}

export interface ImportanceResult {
  /** The most important parameter first. Shares sum up to 1. */
  readonly shares: readonly Importance[]
  /** What these trials cannot tell, in words; `null`: nothing. */
  readonly warning: string | null
}

/** The good trials are this share of all, as in Optuna. */
const GOOD = 0.1
const RESAMPLES = 200
const DRAWS = 999

/**
 * How much each parameter matters for being among the best tenth of the trials: PED-ANOVA. A parameter matters if its values in the
 * good trials are spread otherwise than in all of them; with several objectives, good trials are those of the first Pareto fronts.
 *
 * An interval has 95 % of what 200 resamples of the trials give. A parameter is beyond chance if of 999 random choices of as many
 * trials less than 5 % are spread so far from all of them, after Holm's correction for the number of parameters. `null`: there are
 * fewer than two trials. `noun`: what a trial is called in the warning.
 *
 * Source: S. Watanabe, A. Bansal and F. Hutter, PED-ANOVA: Efficiently Quantifying Hyperparameter Importance in Arbitrary Subspaces
 * (2023), https://arxiv.org/abs/2304.10255.
 */
export function importanceOf(
  space: Space,
  trials: readonly MeasuredTrial[],
  { seed, noun = 'trial' }: { readonly seed: number; readonly noun?: string },
): ImportanceResult | null {
  const axes = axesOf(
    space,
    trials.map(({ parameters }) => parameters),
  )
  if (trials.length < 2 || axes.length === 0) return null
  const ranking = rankingOf(trials.map(({ losses }) => losses))
  const random = new RandomStream(seed).split('importance')
  const all = Int32Array.from(trials.keys())
  const spreads = axes.map(axis => spreadOf(axis, all))
  const good = goodOf(ranking, all)
  const found = axes.map((axis, k) => divergence(spreads[k]!, spreadOf(axis, good)))
  const resampled = Array.from({ length: RESAMPLES }, (_, i) => {
    const places = resampleOf(all, random.split(`resample ${i}`))
    const best = goodOf(ranking, places)
    return sharesOf(axes.map(axis => divergence(spreadOf(axis, places), spreadOf(axis, best))))
  })
  const shares = sharesOf(found)
  const byShare = axes
    .map(({ parameter }, i) => {
      const again = resampled.map(all => all[i]!)
      const [low, high] = [quantile(again, 0.025), quantile(again, 0.975)]
      return {
        parameter,
        share: shares[i]!,
        low: Math.min(low, shares[i]!),
        high: Math.max(high, shares[i]!),
      }
    })
    .sort((a, b) => b.share - a.share)
  const chances = chancesOf(axes, spreads, { found, good: good.length, random: random.split('draw') })
  const beyond = new Set(axes.flatMap(({ parameter }, i) => (chances[i]! < LEVEL ? [parameter] : [])))
  return { shares: byShare, warning: warningOf(byShare, beyond, { count: trials.length, noun }) }
}

function sharesOf(divergences: readonly number[]): number[] {
  const total = sum(divergences)
  return divergences.map(one => (total > 0 ? one / total : 1 / divergences.length))
}

/** Trials from good to bad. */
interface Ranking {
  readonly order: readonly number[]
  /** By trial, less is better. */
  readonly ranks: readonly number[]
}

function rankingOf(losses: readonly (readonly number[])[]): Ranking {
  const ranks = losses[0]!.length === 1 ? losses.map(([loss]) => loss!) : frontsOf(losses)
  return { ranks, order: [...ranks.keys()].sort((a, b) => ranks[a]! - ranks[b]!) }
}

/**
 * The number of the Pareto front that each trial is in: 0 for the front of all trials, 1 for the front of those that remain without it, and so on.
 * Counting ends when three tenths of the trials have a number: good ones are among them.
 */
function frontsOf(losses: readonly (readonly number[])[]): number[] {
  const fronts = Array<number>(losses.length).fill(losses.length)
  let left = [...losses.keys()]
  for (let front = 0; left.length > (1 - 3 * GOOD) * losses.length && left.length > 0; front++) {
    for (const i of nondominated(left, place => losses[place]!)) fronts[i] = front
    left = left.filter(i => fronts[i] === losses.length)
  }
  return fronts
}

/** The best tenth of the trials at some places, with all that are equal to the last of them. */
function goodOf({ order, ranks }: Ranking, places: Int32Array): Int32Array {
  const times = new Int32Array(order.length)
  for (const place of places) times[place]!++
  const wanted = Math.ceil(GOOD * places.length)
  const good: number[] = []
  for (const place of order) {
    if (good.length >= wanted && ranks[place]! > ranks[good.at(-1)!]!) break
    for (let i = 0; i < times[place]!; i++) good.push(place)
  }
  return Int32Array.from(good)
}

/** As many draws as there are trials. */
function resampleOf(all: Int32Array, random: RandomStream): Int32Array {
  return all.map(i => Math.floor(random.uniform(i) * all.length))
}

/**
 * By parameter, how often trials that are drawn at random are at least as unlike all of them as the good ones, corrected for the number of
 * parameters. Draws end where that is often enough to be nothing special.
 */
function chancesOf(
  axes: readonly Axis[],
  spreads: readonly Spread[],
  {
    found,
    good,
    random,
  }: { readonly found: readonly number[]; readonly good: number; readonly random: RandomStream },
): number[] {
  const asFar = found.map(() => 1)
  const enough = LEVEL * (DRAWS + 1)
  const places = axes[0]!.cells.map((_, i) => i)
  for (let draw = 0; draw < DRAWS; draw++) {
    for (let i = 0; i < good; i++) {
      const j = i + Math.floor(random.uniform(draw * good + i) * (places.length - i))
      const place = places[j]!
      places[j] = places[i]!
      places[i] = place
    }
    const drawn = places.subarray(0, good)
    axes.forEach((axis, k) => {
      if (asFar[k]! < enough && divergence(spreads[k]!, spreadOf(axis, drawn)) >= found[k]!) asFar[k]!++
    })
  }
  return holm(asFar.map(count => count / (DRAWS + 1)))
}

/** A parameter whose share may be this large may matter. */
const MATTERS = 0.1

function warningOf(
  shares: readonly Importance[],
  beyond: ReadonlySet<string>,
  { count: all, noun }: { readonly count: number; readonly noun: string },
): string | null {
  const unclear = shares
    .filter(({ parameter, high }) => !beyond.has(parameter) && high >= MATTERS)
    .map(({ parameter }) => parameter)
  const count = plural(all, noun)
  if (beyond.size === 0) {
    return `${count} cannot tell which parameter matters: ${noun}s that are drawn at random give such shares too. More ${noun}s may tell.`
  }
  const clear = shares.filter(({ parameter }) => beyond.has(parameter))
  const [first, second] = clear
  const sentences = [
    unclear.length > 0 &&
      `${count} cannot tell whether ${listOf(unclear)} matter${unclear.length === 1 ? 's' : ''}: such shares come from chance too.`,
    first &&
      second &&
      second.high >= first.low &&
      `Which of ${first.parameter} and ${second.parameter} matters more is open: their intervals overlap.`,
  ].filter(sentence => sentence)
  return sentences.length > 0 ? sentences.join(' ') : null
}
