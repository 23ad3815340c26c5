import type { Clip } from './clip.ts'
import { orthogonalize } from './muon.ts'
import type { Floats } from './op.ts'

/** How many numbers a step has that depend on its number. */
export const COEFFICIENTS = 5
/** Those of a rule. */
export type Coefficients = readonly [number, number, number]
/** Those of a step: its rule's, the share of the weights that goes into their average, and 1 if they become the average. */
export type StepCoefficients = readonly [...Coefficients, share: number, overwrites: number]

/** What an update does before and after its rule. */
export interface UpdateExtras {
  readonly clip?: Clip
  /** The last slot of each weight is its moving average: a ← a + (w − a) · share. */
  readonly averages?: true
  /** What the learning rate of a layer is multiplied by, where that is not 1. */
  readonly rates?: Readonly<Record<string, number>>
}

/**
 * One optimizer step on weights w with gradients g. The step's coefficients are named in the order they come; what
 * depends on the step's number alone, such as Adam's correction, is already in them.
 *
 * - `sgd` (α), with momentum μ: v ← μ·v − α·g, then w ← w + v, or with Nesterov w ← w + μ·v − α·g
 * - `rmsprop` (α): s ← s + (g² − s)(1 − ρ), d = α·g / √(s + ε), w ← w − d; with momentum v ← μ·v + d, w ← w − v;
 *   centered: a ← a + (g − a)(1 − ρ), and s − a² stands under the root
 * - `adagrad` (α): s ← s + g², w ← w − α·g / √(s + ε)
 * - `adadelta` (α): s ← s + (g² − s)(1 − ρ), d = g · √(u + ε) / √(s + ε), u ← u + (d² − u)(1 − ρ), w ← w − α·d
 * - `adam` (α, δ): m ← m + (g − m)(1 − β₁), v ← v + (g² − v)(1 − β₂), w ← w − δ·w − α·m / (√v + ε)
 * - `nadam` (α, γ, κ): m and v as above, w ← w − (α·m + γ·g) / (√(κ·v) + ε)
 * - `muon` (α, 0, κ): for a matrix m ← μ·m + g, O = `orthogonalize`(m, with Nesterov g + μ·m),
 *   w ← w − α·λ·w − α·r·√(the longer side)·O; for all else `adam` (α·κ, α·λ')
 */
export type UpdateRule = Rule & UpdateExtras

type Rule =
  | { readonly kind: 'sgd'; readonly momentum: number; readonly nesterov: boolean }
  | {
      readonly kind: 'rmsprop'
      readonly rho: number
      readonly momentum: number
      readonly epsilon: number
      readonly centered: boolean
    }
  | { readonly kind: 'adagrad'; readonly initialAccumulatorValue: number; readonly epsilon: number }
  | { readonly kind: 'adadelta'; readonly rho: number; readonly epsilon: number }
  | AdamRule
  | MuonRule

interface MuonRule {
  readonly kind: 'muon'
  readonly momentum: number
  readonly nesterov: boolean
  readonly nsSteps: number
  readonly rmsRate: number | null
  readonly weightDecay: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly adamWeightDecay: number
  /** Layers whose kernels are no matrices here: how their names begin. */
  readonly excludeLayers: readonly string[]
}

interface AdamRule {
  readonly kind: 'adam' | 'nadam'
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Names of parameters that do not decay: `bias`. */
  readonly exempt?: readonly string[]
}

type RuleOf<Kind> = Extract<Rule, { readonly kind: Kind }>

/** How many numbers of state each weight has under a rule. */
export function slotsOf(rule: UpdateRule): number {
  return ruleSlots(rule) + Number(rule.averages ?? false)
}

function ruleSlots(rule: Rule): number {
  switch (rule.kind) {
    case 'sgd':
      return Number(rule.momentum > 0)
    case 'rmsprop':
      return 1 + Number(rule.centered) + Number(rule.momentum > 0)
    case 'adagrad':
      return 1
    case 'adadelta':
    case 'adam':
    case 'nadam':
    case 'muon':
      return 2
  }
}

/** The value of every slot before the first step. */
export function slotStartOf(rule: UpdateRule): number {
  return rule.kind === 'adagrad' ? rule.initialAccumulatorValue : 0
}

interface Learning {
  readonly weights: Floats
  /** A matrix has a row for each output; absent where the weights are no matrix. */
  readonly rows?: number | undefined
  readonly gradients: Floats
  /** Arrays as long as `weights` each. */
  readonly slots: readonly Floats[]
  /** Those of this step come first. */
  readonly coefficients: ArrayLike<number>
}

/** Applies the rule to every weight, and moves its average. */
export function update(rule: UpdateRule, learning: Learning): void {
  step(rule, { ...learning, slots: learning.slots.slice(0, ruleSlots(rule)) })
  if (!rule.averages) return
  const { weights, slots, coefficients } = learning
  const [average, share, overwrites] = [slots.at(-1)!, coefficients[3]!, coefficients[4] === 1]
  for (let i = 0; i < weights.length; i++) {
    average[i] = share === 1 ? weights[i]! : average[i]! + (weights[i]! - average[i]!) * share
    if (overwrites) weights[i] = average[i]!
  }
}

/** The coefficients of a step for a parameter: those of its layer's rate, and one that is exempt does not decay. */
export function coefficientsFor(
  rule: UpdateRule,
  parameter: string,
  coefficients: Float64Array,
): ArrayLike<number> {
  const rate = rateOf(rule, parameter.slice(0, parameter.lastIndexOf('/')))
  const exempt = isExempt(rule, parameter)
  if (rate === 1 && !exempt) return coefficients
  return coefficients.map((value, i) => (i === 1 && exempt ? 0 : i < 2 ? value * rate : value))
}

/** What the learning rate of a layer is multiplied by, as a float32: the first two coefficients of every rule are in proportion to it. */
export function rateOf(rule: UpdateRule | undefined, layer: string): number {
  return Math.fround(rule?.rates?.[layer] ?? 1)
}

/** Whether a parameter, such as `dense/bias`, is left out of the weight decay of a rule. */
export function isExempt(rule: UpdateRule | undefined, parameter: string): boolean {
  const own = parameter.slice(parameter.lastIndexOf('/') + 1)
  return rule?.kind === 'adam' && (rule.exempt?.includes(own) ?? false)
}

function step(rule: Rule, learning: Learning): void {
  switch (rule.kind) {
    case 'sgd':
      sgd(rule, learning)
      break
    case 'rmsprop':
      rmsprop(rule, learning)
      break
    case 'adagrad':
      adagrad(rule, learning)
      break
    case 'adadelta':
      adadelta(rule, learning)
      break
    case 'adam':
      adam(rule, learning)
      break
    case 'nadam':
      nadam(rule, learning)
      break
    case 'muon':
      muon(rule, learning)
      break
  }
}

function sgd(
  { momentum, nesterov }: RuleOf<'sgd'>,
  { weights, gradients, slots, coefficients }: Learning,
): void {
  const velocity = slots[0]
  for (let i = 0; i < weights.length; i++) {
    const step = coefficients[0]! * gradients[i]!
    if (!velocity) {
      weights[i]! -= step
      continue
    }
    velocity[i] = momentum * velocity[i]! - step
    weights[i]! += nesterov ? momentum * velocity[i]! - step : velocity[i]!
  }
}

function rmsprop(
  { rho, momentum, epsilon, centered }: RuleOf<'rmsprop'>,
  { weights, gradients, slots, coefficients }: Learning,
): void {
  const [squares, ...others] = slots as [Floats, ...Floats[]]
  const mean = centered ? others[0]! : null
  const velocity = momentum > 0 ? others.at(-1)! : null
  for (let i = 0; i < weights.length; i++) {
    const g = gradients[i]!
    squares[i]! += (g * g - squares[i]!) * (1 - rho)
    let variance = squares[i]!
    if (mean) {
      mean[i]! += (g - mean[i]!) * (1 - rho)
      // Rounding may leave less than nothing where the gradient hardly changes; Keras' weights become NaN there.
      variance = Math.max(variance - mean[i]! ** 2, 0)
    }
    let step = (coefficients[0]! * g) / Math.sqrt(variance + epsilon)
    if (velocity) {
      velocity[i] = momentum * velocity[i]! + step
      step = velocity[i]!
    }
    weights[i]! -= step
  }
}

function adagrad(
  { epsilon }: RuleOf<'adagrad'>,
  { weights, gradients, slots, coefficients }: Learning,
): void {
  const total = slots[0]!
  for (let i = 0; i < weights.length; i++) {
    total[i]! += gradients[i]! ** 2
    weights[i]! -= (coefficients[0]! * gradients[i]!) / Math.sqrt(total[i]! + epsilon)
  }
}

function adadelta(
  { rho, epsilon }: RuleOf<'adadelta'>,
  { weights, gradients, slots, coefficients }: Learning,
): void {
  const [squares, moves] = slots as [Floats, Floats]
  for (let i = 0; i < weights.length; i++) {
    const g = gradients[i]!
    squares[i]! += (g * g - squares[i]!) * (1 - rho)
    const move = (Math.sqrt(moves[i]! + epsilon) * g) / Math.sqrt(squares[i]! + epsilon)
    moves[i]! += (move * move - moves[i]!) * (1 - rho)
    weights[i]! -= coefficients[0]! * move
  }
}

function adam(rule: AdamRule, { weights, gradients, slots, coefficients }: Learning): void {
  const [m, v] = slots as [Floats, Floats]
  const [size, decay] = [coefficients[0]!, coefficients[1]!]
  for (let i = 0; i < weights.length; i++) {
    const g = gradients[i]!
    m[i]! += (g - m[i]!) * (1 - rule.beta1)
    v[i]! += (g * g - v[i]!) * (1 - rule.beta2)
    weights[i]! -= decay * weights[i]! + (size * m[i]!) / (Math.sqrt(v[i]!) + rule.epsilon)
  }
}

function nadam(rule: AdamRule, { weights, gradients, slots, coefficients }: Learning): void {
  const [m, v] = slots as [Floats, Floats]
  const [past, present, correction] = [coefficients[0]!, coefficients[1]!, coefficients[2]!]
  for (let i = 0; i < weights.length; i++) {
    const g = gradients[i]!
    m[i]! += (g - m[i]!) * (1 - rule.beta1)
    v[i]! += (g * g - v[i]!) * (1 - rule.beta2)
    weights[i]! -= (past * m[i]! + present * g) / (Math.sqrt(correction * v[i]!) + rule.epsilon)
  }
}

function muon(rule: MuonRule, learning: Learning): void {
  const { weights, rows, gradients, slots, coefficients } = learning
  const [rate, correction] = [coefficients[0]!, coefficients[2]!]
  if (rows === undefined) {
    const decay = rate * rule.adamWeightDecay
    adam({ ...rule, kind: 'adam' }, { ...learning, coefficients: [rate * correction, decay] })
    return
  }
  const momentum = slots[0]!
  for (let i = 0; i < weights.length; i++) momentum[i] = rule.momentum * momentum[i]! + gradients[i]!
  const columns = weights.length / rows
  const direction = momentum.map((m, i) => (rule.nesterov ? gradients[i]! + rule.momentum * m : m))
  orthogonalize({ values: direction, rows, columns }, rule.nsSteps)
  const [size, decay] = [rate * sizeOfUpdate(rule, rows, columns), rate * rule.weightDecay]
  for (let i = 0; i < weights.length; i++) weights[i]! -= decay * weights[i]! + size * direction[i]!
}

/** What an orthogonal matrix is multiplied by, so that its root mean square is `rmsRate`. */
function sizeOfUpdate({ rmsRate }: MuonRule, rows: number, columns: number): number {
  return rmsRate === null ? 1 : rmsRate * Math.sqrt(Math.max(rows, columns))
}
