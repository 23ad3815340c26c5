import { number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { learningRateField } from '../schedules/schedule.ts'
import type { OptimizerDefinition } from './definition.ts'

const fields = {
  learningRate: learningRateField(0.001),
  rho: number(0.95, { min: 0, below: 1 }),
  epsilon: number(1e-7, { min: 0 }),
}

export type AdadeltaSpec = Spec<'adadelta', typeof fields>

/**
 * Adadelta: s ← s + (g² − s)(1 − ρ), d = g · √(u + ε) / √(s + ε), u ← u + (d² − u)(1 − ρ), w ← w − α·d.
 * The paper has no α: `learningRate: 1` is its form, and Keras' default of 0.001 moves a thousand times less.
 *
 * Throws a `UsageError` for a bad option. Source: Zeiler (2012); https://keras.io/api/optimizers/adadelta/.
 *
 * @example
 * adadelta({ learningRate: 1 }).rho // 0.95
 */
export function adadelta(options: Options<typeof fields> = {}): AdadeltaSpec {
  return parseSpec('adadelta', fields, options)
}

export const adadeltaOptimizer: OptimizerDefinition<AdadeltaSpec> = {
  fields,
  rule: ({ kind, rho, epsilon }) => ({ kind, rho, epsilon }),
}
