import { mean, statisticOf } from '../../base/maths.ts'
import { studentQuantile } from './uncertainty.ts'

/** What seeds say about a quantity: its mean, and where it lies with 95 %. */
export interface Estimate {
  readonly mean: number
  readonly low: number
  readonly high: number
}

const LEVEL = 0.05

/**
 * The candidate with the highest mean over the seeds, and where its true mean lies with 95 % although it was chosen for being the highest: the highest of several
 * means is more often lucky than not. `values` has a list for each candidate, with a value for each seed.
 *
 * Luck only goes up. So the lower end is that of simultaneous t intervals of all m candidates (Bonferroni: 2.5 % / m), and the upper end that of one t interval (2.5 %).
 * The variance is the larger one of its own and the mean of all, with m (n − 1) degrees of freedom: with few seeds a small variance is a lucky one, and a large one may
 * be what made it win. How well this holds was simulated: docs/decisions/0035-what-repeats-say.md.
 *
 * `estimate` is `null` for one seed.
 *
 * @example
 * selectedOf([[0.91, 0.92, 0.9], [0.88, 0.9, 0.89]]).place // 0
 */
export function selectedOf(values: readonly (readonly number[])[]): {
  readonly place: number
  readonly estimate: Estimate | null
} {
  const means = values.map(mean)
  const place = means.indexOf(Math.max(...means))
  const seeds = values[place]!.length
  if (seeds < 2) return { place, estimate: null }
  const degrees = values.length * (seeds - 1)
  return { place, estimate: estimateOf(values, place, degrees) }
}

/**
 * How much better the chosen candidate is than a reference that was trained with the same seeds: the mean of the differences by seed, and where the true one lies with 95 %, corrected as
 * `selectedOf` is for the choice of one among the others. If the reference and all others are equal, `low` is above 0 in at most 2.5 % of cases.
 *
 * As each difference contains the same reference, which may vary more than the others, fewer degrees of freedom count: half way
 * between n − 1 of one candidate and all of them. With one other candidate it is the paired t interval. `null` for one seed.
 *
 * @example
 * selectedDifference([[0.91, 0.92, 0.9], [0.88, 0.9, 0.89]], 1)!.mean // 0.02
 */
export function selectedDifference(
  values: readonly (readonly number[])[],
  reference: number,
): Estimate | null {
  const differences = values
    .filter((_, i) => i !== reference)
    .map(list => list.map((value, seed) => value - values[reference]![seed]!))
  const means = differences.map(mean)
  const seeds = values[reference]!.length
  if (seeds < 2) return null
  const degrees = ((seeds - 1) * (1 + differences.length)) / 2
  return estimateOf(differences, means.indexOf(Math.max(...means)), degrees)
}

function estimateOf(values: readonly (readonly number[])[], place: number, degrees: number): Estimate {
  const variances = values.map(list => statisticOf(list).std ** 2)
  const seeds = values[place]!.length
  const error = Math.sqrt(Math.max(variances[place]!, mean(variances)) / seeds)
  const centre = mean(values[place]!)
  return {
    mean: centre,
    low: centre - error * studentQuantile(degrees, LEVEL / values.length),
    high: centre + error * studentQuantile(degrees, LEVEL),
  }
}
