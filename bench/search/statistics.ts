import { normalCdf } from '../../src/base/normal.ts'

/**
 * How probable losses as high as `first` beside `second` are if both come from the same distribution (Mann and Whitney, 1947, one-sided,
 * with the normal approximation and its corrections for ties and continuity).
 */
export function higherThan(first: readonly number[], second: readonly number[]): number {
  const [n, m] = [first.length, second.length]
  let wins = 0
  for (const a of first) for (const b of second) wins += a > b ? 1 : a === b ? 0.5 : 0
  const counts = new Map<number, number>()
  for (const value of [...first, ...second]) counts.set(value, (counts.get(value) ?? 0) + 1)
  const all = n + m
  const ties = [...counts.values()].reduce((sum, t) => sum + t ** 3 - t, 0)
  const deviation = Math.sqrt(((n * m) / 12) * (all + 1 - ties / (all * (all - 1))))
  return deviation === 0 ? 1 : normalCdf(-(wins - (n * m) / 2 - 0.5) / deviation)
}
