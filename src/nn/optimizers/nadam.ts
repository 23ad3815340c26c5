import { parseSpec, type Spec } from '../../base/schema.ts'
import { type AdamOptions, adamFields } from './adam.ts'
import { checkCommon } from './common.ts'
import type { OptimizerDefinition } from './definition.ts'

export interface NadamOptions extends AdamOptions {}
export type NadamSpec = Spec<'nadam', typeof adamFields>

/**
 * Adam with Nesterov momentum. With μ_t = β₁(1 − 0.96^t / 2), M_t = μ₁·…·μ_t, and m and v as Adam's:
 * w ← w − α·(μ_{t+1}·m / (1 − M_{t+1}) + (1 − μ_t)·g / (1 − M_t)) / (√(v / (1 − β₂^t)) + ε).
 *
 * Throws a `UsageError` for a bad option. Source: Dozat (2016); https://keras.io/api/optimizers/nadam/.
 *
 * @example
 * nadam({ learningRate: 0.002 }).beta2 // 0.999
 */
export function nadam(options: NadamOptions = {}): NadamSpec {
  const spec = parseSpec('nadam', adamFields, options)
  checkCommon(spec)
  return spec
}

export const nadamOptimizer: OptimizerDefinition<NadamSpec> = {
  fields: adamFields,
  check: checkCommon,
  slowBelow: 1e-5,
  rule: ({ kind, beta1, beta2, epsilon }) => ({ kind, beta1, beta2, epsilon }),
  coefficients({ beta1, beta2 }, rate, step) {
    const t = step + 1
    const momentum = (at: number): number => beta1 * (1 - 0.5 * 0.96 ** at)
    const product = beta1 ** t * warmUpProduct(t)
    return [
      (rate * momentum(t + 1)) / (1 - product * momentum(t + 1)),
      (rate * (1 - momentum(t))) / (1 - product),
      1 / (1 - beta2 ** t),
    ]
  },
}

/** Π (1 − 0.96^i / 2) for i from 1 to t: from the thousandth on, a factor is 1 in float64. */
function warmUpProduct(t: number): number {
  let product = 1
  for (let i = 1; i <= Math.min(t, 1000); i++) product *= 1 - 0.5 * 0.96 ** i
  return product
}
