import { erfc } from '../../base/erfc.ts'

/** A variance, and the degrees of freedom that it was estimated with. */
export interface Estimated {
  readonly variance: number
  readonly degrees: number
}

/** What a difference of two accuracies may be off by: the test images are a sample, and so are the seeds. */
export interface Uncertainty {
  readonly images: Estimated
  /** `null`: each model has one seed, and the difference is about these two networks. */
  readonly seeds: Estimated | null
}

/**
 * The chance that an error of this uncertainty is farther from zero than `distance`: the two-sided p-value of a difference.
 *
 * The error is √(images.variance) · t₁ + √(seeds.variance) · t₂, with t of Student's distributions: many images are nearly
 * normal, and few seeds have the heavy tails of a spread that hardly anything is known of. p = Σ w(x) P(|t₁| > distance / √v(x)) over
 * x of χ² with `seeds.degrees`, v = images.variance + seeds.variance · degrees / x.
 *
 * @example
 * tailBeyond(4.302652729749464, { images: { variance: 0, degrees: 99 }, seeds: { variance: 1, degrees: 2 } }) // 0.05…
 */
export function tailBeyond(distance: number, { images, seeds }: Uncertainty): number {
  if (distance === 0) return 1
  if (!seeds || seeds.variance === 0)
    return normalTail(deviate(distance / Math.sqrt(images.variance), images.degrees))
  let tail = 0
  for (const { stretch, weight } of spreads(seeds.degrees)) {
    const variance = images.variance + seeds.variance * stretch
    // If seeds are most of the variance, the images' own degrees of freedom no longer matter (Satterthwaite).
    const degrees = images.variance === 0 ? Infinity : images.degrees * (variance / images.variance) ** 2
    tail += weight * normalTail(deviate(distance / Math.sqrt(variance), degrees))
  }
  return tail
}

/**
 * The distance that an error of this uncertainty exceeds with the chance `level`: half the width of an interval. It inverts
 * `tailBeyond`, so that zero is outside the 95 % interval exactly where p < 0.05.
 *
 * @example
 * halfWidth(0.05, { images: { variance: 1, degrees: Infinity }, seeds: null }) // 1.95996…
 */
export function halfWidth(level: number, uncertainty: Uncertainty): number {
  const excess = (distance: number): number => Math.log(tailBeyond(distance, uncertainty) / level)
  let low = 0
  let high = 2 * Math.sqrt(uncertainty.images.variance + (uncertainty.seeds?.variance ?? 0))
  if (high === 0) return 0
  let [atLow, atHigh] = [-Math.log(level), excess(high)]
  while (atHigh > 0) [low, atLow, high, atHigh] = [high, atHigh, 2 * high, excess(2 * high)]
  // The Illinois rule: a secant that keeps the root between two ends.
  for (let i = 0; i < 100 && high - low > 1e-13 * high; i++) {
    const next = low + ((high - low) * atLow) / (atLow - atHigh)
    const at = excess(next)
    if (Math.abs(at) < 1e-13) return next
    if (at > 0) [low, atLow, atHigh] = [next, at, atHigh / 2]
    else [high, atHigh, atLow] = [next, at, atLow / 2]
  }
  return high
}

const quantiles = new Map<string, number>()

/**
 * Half the width of a 95 % interval, in standard errors that were estimated with these degrees of freedom; or of an interval that is missed with
 * the chance `level`.
 *
 * @example
 * studentQuantile(2) // 4.3026…
 */
export function studentQuantile(degrees: number, level = 0.05): number {
  const key = `${degrees} ${level}`
  const known = quantiles.get(key)
  if (known !== undefined) return known
  const images = { variance: 0, degrees: Number.POSITIVE_INFINITY }
  const found = halfWidth(level, { images, seeds: { variance: 1, degrees } })
  quantiles.set(key, found)
  return found
}

/** P(|z| > distance) of a normal distribution. */
function normalTail(distance: number): number {
  return erfc(distance / Math.SQRT2)
}

/**
 * The normal deviate with the same tail as Student's t.
 * Source: G. W. Hill, Algorithm 395: Student's t-distribution, Communications of the ACM 13 (1970), 617.
 */
function deviate(t: number, degrees: number): number {
  if (degrees > 1e9) return t
  const a = degrees - 0.5
  const b = 48 * a ** 2
  const y = a * Math.log1p(t ** 2 / degrees)
  return (
    (((((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y ** 2 + 100 + b) + y + 3) / b + 1) * Math.sqrt(y)
  )
}

interface Spread {
  /** degrees / x. */
  readonly stretch: number
  readonly weight: number
}

let lastSpreads: { readonly degrees: number; readonly spreads: readonly Spread[] } | null = null

/** χ² in steps of its logarithm: an analytic function without ends, of which sums of equal steps are right to 7 digits. */
function spreads(degrees: number): readonly Spread[] {
  if (lastSpreads?.degrees === degrees) return lastSpreads.spreads
  // With infinitely many the variance is known; of what is no number of degrees the loop below would not end.
  if (!(degrees > 0 && degrees < Infinity)) return [{ stretch: 1, weight: degrees > 0 ? 1 : Number.NaN }]
  const step = 0.6 * Math.min(1, Math.sqrt(2 / degrees))
  const found: Spread[] = []
  let sum = 0
  for (const direction of [-1, 1]) {
    for (let i = direction === 1 ? 0 : 1; ; i++) {
      const offset = direction * i * step
      const weight = Math.exp((degrees / 2) * (offset - Math.expm1(offset)))
      if (weight < 1e-16) break
      found.push({ stretch: Math.exp(-offset), weight })
      sum += weight
    }
  }
  const normalized = found.map(({ stretch, weight }) => ({ stretch, weight: weight / sum }))
  lastSpreads = { degrees, spreads: normalized }
  return normalized
}
