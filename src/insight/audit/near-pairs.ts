import type { LeanImages } from './lean-images.ts'

/** Points that lie together: `order[from]` to `order[to − 1]`, within the box from `low` to `high`. */
interface Box {
  readonly from: number
  readonly to: number
  readonly low: Float32Array
  readonly high: Float32Array
  /** Absent in a leaf. */
  readonly halves?: readonly [Box, Box]
}

const LEAF = 16

/**
 * Visits every pair of points whose squared distance is less than `limit`, once, by their places in the array: boxes that are
 * farther apart than that are passed over with everything in them (a dual-tree search: Gray and Moore, 2000).
 */
export function forEachNearPair(
  points: LeanImages,
  limit: number,
  visit: (first: number, second: number) => void,
): void {
  const { places, width } = points
  const order = Int32Array.from({ length: places.length / width }, (_, i) => i)
  const root = boxOf(points, order, 0, order.length)
  // In the order of the leaves, so that neighbours lie together in memory.
  const sorted = new Float32Array(places.length)
  order.forEach((point, i) => {
    sorted.set(places.subarray(point * width, (point + 1) * width), i * width)
  })
  const compare = (a: number, b: number): void => {
    let sum = 0
    for (let k = 0; k < width && sum < limit; k++) {
      const difference = sorted[a * width + k]! - sorted[b * width + k]!
      sum += difference * difference
    }
    if (sum < limit) visit(order[a]!, order[b]!)
  }
  const within = ({ from, to, halves }: Box): void => {
    if (halves) {
      within(halves[0])
      within(halves[1])
      between(halves[0], halves[1])
      return
    }
    for (let a = from; a < to; a++) for (let b = a + 1; b < to; b++) compare(a, b)
  }
  const between = (one: Box, other: Box): void => {
    if (areApart(one, other, limit)) return
    const larger = one.to - one.from >= other.to - other.from ? one : other
    const { halves } = larger
    if (halves) {
      const rest = larger === one ? other : one
      between(halves[0], rest)
      between(halves[1], rest)
      return
    }
    for (let a = one.from; a < one.to; a++) for (let b = other.from; b < other.to; b++) compare(a, b)
  }
  within(root)
}

/** Are all points of one box at least as far as `limit` from all of the other? */
function areApart(one: Box, other: Box, limit: number): boolean {
  let sum = 0
  for (let k = 0; k < one.low.length && sum < limit; k++) {
    const gap = Math.max(one.low[k]! - other.high[k]!, other.low[k]! - one.high[k]!)
    if (gap > 0) sum += gap * gap
  }
  return sum >= limit
}

/** Halves points where they spread most, until few are left; changes their order. */
function boxOf(points: LeanImages, order: Int32Array, from: number, to: number): Box {
  const { places, width } = points
  const low = new Float32Array(width).fill(Infinity)
  const high = new Float32Array(width).fill(-Infinity)
  for (let i = from; i < to; i++) {
    for (let k = 0; k < width; k++) {
      const value = places[order[i]! * width + k]!
      if (value < low[k]!) low[k] = value
      if (value > high[k]!) high[k] = value
    }
  }
  if (to - from <= LEAF) return { from, to, low, high }
  let widest = 0
  for (let k = 1; k < width; k++) if (high[k]! - low[k]! > high[widest]! - low[widest]!) widest = k
  const at = (point: number): number => places[point * width + widest]!
  order.subarray(from, to).sort((a, b) => at(a) - at(b) || a - b)
  const middle = (from + to) >>> 1
  return {
    from,
    to,
    low,
    high,
    halves: [boxOf(points, order, from, middle), boxOf(points, order, middle, to)],
  }
}
