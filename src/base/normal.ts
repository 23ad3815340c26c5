import { erfc } from './erfc.ts'

/** The density of the standard normal distribution: exp(−x² / 2) / √(2π). */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
}

/** The share of a standard normal distribution below `x`. */
export function normalCdf(x: number): number {
  return erfc(-x / Math.SQRT2) / 2
}

/**
 * The value that a share of a standard normal distribution does not exceed: Acklam's rational approximation, made exact to double
 * precision by one step of Halley's method.
 *
 * @example
 * normalQuantile(0.975) // 1.95996398454005…
 */
export function normalQuantile(share: number): number {
  if (share <= 0) return -Infinity
  if (share >= 1) return Infinity
  if (share > 0.5) return -normalQuantile(1 - share)
  const x = share < 0.02425 ? tailQuantile(share) : centralQuantile(share)
  const error = (normalCdf(x) - share) / normalDensity(x)
  return x - error / (1 + (x * error) / 2)
}

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((value, coefficient) => value * x + coefficient)

const CENTRE = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
]
const CENTRE_BELOW = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
]
const TAIL = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const TAIL_BELOW = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]

function centralQuantile(share: number): number {
  const q = share - 0.5
  return (polynomial(CENTRE, q * q) * q) / polynomial(CENTRE_BELOW, q * q)
}

function tailQuantile(share: number): number {
  const q = Math.sqrt(-2 * Math.log(share))
  return polynomial(TAIL, q) / polynomial(TAIL_BELOW, q)
}
