import type { SeedsNeeded } from '../../protocol/comparison.ts'
import { type Difference, type Hits, uncertaintyWith } from './difference.ts'
import { halfWidth, tailBeyond, type Uncertainty } from './uncertainty.ts'

/** One time out of five, on the near side, a true difference is missed: twice that, on both sides. */
const MISSED = 0.4

/** 80 % of a normal distribution lie below. */
const Z80 = 0.8416212335729143

/** How much of what the true difference may be is planned for: 80 % of it. */
const PLANNED = 0.2

/** Upper limit: more seeds than this are not a practical answer. */
const MOST_SEEDS = 1000

/**
 * The smallest true difference that is found four times out of five at this level: the distance that chance exceeds with
 * the chance `level`, and the one that it exceeds, on one side, one time out of five.
 *
 * @example
 * detectableDifference({ images: { variance: 0.003 ** 2, degrees: 9999 }, seeds: null }, 0.05) // 0.0084…
 */
export function detectableDifference(uncertainty: Uncertainty, level: number): number {
  return Math.min(1, halfWidth(level, uncertainty) + halfWidth(MISSED, uncertainty))
}

/**
 * How many seeds of each model would find a difference like this one four times out of five, where those that there are did
 * not: a range, as the true difference is known no better than its 80 % interval. At the far end of that interval the `least`
 * number is needed, always more than there are; at the near end the `most`, `null` where it may as well be no difference at all.
 * `null` altogether: no practical number would do, or a model has one seed, so that nothing is known of its spread.
 *
 * The same calculation as the verdict: Student's quantiles, at the `level` that is left after correction for all pairs.
 */
export function seedsNeeded(
  { difference, uncertainty }: Difference,
  models: readonly [Hits, Hits],
  level: number,
): SeedsNeeded | null {
  const most = Math.max(...models.map(({ runs }) => runs))
  if (models.some(({ runs }) => runs === 1)) return null
  const open = halfWidth(PLANNED, uncertainty)
  // As `detectableDifference`, with the normal 80 % quantile, which hardly depends on degrees of freedom: hundreds of pairs ask.
  const enough = (seeds: number, distance: number): boolean => {
    const planned = uncertaintyWith(seeds, uncertainty, models)
    const error = Math.sqrt(planned.images.variance + planned.seeds!.variance)
    const reached = distance - Z80 * error
    return reached > 0 && tailBeyond(reached, planned) <= level
  }
  const needed = (distance: number): number | null => {
    if (distance <= 0 || !enough(MOST_SEEDS, distance)) return null
    let [few, many] = [most, MOST_SEEDS]
    while (many - few > 1) {
      const middle = Math.floor((few + many) / 2)
      if (enough(middle, distance)) many = middle
      else few = middle
    }
    return many
  }
  const least = needed(Math.abs(difference) + open)
  return least === null ? null : { least, most: needed(Math.abs(difference) - open) }
}
