import { later, list, number, type Options, oneOf, parseSpec, type Spec } from '../../base/schema.ts'
import { type AdamOptions, adamFields, adamRule, correctedRate } from './adam.ts'
import { checkCommon } from './common.ts'
import type { OptimizerDefinition } from './definition.ts'

const own = {
  /** The share of every weight that a step takes away, times the learning rate; at least 0. Default 0.004. */
  weightDecay: number(0.004, { min: 0 }),
  /** Parameters that do not decay, by name, such as `['bias', 'gamma', 'beta']`: those of offsets and normalisations. Default []. */
  excludeFromWeightDecay: later(list(oneOf(['bias', 'gamma', 'beta', 'alpha']), { fallback: [] })),
}

const fields = { ...adamFields, ...own }

export interface AdamwOptions extends AdamOptions, Options<typeof own> {}
export type AdamwSpec = Spec<'adamw', typeof fields>

/**
 * Adam with decoupled weight decay λ: w ← w − α·λ·w, then Adam's step. α is the learning rate without Adam's
 * correction. As in Keras all weights decay, biases too, but for those in `excludeFromWeightDecay`.
 *
 * Throws a `UsageError` for a bad option.
 * Source: Loshchilov and Hutter (2019); https://keras.io/api/optimizers/adamw/.
 *
 * @example
 * adamw().weightDecay // 0.004
 */
export function adamw(options: AdamwOptions = {}): AdamwSpec {
  const spec = parseSpec('adamw', fields, options)
  checkCommon(spec)
  return spec
}

export const adamwOptimizer: OptimizerDefinition<AdamwSpec> = {
  fields,
  check: checkCommon,
  slowBelow: 1e-5,
  rule(spec) {
    const exempt = spec.excludeFromWeightDecay
    return { ...adamRule(spec), ...(exempt.length > 0 && { exempt }) }
  },
  coefficients: (spec, rate, step) => [correctedRate(spec, rate, step), rate * spec.weightDecay, 0],
}
