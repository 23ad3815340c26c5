/** Something that is good for an accuracy and has a price. */
export interface Priced {
  readonly accuracy: number
  /** Parameters, multiply-adds, seconds, …: the less the better. */
  readonly cost: number
}

/**
 * Those that nothing beats: no other is at least as accurate for no more, and better in one of the two. From cheap to dear.
 *
 * @example
 * paretoFront([{ accuracy: 0.9, cost: 2 }, { accuracy: 0.8, cost: 3 }, { accuracy: 0.7, cost: 1 }]).map(({ cost }) => cost) // [1, 2]
 */
export function paretoFront<T extends Priced>(items: readonly T[]): T[] {
  const beats = (a: T, b: T): boolean =>
    a.accuracy >= b.accuracy && a.cost <= b.cost && (a.accuracy > b.accuracy || a.cost < b.cost)
  return items.filter(item => !items.some(other => beats(other, item))).sort((a, b) => a.cost - b.cost)
}
