import type { MetricFacts } from '../../../src/protocol/metric.ts'
import type { CurveLine } from './curve-lines.ts'
import { roundRange } from './round-range.ts'

/** Too few values to decide what is usual. */
const ENOUGH = 30
/** A loss that is this many times what lines begin with grows without end. */
const FAR = 5

export interface Range {
  readonly min?: number
  readonly max?: number
  readonly interval?: number
  /** Names of lines that end outside of it. */
  readonly outside: readonly string[]
}

/**
 * The part of the y-axis that is worth the space: without the few worst values, which are the first steps', and without lines whose loss
 * grows without end, so that one training that diverges does not flatten the others.
 */
export function usualRange(lines: readonly CurveLine[], { better, unit }: MetricFacts): Range {
  const limit =
    unit === 'number' && better === 'less'
      ? FAR * (middleOf(lines.flatMap(({ points }) => points[0]?.[1] ?? [])) ?? Infinity)
      : Infinity
  const isUsual = (value: number): boolean => Number.isFinite(value) && value <= limit
  const values = Float64Array.from(lines.flatMap(({ points }) => points.map(([, y]) => y)).filter(isUsual))
  values.sort()
  const outside = lines.filter(({ points }) => points.length > 0 && !isUsual(points.at(-1)![1]))
  const names = [...new Set(outside.map(({ name }) => name))]
  if (values.length === 0) return { outside: names }
  const ends = lines.flatMap(({ points }) => points.at(-1)?.[1] ?? []).filter(isUsual)
  const few = values.length < ENOUGH ? 0 : Math.floor(0.04 * values.length)
  const low = Math.min(values[better === 'less' ? 0 : few]!, ...ends)
  const high = Math.max(values.at(better === 'less' ? -1 - few : -1)!, ...ends)
  return { ...roundRange(low, high), outside: names }
}

/** The median, and of two the smaller. */
function middleOf(values: readonly number[]): number | null {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null
}
