import { UsageError } from '../../base/errors.ts'
import { number, parseSpec, required, type Spec } from '../../base/schema.ts'
import { clamp, type DistributionDefinition, distributionFields } from './distribution.ts'

const fields = {
  /** The lowest value. Required. */
  low: required(number()),
  /** The highest value. Required. */
  high: required(number()),
  ...distributionFields,
}

export type UniformSpec = Spec<'uniform', typeof fields>

/**
 * A number from `low` to `high`, every part of the range alike: x = low + u · (high − low) with u from 0 to 1.
 * Throws a `UsageError` unless `low` is less than `high`.
 *
 * @example
 * uniform(0, 0.6) // { kind: 'uniform', low: 0, high: 0.6, when: null }
 */
export function uniform(low: number, high: number): UniformSpec {
  const spec = parseSpec('uniform', fields, { low, high })
  checkRange(spec)
  return spec
}

/** Throws a `UsageError` unless there is something between `low` and `high`. */
export function checkRange({ kind, low, high }: { kind: string; low: number; high: number }): void {
  if (low < high) return
  if (low === high) {
    throw new UsageError(
      `${kind}: low and high are both ${low}, so there is nothing to search. Write the value in the experiment instead.`,
    )
  }
  throw new UsageError(`${kind}: low (${low}) is greater than high (${high}). Swap them.`)
}

export const uniformDistribution: DistributionDefinition<UniformSpec> = {
  fields,
  check: checkRange,
  scale: 'linear',
  range: ({ low, high }) => [low, high],
  at: ({ low, high }, unit) => clamp(low * (1 - unit) + high * unit, [low, high]),
  unitOf({ low, high }, value) {
    if (typeof value !== 'number' || !(value >= low && value <= high)) return null
    return (value - low) / (high - low)
  },
}
