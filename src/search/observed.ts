import type { ParameterValue, ParameterValues } from '../protocol/study.ts'
import { choice, type Distribution, logUniform, uniform } from './distributions/index.ts'
import type { Space } from './space.ts'
import { valueKey } from './value.ts'

/** With more values in a choice, few runs have each of them. */
const MOST_CHOICES = 50
/** Numbers that span this factor are compared by their order of magnitude. */
const WIDE = 10

/**
 * The space that some points lie in, for points that no search has drawn: of each parameter with several values, the range of its numbers or
 * the choice among its values.
 *
 * @example
 * observedSpace([{ rate: 0.001, pool: 'max' }, { rate: 0.1, pool: 'max' }]) // { rate: logUniform(0.001, 0.1) }
 */
export function observedSpace(points: readonly ParameterValues[]): Space {
  const byName = new Map<string, Map<string, ParameterValue>>()
  for (const point of points) {
    for (const [name, value] of Object.entries(point)) {
      const values = byName.get(name) ?? new Map<string, ParameterValue>()
      byName.set(name, values.set(valueKey(value), value))
    }
  }
  const space: Record<string, Distribution> = {}
  for (const [name, found] of byName) {
    const distribution = distributionOf([...found.values()])
    if (distribution) space[name] = distribution
  }
  return space
}

function distributionOf(values: readonly ParameterValue[]): Distribution | null {
  if (values.length < 2) return null
  if (!values.every(value => typeof value === 'number'))
    return values.length > MOST_CHOICES ? null : choice(values)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low > 0 && high / low >= WIDE ? logUniform(low, high) : uniform(low, high)
}
