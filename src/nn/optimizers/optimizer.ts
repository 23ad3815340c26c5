import {
  boolean,
  custom,
  type Field,
  kindsForm,
  number,
  type Options,
  oneOf,
  parseSpec,
  type Spec,
} from '../../base/schema.ts'
import { learningRateField } from '../schedules/schedule.ts'

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

const adamwFields = {
  ...adamFields,
  weightDecay: number(0.004, { min: 0 }),
}

const rmspropFields = {
  learningRate: learningRateField(0.001),
  rho: number(0.9, { min: 0, below: 1 }),
  momentum: number(0, { min: 0, max: 1 }),
  epsilon: number(1e-7, { min: 0 }),
  centered: boolean(false),
}

const adagradFields = {
  learningRate: learningRateField(0.001),
  initialAccumulatorValue: number(0.1, { min: 0 }),
  epsilon: number(1e-7, { min: 0 }),
}

const adadeltaFields = {
  learningRate: learningRateField(0.001),
  rho: number(0.95, { min: 0, below: 1 }),
  epsilon: number(1e-7, { min: 0 }),
}

export type SgdSpec = Spec<'sgd', typeof sgdFields>
export type AdamSpec = Spec<'adam', typeof adamFields>
export type AdamwSpec = Spec<'adamw', typeof adamwFields>
export type NadamSpec = Spec<'nadam', typeof adamFields>
export type RmspropSpec = Spec<'rmsprop', typeof rmspropFields>
export type AdagradSpec = Spec<'adagrad', typeof adagradFields>
export type AdadeltaSpec = Spec<'adadelta', typeof adadeltaFields>
export type OptimizerSpec =
  | SgdSpec
  | RmspropSpec
  | AdagradSpec
  | AdadeltaSpec
  | AdamSpec
  | AdamwSpec
  | NadamSpec

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

/**
 * RMSprop: s ← s + (g² − s)(1 − ρ), w ← w − α·g / √(s + ε); with momentum μ the steps add up, v ← μ·v + step, w ← w − v.
 * `centered` divides by the gradient's deviation instead: under the root s − a² + ε, with a the moving average of g.
 *
 * Throws a `UsageError` for a bad option.
 * Source: Hinton (2012), lecture 6e; https://keras.io/api/optimizers/rmsprop/.
 *
 * @example
 * rmsprop({ momentum: 0.9 }).rho // 0.9
 */
export function rmsprop(options: Options<typeof rmspropFields> = {}): RmspropSpec {
  return parseSpec('rmsprop', rmspropFields, options)
}

/**
 * Adagrad: s ← s + g² from s = `initialAccumulatorValue`, w ← w − α·g / √(s + ε). Steps only ever shrink.
 *
 * Throws a `UsageError` for a bad option.
 * Source: Duchi, Hazan and Singer (2011), whose α is 1; https://keras.io/api/optimizers/adagrad/.
 *
 * @example
 * adagrad().initialAccumulatorValue // 0.1
 */
export function adagrad(options: Options<typeof adagradFields> = {}): AdagradSpec {
  return parseSpec('adagrad', adagradFields, options)
}

/**
 * Adadelta: s ← s + (g² − s)(1 − ρ), d = g · √(u + ε) / √(s + ε), u ← u + (d² − u)(1 − ρ), w ← w − α·d.
 * The paper has no α: `learningRate: 1` is its form, and Keras' default of 0.001 moves a thousand times less.
 *
 * Throws a `UsageError` for a bad option. Source: Zeiler (2012); https://keras.io/api/optimizers/adadelta/.
 *
 * @example
 * adadelta({ learningRate: 1 }).rho // 0.95
 */
export function adadelta(options: Options<typeof adadeltaFields> = {}): AdadeltaSpec {
  return parseSpec('adadelta', adadeltaFields, options)
}

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
export function adamw(options: Options<typeof adamwFields> = {}): AdamwSpec {
  return parseSpec('adamw', adamwFields, options)
}

/**
 * Adam with Nesterov momentum. With μ_t = β₁(1 − 0.96^t / 2), M_t = μ₁·…·μ_t, and m and v as Adam's:
 * w ← w − α·(μ_{t+1}·m / (1 − M_{t+1}) + (1 − μ_t)·g / (1 − M_t)) / (√(v / (1 − β₂^t)) + ε).
 *
 * Throws a `UsageError` for a bad option. Source: Dozat (2016); https://keras.io/api/optimizers/nadam/.
 *
 * @example
 * nadam({ learningRate: 0.002 }).beta2 // 0.999
 */
export function nadam(options: Options<typeof adamFields> = {}): NadamSpec {
  return parseSpec('nadam', adamFields, options)
}

const factories = { sgd, rmsprop, adagrad, adadelta, adam, adamw, nadam }
const optimizerNames = ['sgd', 'rmsprop', 'adagrad', 'adadelta', 'adam', 'adamw', 'nadam'] as const
export type OptimizerName = (typeof optimizerNames)[number]

/** The option `optimizer`: a name, or a spec with options. */
export const optimizerField: Field<OptimizerName | OptimizerSpec, OptimizerSpec> = custom<
  OptimizerName | OptimizerSpec,
  OptimizerSpec
>(
  undefined,
  (value, path) => {
    const spec = typeof value === 'object' && value !== null ? (value as { kind?: unknown }) : { kind: value }
    return factories[oneOf(optimizerNames).parse(spec.kind, path)](spec as never)
  },
  kindsForm({
    adam: adamFields,
    sgd: sgdFields,
    rmsprop: rmspropFields,
    adagrad: adagradFields,
    adadelta: adadeltaFields,
    adamw: adamwFields,
    nadam: adamFields,
  }),
)
