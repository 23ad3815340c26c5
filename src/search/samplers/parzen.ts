import { sum } from '../../base/maths.ts'
import { normalCdf, normalQuantile } from '../../base/normal.ts'
import { ABSENT, type Axis, type Positions, placeOf, positionAt } from './axes.ts'
import type { Draw } from './sampler.ts'

/**
 * A density over the space as a weighted sum of kernels, one at each trial and one that is as wide as the space, the prior. A kernel
 * is a product over the axes: on lines and steps a normal distribution cut off at 0 and 1, in a category a distribution over its values.
 * A trial that lacks a parameter has the prior's factor for it.
 */
export interface ParzenEstimator {
  /** Positions on all axes, also of parameters that are then not there. */
  sample(draw: Draw): Positions
  /** The logarithm of the density over those parameters that are there. */
  logDensity(positions: Positions): number
}

/** One axis of all kernels. */
interface Factor {
  sample(kernel: number, draw: Draw): number
  /** Adds the logarithm of each kernel's factor at a position. */
  addTo(logs: Float64Array, position: number): void
}

/**
 * Watanabe, "Tree-Structured Parzen Estimator: Understanding Its Algorithm Components and Their Roles for Better Empirical
 * Performance" (2023). `weights`: by trial; the prior's weight is 1.
 */
export function parzenEstimator(
  axes: readonly Axis[],
  trials: readonly Positions[],
  weights: readonly number[],
): ParzenEstimator {
  const total = sum(weights) + 1
  const shares = [...weights, 1].map(weight => weight / total)
  const factors = axes.map((axis, i) => {
    const positions = trials.map(row => row[i]!)
    return axis.kind === 'category' ? categoryFactor(axis, positions) : normalFactor(axis, positions)
  })
  const logShares = Float64Array.from(shares, Math.log)
  return {
    sample(draw) {
      const kernel = pick(shares, draw())
      return Float64Array.from(factors, factor => factor.sample(kernel, draw))
    },
    logDensity(positions) {
      const logs = logShares.slice()
      for (const [i, factor] of factors.entries()) {
        if (positions[i] !== ABSENT) factor.addTo(logs, positions[i]!)
      }
      return logSumExp(logs)
    },
  }
}

/** The place at which the running total of `shares` exceeds `at`. */
function pick(shares: readonly number[], at: number): number {
  let below = 0
  for (const [i, share] of shares.entries()) {
    below += share
    if (at < below) return i
  }
  return shares.length - 1
}

function logSumExp(logs: Float64Array): number {
  let highest = -Infinity
  for (const log of logs) if (log > highest) highest = log
  let total = 0
  for (const log of logs) total += Math.exp(log - highest)
  return highest + Math.log(total)
}

/** A kernel gives its own value 1 + 1/n and every other 1/n, with n kernels; the prior gives all the same. */
function categoryFactor({ cells }: Axis, trials: readonly number[]): Factor {
  const own = Int32Array.from([...trials, ABSENT])
  const smoothing = 1 / (trials.filter(position => position !== ABSENT).length + 1)
  const rest = smoothing / (1 + cells * smoothing)
  const logs = {
    own: Math.log(rest + 1 / (1 + cells * smoothing)),
    rest: Math.log(rest),
    prior: -Math.log(cells),
  }
  return {
    sample(kernel, draw) {
      const isOwn = own[kernel] !== ABSENT && draw() >= cells * rest
      return isOwn ? own[kernel]! : Math.min(cells - 1, Math.floor(draw() * cells))
    },
    addTo(sums, position) {
      for (let k = 0; k < own.length; k++) {
        sums[k]! += own[k] === ABSENT ? logs.prior : own[k] === position ? logs.own : logs.rest
      }
    },
  }
}

interface Normal {
  readonly centre: number
  readonly width: number
  /** Its share below 0, and its share between 0 and 1. */
  readonly below: number
  readonly inside: number
}

const normal = (centre: number, width: number): Normal => {
  const below = normalCdf(-centre / width)
  return { centre, width, below, inside: normalCdf((1 - centre) / width) - below }
}

function normalFactor(axis: Axis, trials: readonly number[]): Factor {
  const places = trials.map(position => (position === ABSENT ? ABSENT : placeOf(axis, position)))
  const widths = widthsOf(places)
  const prior = normal(0.5, 1)
  // Trials at the same place of a discrete axis often have the same width, and then share a kernel.
  const made = new Map<number, Normal[]>()
  const kernels = places.map((place, i) => {
    if (place === ABSENT) return prior
    if (axis.kind === 'line') return normal(place, widths[i]!)
    const there = made.get(place) ?? []
    const same = there.find(({ width }) => width === widths[i])
    if (same) return same
    const one = normal(place, widths[i]!)
    made.set(place, [...there, one])
    return one
  })
  kernels.push(prior)
  const sample = (kernel: number, draw: Draw): number => {
    const { centre, width, below, inside } = kernels[kernel]!
    const place = centre + width * normalQuantile(below + draw() * inside)
    return positionAt(axis, Math.max(0, Math.min(1, place)))
  }
  return { sample, addTo: axis.kind === 'line' ? lineLogs(kernels) : stepLogs(axis, kernels) }
}

function lineLogs(kernels: readonly Normal[]): Factor['addTo'] {
  const offsets = Float64Array.from(
    kernels,
    ({ width, inside }) => -Math.log(width * inside * Math.sqrt(2 * Math.PI)),
  )
  const centres = Float64Array.from(kernels, ({ centre }) => centre)
  const scales = Float64Array.from(kernels, ({ width }) => 1 / width)
  return (sums, position) => {
    for (let k = 0; k < sums.length; k++) {
      const z = (position - centres[k]!) * scales[k]!
      sums[k]! += offsets[k]! - (z * z) / 2
    }
  }
}

/** A kernel's factor at a step is its share of the step's cell. */
function stepLogs({ edges }: Axis, kernels: readonly Normal[]): Factor['addTo'] {
  const different = [...new Set(kernels)]
  const numbers = new Map(different.map((kernel, i) => [kernel, i]))
  const indices = Int32Array.from(kernels, kernel => numbers.get(kernel)!)
  const byCell = new Map<number, Float64Array>()
  const logsIn = (cell: number): Float64Array =>
    Float64Array.from(different, ({ centre, width, inside }) => {
      const share =
        normalCdf((edges[cell + 1]! - centre) / width) - normalCdf((edges[cell]! - centre) / width)
      return Math.log(Math.max(share, Number.MIN_VALUE) / inside)
    })
  return (sums, cell) => {
    const logs = byCell.get(cell) ?? logsIn(cell)
    byCell.set(cell, logs)
    for (let k = 0; k < sums.length; k++) sums[k]! += logs[indices[k]!]!
  }
}

/** A kernel is as wide as the greater distance to its two neighbours, at most 1; among n it is at least 1 / min(100, n + 2) wide. */
function widthsOf(places: readonly number[]): Float64Array {
  const order = places
    .flatMap((place, i) => (place === ABSENT ? [] : [i]))
    .sort((a, b) => places[a]! - places[b]!)
  const least = 1 / Math.min(100, order.length + 2)
  const widths = new Float64Array(places.length)
  for (const [rank, i] of order.entries()) {
    const place = places[i]!
    const isAlone = order.length === 1
    const before = rank > 0 ? place - places[order[rank - 1]!]! : isAlone ? place : 0
    const after = rank < order.length - 1 ? places[order[rank + 1]!]! - place : isAlone ? 1 - place : 0
    widths[i] = Math.max(least, Math.min(1, Math.max(before, after)))
  }
  return widths
}
