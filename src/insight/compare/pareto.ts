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
  return nondominated(items, ({ accuracy, cost }) => [-accuracy, cost]).sort((a, b) => a.cost - b.cost)
}

/**
 * The Pareto front for any number of losses, of each of which less is better: those that no other is at least as good as in all
 * and better than in one. In the order in which they come.
 *
 * @example
 * nondominated([[1, 2], [2, 1], [2, 2]], losses => losses) // [[1, 2], [2, 1]]
 */
export function nondominated<T>(items: readonly T[], lossesOf: (item: T) => readonly number[]): T[] {
  const losses = items.map(lossesOf)
  // What beats an item comes before it in this order, so that comparing with the front so far is enough.
  const order = [...items.keys()].sort((a, b) => compareLosses(losses[a]!, losses[b]!))
  const front: number[] = []
  for (const i of order) if (!front.some(j => dominates(losses[j]!, losses[i]!))) front.push(i)
  return front.sort((a, b) => a - b).map(i => items[i]!)
}

function compareLosses(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((loss, k) => loss !== b[k])
  return i < 0 ? 0 : a[i]! - b[i]!
}

function dominates(a: readonly number[], b: readonly number[]): boolean {
  return a.every((loss, k) => loss <= b[k]!) && a.some((loss, k) => loss < b[k]!)
}

/**
 * The volume between some points and a reference that is worse than all of them: what a Pareto front has won, for any number of losses of which less is better.
 * Points beyond the reference in some loss add nothing.
 *
 * By slices of the last loss: between two neighbouring values of it, the rest is the same problem with one loss less.
 * Source: E. Zitzler and L. Thiele, Multiobjective Evolutionary Algorithms, IEEE Transactions on Evolutionary Computation 3 (1999), 257.
 *
 * @example
 * hypervolume([[0, 1], [1, 0]], [2, 2]) // 3
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const inside = points.filter(point => point.every((loss, k) => loss < reference[k]!))
  const last = reference.length - 1
  if (last === 0) return inside.reduce((most, [loss]) => Math.max(most, reference[0]! - loss!), 0)
  const sorted = inside.toSorted((a, b) => a[last]! - b[last]!)
  const rest = reference.slice(0, last)
  let volume = 0
  let slice: (readonly number[])[] = []
  sorted.forEach((point, i) => {
    slice = nondominated([...slice, point.slice(0, last)], losses => losses)
    const height = (sorted[i + 1]?.[last] ?? reference[last]!) - point[last]!
    if (height > 0) volume += height * hypervolume(slice, rest)
  })
  return volume
}
