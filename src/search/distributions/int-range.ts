import { UsageError } from '../../base/errors.ts'
import { boolean, integer, type Options, parseSpec, required, type Spec } from '../../base/schema.ts'
import { cellAt, type DistributionDefinition, distributionFields } from './distribution.ts'
import { checkLogRange } from './log-uniform.ts'
import { checkRange } from './uniform.ts'

const own = {
  /** The distance between two values. Default 1. */
  step: integer(1),
  /** Every doubling alike, instead of every value: for what matters by its order of magnitude. Default false. */
  log: boolean(false),
}

const least = { min: -Number.MAX_SAFE_INTEGER }
const fields = {
  /** The lowest value. Required. */
  low: required(integer(undefined, least)),
  /** The highest value, if steps from `low` reach it. Required. */
  high: required(integer(undefined, least)),
  ...own,
  ...distributionFields,
}

export interface IntRangeOptions extends Options<typeof own> {}
export type IntRangeSpec = Spec<'intRange', typeof fields>

/**
 * A whole number from `low` to `high`: low, low + step, low + 2 · step, … With `log`, the share of each value is that of its
 * surroundings on a logarithmic scale. Throws a `UsageError` for fewer than two values, or with `log` for a range that contains 0.
 *
 * @example
 * intRange(8, 64, { step: 8 }).step // 8
 */
export function intRange(low: number, high: number, options: IntRangeOptions = {}): IntRangeSpec {
  const spec = parseSpec('intRange', fields, { low, high, ...options })
  check(spec)
  return spec
}

function check(spec: IntRangeSpec): void {
  ;(spec.log ? checkLogRange : checkRange)(spec)
  if (spec.low + spec.step <= spec.high) return
  throw new UsageError(
    `intRange: the step (${spec.step}) is greater than the range from ${spec.low} to ${spec.high}, so there is one value only. ` +
      'Use a smaller step, or write the value in the experiment instead.',
  )
}

const countOf = ({ low, high, step }: IntRangeSpec): number => Math.floor((high - low) / step) + 1
const valueAtStep = ({ low, step }: IntRangeSpec, cell: number): number => low + cell * step

/** Logarithms of where a value's cell begins and ends: halfway to its neighbours. */
function edgesOf(spec: IntRangeSpec, value: number): readonly [number, number] {
  // Below the lowest value half a step may pass 0.
  return [Math.log(Math.max(value - spec.step / 2, value / 2)), Math.log(value + spec.step / 2)]
}

const logRangeOf = (spec: IntRangeSpec): readonly [number, number] => [
  edgesOf(spec, spec.low)[0],
  edgesOf(spec, valueAtStep(spec, countOf(spec) - 1))[1],
]

export const intRangeDistribution: DistributionDefinition<IntRangeSpec> = {
  fields,
  check,
  scale: 'linear',
  range: spec => [spec.low, valueAtStep(spec, countOf(spec) - 1)],
  cells: { count: countOf, value: valueAtStep },
  at(spec, unit) {
    const count = countOf(spec)
    if (!spec.log) return valueAtStep(spec, cellAt(unit, count))
    const [first, last] = logRangeOf(spec)
    const near = Math.exp(first * (1 - unit) + last * unit)
    return valueAtStep(spec, Math.max(0, Math.min(count - 1, Math.round((near - spec.low) / spec.step))))
  },
  unitOf(spec, value) {
    if (typeof value !== 'number') return null
    const count = countOf(spec)
    const cell = (value - spec.low) / spec.step
    if (!Number.isInteger(cell) || cell < 0 || cell >= count) return null
    if (!spec.log) return (cell + 0.5) / count
    const [first, last] = logRangeOf(spec)
    const [begin, end] = edgesOf(spec, value)
    return ((begin + end) / 2 - first) / (last - first)
  },
}
