import type { UpdateRule } from '../ops/update.ts'
import { learningRateAt, learningRateField } from '../schedules/schedule.ts'
import {
  boolean,
  custom,
  type Field,
  number,
  type Options,
  oneOf,
  parseSpec,
  type Spec,
} from '../spec/fields.ts'

const sgdFields = {
  learningRate: learningRateField(0.01),
  momentum: number(0, { min: 0, max: 1 }),
  nesterov: boolean(false),
}

const adamFields = {
  learningRate: learningRateField(0.001),
  beta1: number(0.9, { min: 0, below: 1 }),
  beta2: number(0.999, { min: 0, below: 1 }),
  epsilon: number(1e-7, { min: 0 }),
}

export type SgdSpec = Spec<'sgd', typeof sgdFields>
export type AdamSpec = Spec<'adam', typeof adamFields>
export type OptimizerSpec = SgdSpec | AdamSpec

/**
 * Gradient descent: w ← w − α·g; with momentum μ: v ← μ·v − α·g, w ← w + v; with Nesterov w ← w + μ·v − α·g.
 *
 * Throws a `UsageError` for a bad option. Source: https://keras.io/api/optimizers/sgd/.
 *
 * @example
 * sgd({ momentum: 0.9 }).learningRate // 0.01
 */
export function sgd(options: Options<typeof sgdFields> = {}): SgdSpec {
  return parseSpec('sgd', sgdFields, options)
}

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
export function adam(options: Options<typeof adamFields> = {}): AdamSpec {
  return parseSpec('adam', adamFields, options)
}

/** What each step of an optimizer does; what changes from step to step is `stepSizeAt`. */
export function updateRuleOf(optimizer: OptimizerSpec): UpdateRule {
  if (optimizer.kind === 'sgd') {
    const { kind, momentum, nesterov } = optimizer
    return { kind, momentum, nesterov }
  }
  const { kind, beta1, beta2, epsilon } = optimizer
  return { kind, beta1, beta2, epsilon }
}

/** The factor of update number `step`, the first being 0: the learning rate with Adam's correction in it. */
export function stepSizeAt(optimizer: OptimizerSpec, step: number): number {
  const rate = learningRateAt(optimizer.learningRate, step)
  if (optimizer.kind === 'sgd') return rate
  return (rate * Math.sqrt(1 - optimizer.beta2 ** (step + 1))) / (1 - optimizer.beta1 ** (step + 1))
}

const factories = { sgd, adam }
const optimizerNames = ['sgd', 'adam'] as const
export type OptimizerName = (typeof optimizerNames)[number]

/** The option `optimizer`: a name, or a spec with options. */
export const optimizerField: Field<OptimizerName | OptimizerSpec, OptimizerSpec> = custom<
  OptimizerName | OptimizerSpec,
  OptimizerSpec
>(undefined, (value, path) => {
  const spec = typeof value === 'object' && value !== null ? (value as { kind?: unknown }) : { kind: value }
  return factories[oneOf(optimizerNames).parse(spec.kind, path)](spec as never)
})
