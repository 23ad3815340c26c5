/**
 * Student's t at which 97.5 % of his distribution lie below: the half width of a 95 % interval, in standard errors that
 * were estimated with so many degrees of freedom; `Infinity` is the normal distribution's.
 *
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4.
 *
 * @example
 * studentQuantile(2) // 4.3026…
 */
export function studentQuantile(degrees: number): number {
  if (degrees === Infinity) return 1.959963984540054
  let [low, high] = [0, Math.PI / 2]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (within(middle, degrees) < 0.95) low = middle
    else high = middle
  }
  return Math.tan(low) * Math.sqrt(degrees)
}

/** The probability of |t| < tan(angle) · √degrees. */
function within(angle: number, degrees: number): number {
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)]
  const odd = degrees % 2 === 1
  if (degrees === 1) return (2 * angle) / Math.PI
  let term = odd ? cos : 1
  let sum = term
  for (let k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= (cos ** 2 * (k - 1)) / k
    sum += term
  }
  return odd ? (2 / Math.PI) * (angle + sin * sum) : sin * sum
}
