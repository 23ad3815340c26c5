import { boolean, number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { learningRateField } from '../schedules/schedule.ts'
import { type CommonOptions, checkCommon, commonFields } from './common.ts'
import type { OptimizerDefinition } from './definition.ts'

const own = {
  /** The size of a step: a number of at least 0, or a schedule such as `cosineDecay({ … })`. Default 0.001. */
  learningRate: learningRateField(0.001),
  /** How much of the mean of the squared gradient each step keeps: at least 0 and below 1. Default 0.9. */
  rho: number(0.9, { min: 0, below: 1 }),
  /** The share of the last step that is added to the next, from 0 to 1. Default 0. */
  momentum: number(0, { min: 0, max: 1 }),
  /** Added where a step divides, so that it never divides by zero; at least 0. Default 1e-7. */
  epsilon: number(1e-7, { min: 0 }),
  /** Divide by the gradient's standard deviation, not by its root mean square. Default false. */
  centered: boolean(false),
}

const fields = { ...own, ...commonFields }

export interface RmspropOptions extends Options<typeof own>, CommonOptions {}
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
export function rmsprop(options: RmspropOptions = {}): RmspropSpec {
  const spec = parseSpec('rmsprop', fields, options)
  checkCommon(spec)
  return spec
}

export const rmspropOptimizer: OptimizerDefinition<RmspropSpec> = {
  fields,
  check: checkCommon,
  slowBelow: 1e-5,
  rule: ({ kind, rho, momentum, epsilon, centered }) => ({ kind, rho, momentum, epsilon, centered }),
}
