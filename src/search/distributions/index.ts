import { family, type SpecOf } from '../../base/family.ts'
import { parseSpec } from '../../base/schema.ts'
import type { ParameterValue } from '../../protocol/study.ts'
import type { GivenCondition } from '../condition.ts'
import { choiceDistribution } from './choice.ts'
import type { DistributionDefinition } from './distribution.ts'
import { intRangeDistribution } from './int-range.ts'
import { logUniformDistribution } from './log-uniform.ts'
import { uniformDistribution } from './uniform.ts'

/** Everything that a parameter may be. */
export const distributions = family('distribution', {
  uniform: uniformDistribution,
  logUniform: logUniformDistribution,
  intRange: intRangeDistribution,
  choice: choiceDistribution,
})

/** What a parameter may be: a frozen JSON value, made by `uniform`, `logUniform`, `intRange` and `choice`. */
export type Distribution = SpecOf<typeof distributions>

/** The definition that belongs to a distribution. */
export function definitionOf(distribution: Distribution): DistributionDefinition<Distribution> {
  return distributions.of(distribution)
}

/**
 * A parameter that is there only with some values of other parameters; otherwise trials have no value for it. Throws a `UsageError`
 * for a condition that is none; that its parameters exist is checked with the space.
 *
 * @example
 * when({ depth: [2, 3] }, intRange(8, 64, { step: 8 })).when // { depth: [2, 3] }
 */
export function when<D extends Distribution>(
  condition: GivenCondition,
  distribution: D,
): D & { readonly when: object } {
  const { fields } = definitionOf(distribution)
  return parseSpec(distribution.kind, fields, { ...distribution, when: condition }) as unknown as D & {
    readonly when: object
  }
}

/** The value at a place from 0 to 1. */
export function valueAt(distribution: Distribution, unit: number): ParameterValue {
  return definitionOf(distribution).at(distribution, unit)
}

/** The place of a value, from 0 to 1; of a discrete distribution the middle of its cell; `null`: it is none of its values. */
export function unitOf(distribution: Distribution, value: unknown): number | null {
  return definitionOf(distribution).unitOf(distribution, value)
}

/** How many values there are; `null`: a continuous range. */
export function cellsOf(distribution: Distribution): number | null {
  return definitionOf(distribution).cells?.count(distribution) ?? null
}

/** The value of a cell of a discrete distribution, the first being 0. */
export function valueInCell(distribution: Distribution, cell: number): ParameterValue {
  return definitionOf(distribution).cells!.value(distribution, cell)
}

export { type ChoiceSpec, choice } from './choice.ts'
export { type IntRangeOptions, intRange } from './int-range.ts'
export { logUniform } from './log-uniform.ts'
export { uniform } from './uniform.ts'
