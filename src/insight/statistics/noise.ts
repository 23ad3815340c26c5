import { Z95 } from '../../base/maths.ts'
import { studentQuantile } from './uncertainty.ts'

/**
 * Wilson's interval for a share: where the true accuracy lies with 95 % confidence, given what a test set showed.
 *
 * centre = (p + z²/2n) / (1 + z²/n), half width = z / (1 + z²/n) · √(p (1 − p) / n + z²/4n²).
 * Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209.
 *
 * @example
 * wilsonInterval(0.9, 10000) // [0.8939…, 0.9057…]
 */
export function wilsonInterval(share: number, count: number, z: number = Z95): readonly [number, number] {
  const spread = z ** 2 / count
  const centre = (share + spread / 2) / (1 + spread)
  const half = (z / (1 + spread)) * Math.sqrt((share * (1 - share)) / count + spread / (4 * count))
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}

/**
 * The standard error of an accuracy measured on a test set: √(p (1 − p) / n).
 *
 * @example
 * accuracyError(0.9, 10000) // 0.003
 */
export function accuracyError(share: number, count: number): number {
  return Math.sqrt((share * (1 - share)) / count)
}

export interface Measurement {
  readonly accuracy: number
  /** The test examples. */
  readonly count: number
}

export interface Repeated extends Measurement {
  /** Number of seeds that the mean is over. */
  readonly seeds: number
  /** Their sample standard deviation; 0 for one seed. */
  readonly std: number
}

export interface AccuracyDifference {
  /** Reproduced minus reported. */
  readonly difference: number
  /** Standard error of the difference, from the two test sets and the seeds' spread. */
  readonly error: number
  /** 95 % of chance lies within ± this: see `noiseWidth`. */
  readonly width: number
  /** `within`: no larger than `width`. */
  readonly verdict: 'within' | 'better' | 'worse'
}

/**
 * How far chance alone takes one reported run and the mean of some runs here apart, with 95 %: the errors from the images count
 * 1.96 times, the seeds' spread s counts t · s √(1 + 1/seeds) with Student's t of seeds − 1 degrees of freedom, since a spread
 * that was estimated from few seeds may be far too small.
 *
 * @example
 * noiseWidth([0.003, 0.003], { std: 0.003, seeds: 3 }) // 0.0170…
 */
export function noiseWidth(
  imageErrors: readonly number[],
  { std, seeds }: { readonly std: number; readonly seeds: number },
): number {
  const spread = seeds > 1 ? studentQuantile(seeds - 1) * std * Math.sqrt(1 + 1 / seeds) : 0
  return Math.hypot(Z95 * Math.hypot(...imageErrors), spread)
}

/**
 * Whether a single run that somebody reported and ours differ by more than chance.
 *
 * error² = p(1 − p)/n of either test + s² (1 + 1/seeds): the reported run is one draw from the seeds' spread s, ours their mean.
 *
 * @example
 * compareAccuracy({ accuracy: 0.903, count: 10000 }, { accuracy: 0.9014, count: 10000, seeds: 3, std: 0.0026 }).verdict // 'within'
 */
export function compareAccuracy(reported: Measurement, reproduced: Repeated): AccuracyDifference {
  const { seeds, std } = reproduced
  const difference = reproduced.accuracy - reported.accuracy
  const images = [
    accuracyError(reported.accuracy, reported.count),
    accuracyError(reproduced.accuracy, reproduced.count),
  ]
  const error = Math.hypot(...images, std * Math.sqrt(1 + 1 / seeds))
  const width = noiseWidth(images, { std, seeds })
  const within = Math.abs(difference) <= width
  return { difference, error, width, verdict: within ? 'within' : difference > 0 ? 'better' : 'worse' }
}
