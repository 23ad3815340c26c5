import { number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { learningRateField } from '../schedules/schedule.ts'
import { type CommonOptions, checkCommon, commonFields } from './common.ts'
import type { OptimizerDefinition } from './definition.ts'

const own = {
  /** The size of a step: a number of at least 0, or a schedule such as `cosineDecay({ … })`. Default 0.001. */
  learningRate: learningRateField(0.001),
  /** What the sum of squared gradients starts with, at least 0. Default 0.1. */
  initialAccumulatorValue: number(0.1, { min: 0 }),
  /** Added where a step divides, so that it never divides by zero; at least 0. Default 1e-7. */
  epsilon: number(1e-7, { min: 0 }),
}

const fields = { ...own, ...commonFields }

export interface AdagradOptions extends Options<typeof own>, CommonOptions {}
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
export function adagrad(options: AdagradOptions = {}): AdagradSpec {
  const spec = parseSpec('adagrad', fields, options)
  checkCommon(spec)
  return spec
}

export const adagradOptimizer: OptimizerDefinition<AdagradSpec> = {
  fields,
  check: checkCommon,
  slowBelow: 0.005,
  rule: ({ kind, initialAccumulatorValue, epsilon }) => ({ kind, initialAccumulatorValue, epsilon }),
}
