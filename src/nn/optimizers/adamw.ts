import { number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { type AdamOptions, adamFields, adamRule, correctedRate } from './adam.ts'
import type { OptimizerDefinition } from './definition.ts'

const own = {
  /** The share of every weight that a step takes away, times the learning rate; at least 0. Default 0.004. */
  weightDecay: number(0.004, { min: 0 }),
}

const fields = { ...adamFields, ...own }

export interface AdamwOptions extends AdamOptions, Options<typeof own> {}
export type AdamwSpec = Spec<'adamw', typeof fields>

/**
 * Adam with decoupled weight decay λ: w ← w − α·λ·w, then Adam's step. As in Keras all weights decay, biases too, and
 * α is the learning rate without Adam's correction.
 *
 * Throws a `UsageError` for a bad option.
 * Source: Loshchilov and Hutter (2019); https://keras.io/api/optimizers/adamw/.
 *
 * @example
 * adamw().weightDecay // 0.004
 */
export function adamw(options: AdamwOptions = {}): AdamwSpec {
  return parseSpec('adamw', fields, options)
}

export const adamwOptimizer: OptimizerDefinition<AdamwSpec> = {
  fields,
  slowBelow: 1e-5,
  rule: adamRule,
  coefficients: (spec, rate, step) => [correctedRate(spec, rate, step), rate * spec.weightDecay, 0],
}
