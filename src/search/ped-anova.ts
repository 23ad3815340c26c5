import { erfc } from '../base/erfc.ts'
import type { ParameterValues } from '../protocol/study.ts'
import { cellsOf, unitOf } from './distributions/index.ts'
import { factsOf, type Space } from './space.ts'

/** A parameter's values as cells of a grid. */
export interface Axis {
  readonly parameter: string
  readonly size: number
  /** Neighbouring cells are similar values; of a choice they are not. */
  readonly isOrdered: boolean
  /** By trial: the cell of its value; -1: it has none. */
  readonly cells: Int32Array
}

/** Cells of a continuous parameter. */
const STEPS = 50

/** The values of some trials on the axis of each parameter. */
export function axesOf(space: Space, points: readonly ParameterValues[]): Axis[] {
  return factsOf(space).map(({ name, scale, low, high }) => {
    const distribution = space[name]!
    const count = cellsOf(distribution)
    const wanted = (point: ParameterValues): unknown => (Object.hasOwn(point, name) ? point[name] : undefined)
    const isOrdered = low !== null && high !== null
    if (!isOrdered) {
      const cellOf = (point: ParameterValues): number => {
        const unit = unitOf(distribution, wanted(point))
        return unit === null ? -1 : Math.floor(unit * count!)
      }
      return { parameter: name, size: count!, isOrdered, cells: Int32Array.from(points, cellOf) }
    }
    const bend = scale === 'log' ? Math.log : (value: number) => value
    const most = count === null ? STEPS : scale === 'log' ? Math.ceil(Math.log2(high - low + 1)) + 1 : count
    const size = Math.min(most, STEPS)
    const width = (bend(high) - bend(low)) / (size - 1)
    const cellOf = (point: ParameterValues): number => {
      const value = wanted(point)
      if (typeof value !== 'number') return -1
      const cell = Math.ceil((bend(value) - bend(low)) / width - 0.5)
      return Math.max(0, Math.min(size - 1, cell))
    }
    return { parameter: name, size, isOrdered, cells: Int32Array.from(points, cellOf) }
  })
}

/** How the values of some trials are spread over the grid. */
export interface Spread {
  /** The share of the trials that have a value. */
  readonly share: number
  /** By cell; sums up to 1. */
  readonly density: Float64Array
  /** How many trials have a value. */
  readonly count: number
}

/** The spread of the trials at some places; a place that is there twice counts twice. */
export function spreadOf({ cells, size, isOrdered }: Axis, places: Int32Array): Spread {
  const counts = new Float64Array(size)
  let count = 0
  for (const place of places) {
    const cell = cells[place]!
    if (cell < 0) continue
    counts[cell]!++
    count++
  }
  const density = isOrdered ? orderedDensity(counts, count) : choiceDensity(counts, count)
  return { share: count / places.length, density, count }
}

/**
 * How far the values of a parameter in the good trials are spread otherwise than in all trials: Pearson's divergence Σ p (q / p − 1)² of the
 * densities q and p. A parameter with a condition counts α² / β times, with its shares of the good trials, α, and of all, β.
 *
 * Sources: S. Watanabe, A. Bansal and F. Hutter, PED-ANOVA (2023), https://arxiv.org/abs/2304.10255; conditions: https://arxiv.org/abs/2601.20800.
 */
export function divergence(all: Spread, good: Spread): number {
  if (all.count < 2 || good.count === 0) return 0
  let apart = 0
  for (let cell = 0; cell < all.density.length; cell++) {
    const p = all.density[cell]!
    apart += (good.density[cell]! - p) ** 2 / p
  }
  return (good.share ** 2 / all.share) * apart
}

/** So that no density is 0. */
const LEAST = 1e-12

/** A kernel for each value, and one that is the same for all values. A kernel of a choice has a part for each value, the more the fewer values were seen. */
function choiceDensity(counts: Float64Array, total: number): Float64Array {
  const kernels = counts.filter(count => count > 0).length + 1
  const size = counts.length
  return counts.map(
    count => ((total / kernels + count) / (1 + size / kernels) + 1 / size) / (total + 1) + LEAST,
  )
}

/** A normal kernel for each value, and one that is spread over the whole grid; cut off at the ends of the grid and brought to 1. */
function orderedDensity(counts: Float64Array, total: number): Float64Array {
  const size = counts.length
  const density = wideKernel(size).map(share => share / (total + 1) + LEAST)
  const below = normalTable(size, bandwidthOf(counts, total))
  for (let centre = 0; centre < size; centre++) {
    const count = counts[centre]!
    if (count === 0) continue
    const inside = below[2 * size - 1 - centre]! - below[size - 1 - centre]!
    const weight = count / (total + 1) / inside
    for (let cell = 0; cell < size; cell++) {
      const distance = cell - centre + size
      density[cell]! += weight * (below[distance]! - below[distance - 1]!)
    }
  }
  return density
}

/** Scott's rule, with at least a width that keeps 90 % of a kernel in its cell. */
function bandwidthOf(counts: Float64Array, total: number): number {
  let [centre, squares] = [0, 0]
  for (let cell = 0; cell < counts.length; cell++) centre += (counts[cell]! * cell) / total
  for (let cell = 0; cell < counts.length; cell++) squares += counts[cell]! * (cell - centre) ** 2
  const deviation = Math.sqrt(squares / Math.max(1, total - 1))
  return Math.max(1.059 * Math.min(quartilesOf(counts, total) / 1.34, deviation) * total ** -0.2, 0.5 / 1.64)
}

/** The distance between the cells below which a quarter and three quarters of the values are. */
function quartilesOf(counts: Float64Array, total: number): number {
  let [low, high, cumulative] = [-1, -1, 0]
  counts.forEach((count, cell) => {
    if (count === 0) return
    cumulative += count
    if (low < 0 && cumulative >= Math.floor(total / 4)) low = cell
    if (high < 0 && cumulative > Math.floor((total * 3) / 4)) high = cell
  })
  return high - low
}

const wideKernels = new Map<number, Float64Array>()

/** A normal distribution around the middle of the grid, as wide as the grid. */
function wideKernel(size: number): Float64Array {
  const known = wideKernels.get(size)
  if (known) return known
  const upTo = (edge: number): number => normalBelow((edge - size / 2) / size)
  const inside = upTo(size) - upTo(0)
  const kernel = Float64Array.from({ length: size }, (_, cell) => (upTo(cell + 1) - upTo(cell)) / inside)
  wideKernels.set(size, kernel)
  return kernel
}

/** The normal distribution up to the upper edge of the cell that is i − size cells away from its centre. */
function normalTable(size: number, width: number): Float64Array {
  const table = new Float64Array(2 * size)
  for (let distance = 0; distance < size; distance++) {
    const below = normalBelow((distance + 0.5) / width)
    table[size + distance] = below
    table[size - 1 - distance] = 1 - below
  }
  return table
}

/** Beyond this distance nothing is left in double precision. */
const FAR = 9

function normalBelow(distance: number): number {
  return distance > FAR ? 1 : erfc(-distance / Math.SQRT2) / 2
}
