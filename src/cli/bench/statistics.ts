/**
 * The value that a share of all values does not exceed, between neighbours in proportion (as NumPy does by default).
 *
 * @example
 * quantile([4, 1, 3, 2], 0.5) // 2.5
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!]
  return low + (high - low) * (at - Math.floor(at))
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

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
