import { UsageError } from '../../base/errors.ts'
import { number, parseSpec, required, type Spec } from '../../base/schema.ts'
import { clamp, type DistributionDefinition, distributionFields } from './distribution.ts'
import { checkRange } from './uniform.ts'

const fields = {
  /** The lowest value, above 0. Required. */
  low: required(number()),
  /** The highest value. Required. */
  high: required(number()),
  ...distributionFields,
}

export type LogUniformSpec = Spec<'logUniform', typeof fields>

/**
 * A number from `low` to `high`, every power of ten alike: x = low · (high / low)^u with u from 0 to 1. For what
 * matters by its order of magnitude, such as a learning rate. Throws a `UsageError` for a range that contains 0, or a `low` that is
 * not less than `high`.
 *
 * @example
 * logUniform(1e-4, 1e-1) // { kind: 'logUniform', low: 0.0001, high: 0.1, when: null }
 */
export function logUniform(low: number, high: number): LogUniformSpec {
  const spec = parseSpec('logUniform', fields, { low, high })
  checkLogRange(spec)
  return spec
}

/** Throws a `UsageError` unless the range has a logarithm everywhere. */
export function checkLogRange({ kind, low, high }: { kind: string; low: number; high: number }): void {
  checkRange({ kind, low, high })
  if (low > 0) return
  throw new UsageError(
    `${kind}: the range from ${low} to ${high} contains ${low === 0 || high >= 0 ? '0' : 'negative numbers'}, which has no logarithm. ` +
      'Begin it above 0, such as at 1e-6, or use a linear range.',
  )
}

export const logUniformDistribution: DistributionDefinition<LogUniformSpec> = {
  fields,
  check: checkLogRange,
  scale: 'log',
  range: ({ low, high }) => [low, high],
  // At 1 the product may miss the highest value by its last bit.
  at: ({ low, high }, unit) => (unit >= 1 ? high : clamp(low * (high / low) ** unit, [low, high])),
  unitOf({ low, high }, value) {
    if (typeof value !== 'number' || !(value >= low && value <= high)) return null
    return Math.log(value / low) / Math.log(high / low)
  },
}
