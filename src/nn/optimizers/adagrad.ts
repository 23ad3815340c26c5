import { number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { learningRateField } from '../schedules/schedule.ts'
import type { OptimizerDefinition } from './definition.ts'

const fields = {
  learningRate: learningRateField(0.001),
  initialAccumulatorValue: number(0.1, { min: 0 }),
  epsilon: number(1e-7, { min: 0 }),
}

export type AdagradSpec = Spec<'adagrad', typeof fields>

/**
 * Adagrad: s ← s + g² from s = `initialAccumulatorValue`, w ← w − α·g / √(s + ε). Steps only ever shrink.
 *
 * Throws a `UsageError` for a bad option.
 * Source: Duchi, Hazan and Singer (2011), whose α is 1; https://keras.io/api/optimizers/adagrad/.
 *
 * @example
 * adagrad().initialAccumulatorValue // 0.1
 */
export function adagrad(options: Options<typeof fields> = {}): AdagradSpec {
  return parseSpec('adagrad', fields, options)
}

export const adagradOptimizer: OptimizerDefinition<AdagradSpec> = {
  fields,
  rule: ({ kind, initialAccumulatorValue, epsilon }) => ({ kind, initialAccumulatorValue, epsilon }),
}
