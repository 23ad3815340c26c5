import { statisticOf } from '../../../src/base/maths.ts'
import type { RunRow } from '../../../src/protocol/studio.ts'
import type { Curve } from '../stream/hub.ts'

export type Point = readonly [x: number, y: number]
/** What lies between `low` and `high` at `x`. */
export type BandPoint = readonly [x: number, low: number, high: number]

/** An exponential mean over about `1 / (1 - weight)` values, without the pull of a start at zero. */
export function smoothed(values: readonly number[], weight: number): number[] {
  let [sum, norm] = [0, 0]
  return values.map(value => {
    sum = weight * sum + (1 - weight) * value
    norm = weight * norm + (1 - weight)
    return sum / norm
  })
}

/** The place of the last point that is not right of `x`; -1: all are. */
function placeBefore(points: readonly Point[], x: number): number {
  let [low, high] = [0, points.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (points[middle]![0] <= x) low = middle + 1
    else high = middle
  }
  return low - 1
}

/** A line at `x`, straight between its points; `null`: outside of it. */
function heightAt(points: readonly Point[], x: number): number | null {
  const at = placeBefore(points, x)
  const [before, after] = [points[at], points[at + 1]]
  if (!before || (!after && before[0] < x)) return null
  if (!after || before[0] === x) return before[1]
  return before[1] + ((x - before[0]) / (after[0] - before[0])) * (after[1] - before[1])
}

/** The mean of lines and one standard deviation around it, where at least two of them are; at the places of the longest one. */
export function meanOf(lines: readonly (readonly Point[])[]): {
  readonly mean: Point[]
  readonly band: BandPoint[]
} {
  const longest = lines.reduce((a, b) => (b.length > a.length ? b : a), [] as readonly Point[])
  const mean: Point[] = []
  const band: BandPoint[] = []
  for (const [x] of longest) {
    const { mean: middle, std, n } = statisticOf(lines.flatMap(points => heightAt(points, x) ?? []))
    mean.push([x, middle])
    if (n > 1) band.push([x, middle - std, middle + std])
  }
  return { mean, band }
}

/** A line with at most about `most` of its points: of those that stand side by side, the lowest and the highest. */
export function thinned(points: readonly Point[], most: number): readonly Point[] {
  if (points.length <= most) return points
  const size = Math.ceil((2 * points.length) / most)
  const kept: Point[] = []
  for (let from = 0; from < points.length; from += size) {
    let [low, high] = [from, from]
    for (let i = from + 1; i < Math.min(from + size, points.length); i++) {
      if (points[i]![1] < points[low]![1]) low = i
      if (points[i]![1] > points[high]![1]) high = i
    }
    kept.push(points[Math.min(low, high)]!)
    if (low !== high) kept.push(points[Math.max(low, high)]!)
  }
  // Where a line is now is not left out.
  if (kept.at(-1) !== points.at(-1)) kept.push(points.at(-1)!)
  return kept
}

/** The point of a line that is nearest to `x`, unless that is farther than `reach`. */
export function nearest(points: readonly Point[], x: number, reach: number): Point | null {
  const at = placeBefore(points, x)
  const found = [points[at], points[at + 1]]
    .filter(point => point !== undefined)
    .sort((a, b) => Math.abs(a[0] - x) - Math.abs(b[0] - x))[0]
  return found && Math.abs(found[0] - x) <= reach ? found : null
}

/** Seconds of training after a number of steps, by the time that each epoch took; the last one stands for those that follow. */
export function secondsAfter(
  { epochs }: Curve,
  { stepsPerEpoch }: RunRow,
): ((steps: number) => number) | null {
  if (epochs.length === 0) return null
  const ends = [0]
  for (const { durationMs } of epochs) ends.push(ends.at(-1)! + durationMs / 1000)
  const last = epochs.at(-1)!.durationMs / 1000
  return steps => {
    const epoch = Math.min(Math.floor(steps / stepsPerEpoch), epochs.length)
    const length = epoch < epochs.length ? ends[epoch + 1]! - ends[epoch]! : last
    return ends[epoch]! + (steps / stepsPerEpoch - epoch) * length
  }
}
