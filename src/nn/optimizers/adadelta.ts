import { number, type Options, parseSpec, type Spec } from '../../base/schema.ts'
import { learningRateField } from '../schedules/schedule.ts'
import { type CommonOptions, checkCommon, commonFields } from './common.ts'
import type { OptimizerDefinition } from './definition.ts'

const own = {
  /** The size of a step: a number of at least 0, or a schedule such as `cosineDecay({ … })`. Default 0.001. */
  learningRate: learningRateField(0.001),
  /** How much of the mean of the squared gradient each step keeps: at least 0 and below 1. Default 0.95. */
  rho: number(0.95, { min: 0, below: 1 }),
  /** Added where a step divides, so that it never divides by zero; at least 0. Default 1e-7. */
  epsilon: number(1e-7, { min: 0 }),
}

const fields = { ...own, ...commonFields }

export interface AdadeltaOptions extends Options<typeof own>, CommonOptions {}
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
export function adadelta(options: AdadeltaOptions = {}): AdadeltaSpec {
  const spec = parseSpec('adadelta', fields, options)
  checkCommon(spec)
  return spec
}

export const adadeltaOptimizer: OptimizerDefinition<AdadeltaSpec> = {
  fields,
  check: checkCommon,
  slowBelow: 0.1,
  rule: ({ kind, rho, epsilon }) => ({ kind, rho, epsilon }),
}
