import { boolean, number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { learningRateField } from '../schedules/schedule.ts'
import type { OptimizerDefinition } from './definition.ts'

const fields = {
  learningRate: learningRateField(0.01),
  momentum: number(0, { min: 0, max: 1 }),
  nesterov: boolean(false),
}

export type SgdSpec = Spec<'sgd', typeof fields>

/**
 * Gradient descent: w ← w − α·g; with momentum μ: v ← μ·v − α·g, w ← w + v; with Nesterov w ← w + μ·v − α·g.
 *
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/optimizers/sgd/.
 *
 * @example
 * sgd({ momentum: 0.9 }).learningRate // 0.01
 */
export function sgd(options: Options<typeof fields> = {}): SgdSpec {
  return parseSpec('sgd', fields, options)
}

export const sgdOptimizer: OptimizerDefinition<SgdSpec> = {
  fields,
  rule: ({ kind, momentum, nesterov }) => ({ kind, momentum, nesterov }),
}
