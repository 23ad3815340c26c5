import { pause } from '../../engine/backends/pause.ts'
import type { NearestRows, Watched } from './nearest-rows.ts'

/** A pair of rows, each edge in both directions, and how often it is pulled together: in each epoch of the strongest ones. */
interface Edges {
  readonly from: Int32Array
  readonly to: Int32Array
  /** From 0 to 1. */
  readonly weights: Float64Array
}

/** 1 / (1 + a · distance^(2 b)): how near two points of the plane are. */
interface Nearness {
  readonly a: number
  readonly b: number
}

export interface LayoutOptions extends Watched {
  /** How near points may lie, from 0 to 1. */
  readonly minDist: number
  /** `[count, 2]`: where the points begin; changed in place. */
  readonly points: Float64Array
  /** Random numbers in [0, 1), one after another. */
  readonly random: () => number
}

/** Few points need more epochs than many, which are pulled more often in each. */
const [FEW, EPOCHS_OF_FEW, EPOCHS] = [2500, 500, 200]
/** Points that are pushed away for each one that is pulled near. */
const PUSHED = 5
/** No coordinate of a point moves further at once. */
const MOST = 4

/**
 * Moves points on a plane until those lie together whose rows are near: UMAP's layout by stochastic gradient descent.
 * Source: McInnes, Healy and Melville (2018), https://arxiv.org/abs/1802.03426, sections 3 and 4.
 *
 * @example
 * const near = { each: 1, indices: Int32Array.of(1, 0, 3, 2), distances: Float64Array.of(1, 1, 1, 1) }
 * const points = Float64Array.of(0, 0, 1, 0, 2, 0, 3, 0)
 * let drawn = 0
 * await umapLayout(near, { minDist: 0.1, points, random: () => (drawn = (drawn + 0.37) % 1) })
 * points.every(Number.isFinite) // true
 */
export async function umapLayout(
  near: NearestRows,
  { minDist, points, random, onProgress, signal }: LayoutOptions,
): Promise<void> {
  const count = points.length / 2
  const epochs = count <= FEW ? EPOCHS_OF_FEW : EPOCHS
  const { from, to, weights } = fuzzyEdges(near)
  const { a, b } = fitNearness(minDist)
  // An edge of weight w is due in every 1 / w-th epoch.
  const due = weights.map(weight => 1 / weight)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = 1 - epoch / epochs
    for (let e = 0; e < due.length; e++) {
      if (due[e]! > epoch + 1) continue
      due[e]! += 1 / weights[e]!
      pull(2 * from[e]!, 2 * to[e]!, rate)
      for (let n = 0; n < PUSHED; n++) push(2 * from[e]!, 2 * Math.floor(random() * count), rate)
    }
    onProgress?.((epoch + 1) / epochs)
    await pause()
    signal?.throwIfAborted()
  }

  /** Both points of an edge move towards each other: places of x, after which y stands. */
  function pull(one: number, other: number, rate: number): void {
    const x = points[one]! - points[other]!
    const y = points[one + 1]! - points[other + 1]!
    const square = x * x + y * y
    if (square === 0) return
    const power = square ** b
    const strength = (-2 * a * b * power) / (square * (1 + a * power))
    const dx = rate * bounded(strength * x)
    const dy = rate * bounded(strength * y)
    points[one]! += dx
    points[one + 1]! += dy
    points[other]! -= dx
    points[other + 1]! -= dy
  }

  /** A point moves away from another one. */
  function push(one: number, other: number, rate: number): void {
    const x = points[one]! - points[other]!
    const y = points[one + 1]! - points[other + 1]!
    const square = x * x + y * y
    if (square === 0) return
    const strength = (2 * b) / ((0.001 + square) * (1 + a * square ** b))
    points[one]! += rate * bounded(strength * x)
    points[one + 1]! += rate * bounded(strength * y)
  }
}

function bounded(step: number): number {
  return Math.max(-MOST, Math.min(MOST, step))
}

/**
 * How much two rows belong together: exp(−(distance − nearest) / σ), with σ such that the weights of a row sum up to log₂ of the number of
 * its neighbours; of both directions p and q, p + q − p q.
 */
function fuzzyEdges({ each, indices, distances }: NearestRows): Edges {
  const count = indices.length / each
  const own = new Float64Array(indices.length)
  for (let i = 0; i < count; i++) {
    const row = distances.subarray(i * each, (i + 1) * each)
    const nearest = row.find(distance => distance > 0) ?? 0
    const sigma = sigmaOf(row, nearest)
    row.forEach((distance, k) => {
      own[i * each + k] = distance <= nearest ? 1 : Math.exp(-(distance - nearest) / sigma)
    })
  }
  const weightOf = (from: number, to: number): number => {
    const at = indices.subarray(from * each, (from + 1) * each).indexOf(to)
    return at < 0 ? 0 : own[from * each + at]!
  }
  const [from, to, weights]: [number[], number[], number[]] = [[], [], []]
  const add = (i: number, j: number, weight: number): void => {
    from.push(i, j)
    to.push(j, i)
    weights.push(weight, weight)
  }
  for (let i = 0; i < count; i++) {
    for (let k = i * each; k < (i + 1) * each; k++) {
      const [j, p] = [indices[k]!, own[k]!]
      const q = weightOf(j, i)
      // A pair that both rows name is an edge of the first of them.
      if (q === 0 || i < j) add(i, j, p + q - p * q)
    }
  }
  const strongest = weights.reduce((most, weight) => Math.max(most, weight), 0)
  // Edges that no epoch would be long enough for only cost time.
  const kept = weights.map((_, e) => e).filter(e => weights[e]! >= strongest / EPOCHS_OF_FEW)
  return {
    from: Int32Array.from(kept, e => from[e]!),
    to: Int32Array.from(kept, e => to[e]!),
    weights: Float64Array.from(kept, e => weights[e]! / strongest),
  }
}

/** Halves the range of σ this often: to the last bits. */
const HALVINGS = 64
/** A σ is at least this share of the mean distance: copies of an image do not become a point apart. */
const LEAST_SIGMA = 1e-3

function sigmaOf(distances: Float64Array, nearest: number): number {
  const target = Math.log2(distances.length + 1)
  let [low, high, sigma] = [0, Infinity, 1]
  for (let n = 0; n < HALVINGS; n++) {
    let sum = 0
    for (const distance of distances) sum += distance <= nearest ? 1 : Math.exp(-(distance - nearest) / sigma)
    if (sum > target) high = sigma
    else low = sigma
    sigma = high === Infinity ? 2 * sigma : (low + high) / 2
  }
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length
  return Math.max(sigma, LEAST_SIGMA * mean)
}

/**
 * The a and b whose curve is nearest to 1 within `minDist` and exp(minDist − distance) beyond: least squares at 300 distances up to 3, by the
 * method of Levenberg and Marquardt.
 *
 * @example
 * fitNearness(0.1).a.toFixed(3) // '1.577'
 */
export function fitNearness(minDist: number): Nearness {
  const distances = Array.from({ length: 300 }, (_, i) => (3 * i) / 299)
  const wanted = (distance: number): number => (distance < minDist ? 1 : Math.exp(minDist - distance))
  const errorOf = ({ a, b }: Nearness): number =>
    distances.reduce((sum, x) => sum + (1 / (1 + a * x ** (2 * b)) - wanted(x)) ** 2, 0)
  let best: Nearness = { a: 1, b: 1 }
  let damping = 1e-3
  for (let n = 0; n < 100; n++) {
    let [aa, ab, bb, ga, gb] = [0, 0, 0, 0, 0]
    for (const x of distances.slice(1)) {
      const power = x ** (2 * best.b)
      const value = 1 / (1 + best.a * power)
      const byA = -power * value * value
      const byB = -2 * best.a * power * Math.log(x) * value * value
      const rest = wanted(x) - value
      aa += byA * byA
      ab += byA * byB
      bb += byB * byB
      ga += byA * rest
      gb += byB * rest
    }
    const [da, db] = [aa * (1 + damping), bb * (1 + damping)]
    const determinant = da * db - ab * ab
    const next = {
      a: best.a + (db * ga - ab * gb) / determinant,
      b: best.b + (da * gb - ab * ga) / determinant,
    }
    const isBetter = next.a > 0 && next.b > 0 && errorOf(next) < errorOf(best)
    damping = isBetter ? damping / 10 : damping * 10
    if (isBetter) best = next
  }
  return best
}
