/** 95 % of a normal distribution lie within this many standard deviations of its mean. */
export const Z95 = 1.959963984540054

type Numbers = ArrayLike<number> & Iterable<number>

export function sum(values: Numbers): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** NaN of no values. */
export function mean(values: Numbers): number {
  return sum(values) / values.length
}

/** The mean over runs with its sample standard deviation (n − 1; 0 for a single run). */
export interface Statistic {
  readonly mean: number
  readonly std: number
  readonly n: number
}

/**
 * Mean and sample standard deviation.
 *
 * @example
 * statisticOf([0.9, 0.92]) // { mean: 0.91, std: 0.01414…, n: 2 }
 */
export function statisticOf(values: readonly number[]): Statistic {
  const n = values.length
  const centre = mean(values)
  const squares = sum(values.map(value => (value - centre) ** 2))
  return { mean: centre, std: n > 1 ? Math.sqrt(squares / (n - 1)) : 0, n }
}

/**
 * The value that a share of all values does not exceed, between neighbours in proportion (as NumPy does by default).
 *
 * @example
 * quantile([4, 1, 3, 2], 0.5) // 2.5
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)]!
  const high = sorted[Math.ceil(at)]!
  return low + (high - low) * (at - Math.floor(at))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/**
 * The median over rounds of one program's time over another's in the same round: what disturbs a round disturbs both.
 * Rounds that only one of them ran do not count.
 *
 * @example
 * pairedRatio([2, 6, 3], [1, 2, 3]) // 2
 */
export function pairedRatio(times: readonly number[], others: readonly number[]): number {
  const rounds = Math.min(times.length, others.length)
  return median(times.slice(0, rounds).map((time, round) => time / others[round]!))
}

/** The position of the largest value, counted from `from`; the first of equal ones. */
export function argMax(values: ArrayLike<number>, from = 0, count = values.length): number {
  let best = 0
  for (let k = 1; k < count; k++) if (values[from + k]! > values[from + best]!) best = k
  return best
}
