import type { Floats } from './op.ts'

/**
 * One optimizer step, with everything that depends on the step's number already folded into `stepSize`:
 *
 * - `sgd`, with momentum μ: v ← μ·v − α·g, then w ← w + v, or with Nesterov w ← w + μ·v − α·g
 * - `adam`: m ← m + (g − m)(1 − β₁), v ← v + (g² − v)(1 − β₂), w ← w − α·m / (√v + ε)
 */
export type UpdateRule =
  | { readonly kind: 'sgd'; readonly momentum: number; readonly nesterov: boolean }
  | { readonly kind: 'adam'; readonly beta1: number; readonly beta2: number; readonly epsilon: number }

/** How many numbers of state each weight has under a rule. */
export function slotsOf(rule: UpdateRule): number {
  if (rule.kind === 'adam') return 2
  return rule.momentum > 0 ? 1 : 0
}

/** Applies the rule to every weight; `slots` are arrays as long as `weights` each, zero at first. */
export function update(
  rule: UpdateRule,
  {
    weights,
    gradients,
    slots,
    stepSize,
  }: {
    readonly weights: Floats
    readonly gradients: Floats
    readonly slots: readonly Floats[]
    readonly stepSize: number
  },
): void {
  if (rule.kind === 'adam') {
    const [m, v] = slots as [Floats, Floats]
    for (let i = 0; i < weights.length; i++) {
      const g = gradients[i]!
      m[i]! += (g - m[i]!) * (1 - rule.beta1)
      v[i]! += (g * g - v[i]!) * (1 - rule.beta2)
      weights[i]! -= (stepSize * m[i]!) / (Math.sqrt(v[i]!) + rule.epsilon)
    }
    return
  }
  const velocity = slots[0]
  for (let i = 0; i < weights.length; i++) {
    const step = stepSize * gradients[i]!
    if (!velocity) {
      weights[i]! -= step
      continue
    }
    velocity[i] = rule.momentum * velocity[i]! - step
    weights[i]! += rule.nesterov ? rule.momentum * velocity[i]! - step : velocity[i]!
  }
}
