import { boolean, number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { learningRateField } from '../schedules/schedule.ts'
import { type CommonOptions, checkCommon, commonFields } from './common.ts'
import type { OptimizerDefinition } from './definition.ts'

const own = {
  /** The size of a step: a number of at least 0, or a schedule such as `cosineDecay({ … })`. Default 0.01. */
  learningRate: learningRateField(0.01),
  /** The share of the last step that is added to the next, from 0 to 1. Default 0. */
  momentum: number(0, { min: 0, max: 1 }),
  /** Use Nesterov's form of the momentum. Default false. */
  nesterov: boolean(false),
}

const fields = { ...own, ...commonFields }

export interface SgdOptions extends Options<typeof own>, CommonOptions {}
export type SgdSpec = Spec<'sgd', typeof fields>

/**
 * Gradient descent: w ← w − α·g; with momentum μ: v ← μ·v − α·g, w ← w + v; with Nesterov w ← w + μ·v − α·g.
 *
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/optimizers/sgd/.
 *
 * @example
 * sgd({ momentum: 0.9 }).learningRate // 0.01
 */
export function sgd(options: SgdOptions = {}): SgdSpec {
  const spec = parseSpec('sgd', fields, options)
  checkCommon(spec)
  return spec
}

export const sgdOptimizer: OptimizerDefinition<SgdSpec> = {
  fields,
  check: checkCommon,
  slowBelow: 0.002,
  rule: ({ kind, momentum, nesterov }) => ({ kind, momentum, nesterov }),
}
