/** The density of the standard normal distribution: exp(−x² / 2) / √(2π). */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)
}

/**
 * The share of a standard normal distribution below `x`, to 15 decimals: a rational function times exp(−x² / 2), and far out a
 * continued fraction (Hart, "Computer Approximations", 1968, in the form of West, 2005). It takes a tenth of the time of `erfc`.
 */
export function normalCdf(x: number): number {
  const far = Math.abs(x)
  const exponential = Math.exp((-far * far) / 2)
  const beyond =
    far < 7.07106781186547
      ? (exponential * polynomial(CDF, far)) / polynomial(CDF_BELOW, far)
      : exponential / (far + 1 / (far + 2 / (far + 3 / (far + 4 / (far + 0.65))))) / Math.sqrt(2 * Math.PI)
  return x > 0 ? 1 - beyond : beyond
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

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0
  for (const coefficient of coefficients) value = value * x + coefficient
  return value
}

const CDF = [
  0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871,
  221.213596169931, 220.206867912376,
]
const CDF_BELOW = [
  0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
]

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
