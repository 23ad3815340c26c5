import { boolean, number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { learningRateField } from '../schedules/schedule.ts'
import type { OptimizerDefinition } from './definition.ts'

const fields = {
  learningRate: learningRateField(0.001),
  rho: number(0.9, { min: 0, below: 1 }),
  momentum: number(0, { min: 0, max: 1 }),
  epsilon: number(1e-7, { min: 0 }),
  centered: boolean(false),
}

export type RmspropSpec = Spec<'rmsprop', typeof fields>

/**
 * RMSprop: s ← s + (g² − s)(1 − ρ), w ← w − α·g / √(s + ε); with momentum μ the steps add up, v ← μ·v + step, w ← w − v.
 * `centered` divides by the gradient's deviation instead: under the root s − a² + ε, with a the moving average of g.
 *
 * Throws a `UsageError` for a bad option.
 * Source: Hinton (2012), lecture 6e; https://keras.io/api/optimizers/rmsprop/.
 *
 * @example
 * rmsprop({ momentum: 0.9 }).rho // 0.9
 */
export function rmsprop(options: Options<typeof fields> = {}): RmspropSpec {
  return parseSpec('rmsprop', fields, options)
}

export const rmspropOptimizer: OptimizerDefinition<RmspropSpec> = {
  fields,
  rule: ({ kind, rho, momentum, epsilon, centered }) => ({ kind, rho, momentum, epsilon, centered }),
}
