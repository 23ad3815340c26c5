import { number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import type { UpdateRule } from '../../ops/update.ts'
import { learningRateField } from '../schedules/schedule.ts'
import { type CommonOptions, checkCommon, commonFields } from './common.ts'
import type { OptimizerDefinition } from './definition.ts'

const own = {
  /** The size of a step: a number of at least 0, or a schedule such as `cosineDecay({ … })`. Default 0.001. */
  learningRate: learningRateField(0.001),
  /** How much of the mean of the gradient each step keeps: at least 0 and below 1. Default 0.9. */
  beta1: number(0.9, { min: 0, below: 1 }),
  /** How much of the mean of the squared gradient each step keeps: at least 0 and below 1. Default 0.999. */
  beta2: number(0.999, { min: 0, below: 1 }),
  /** Added where a step divides, so that it never divides by zero; at least 0. Default 1e-7. */
  epsilon: number(1e-7, { min: 0 }),
}

export const adamFields = { ...own, ...commonFields }

export interface AdamOptions extends Options<typeof own>, CommonOptions {}
export type AdamSpec = Spec<'adam', typeof adamFields>

/**
 * Adam in Keras' form: α_t = α · √(1 − β₂^t) / (1 − β₁^t), m ← m + (g − m)(1 − β₁), v ← v + (g² − v)(1 − β₂),
 * w ← w − α_t · m / (√v + ε). The ε stands outside the correction of v ("epsilon hat"), unlike PyTorch's.
 *
 * Throws a `UsageError` for a bad option.
 * Source: Kingma and Ba (2014), end of section 2; https://keras.io/api/optimizers/adam/.
 *
 * @example
 * adam().epsilon // 1e-7
 */
export function adam(options: AdamOptions = {}): AdamSpec {
  const spec = parseSpec('adam', adamFields, options)
  checkCommon(spec)
  return spec
}

export const adamOptimizer: OptimizerDefinition<AdamSpec> = {
  fields: adamFields,
  check: checkCommon,
  slowBelow: 1e-5,
  rule: adamRule,
  coefficients: (spec, rate, step) => [correctedRate(spec, rate, step), 0, 0],
}

type Moments = Pick<AdamSpec, 'beta1' | 'beta2' | 'epsilon'>

export function adamRule({ beta1, beta2, epsilon }: Moments): UpdateRule {
  return { kind: 'adam', beta1, beta2, epsilon }
}

/** α_t of Adam: the rate corrected for moments that begin at zero. */
export function correctedRate({ beta1, beta2 }: Moments, rate: number, step: number): number {
  return (rate * Math.sqrt(1 - beta2 ** (step + 1))) / (1 - beta1 ** (step + 1))
}
