import { UsageError } from '../../base/errors.ts'
import { type Definition, family, type SpecOf } from '../../base/family.ts'
import {
  boolean,
  custom,
  type Field,
  integer,
  number,
  type Options,
  optional,
  parseSpec,
  required,
  type Spec,
  show,
} from '../../base/schema.ts'

const exponentialDecayFields = {
  /** The rate of the first step, at least 0. Required. */
  initialLearningRate: required(number(undefined, { min: 0 })),
  /** Steps (not epochs) in which the rate is multiplied by `decayRate` once. Required. */
  decaySteps: required(integer()),
  /** The factor of the rate in `decaySteps` steps, at least 0. Required. */
  decayRate: required(number(undefined, { min: 0 })),
  /** Change the rate once every `decaySteps` steps instead of at every step. Default false. */
  staircase: boolean(false),
}

const cosineDecayFields = {
  /** The rate of the first step, at least 0. Required. */
  initialLearningRate: required(number(undefined, { min: 0 })),
  /** Steps (not epochs) of the decay, after those of the warm-up. Required. */
  decaySteps: required(integer()),
  /** The rate at the end, as a share of the rate that the decay begins with. Default 0. */
  alpha: number(0, { min: 0 }),
  /** The rate that the warm-up ends with and the decay begins with. Default null: no warm-up. */
  warmupTarget: optional(number(undefined, { min: 0 })),
  /** Steps in which the rate goes from `initialLearningRate` to `warmupTarget`. Default 0. */
  warmupSteps: integer(0, { min: 0 }),
}

const piecewiseConstantDecayFields = {
  /** Steps after which the next value holds, ascending. Required. */
  boundaries: required(numbers(ascending, 'ascending numbers')),
  /** One more than there are boundaries. Required. */
  values: required(numbers(rates => rates.every(rate => rate >= 0), 'numbers of at least 0')),
}

export interface ExponentialDecayOptions extends Options<typeof exponentialDecayFields> {}
export type ExponentialDecaySpec = Spec<'exponentialDecay', typeof exponentialDecayFields>
export interface CosineDecayOptions extends Options<typeof cosineDecayFields> {}
export type CosineDecaySpec = Spec<'cosineDecay', typeof cosineDecayFields>
export interface PiecewiseConstantDecayOptions extends Options<typeof piecewiseConstantDecayFields> {}
export type PiecewiseConstantDecaySpec = Spec<'piecewiseConstantDecay', typeof piecewiseConstantDecayFields>

/**
 * rate(step) = initialLearningRate · decayRate^(step / decaySteps), the exponent rounded down with `staircase`.
 *
 * Source: https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/.
 *
 * @example
 * learningRateAt(exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 }), 20) // 0.025
 */
export function exponentialDecay(options: ExponentialDecayOptions): ExponentialDecaySpec {
  return parseSpec('exponentialDecay', exponentialDecayFields, options)
}

/**
 * rate(step) = initialLearningRate · (alpha + (1 − alpha) · (1 + cos(π · min(step, decaySteps) / decaySteps)) / 2)
 *
 * With `warmupTarget`, the rate first goes evenly from `initialLearningRate` to that target in `warmupSteps` steps, and decays from
 * there. Throws a `UsageError` for `warmupSteps` without a target.
 * Source: Loshchilov and Hutter (2016); https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/.
 *
 * @example
 * learningRateAt(cosineDecay({ initialLearningRate: 0.1, decaySteps: 100 }), 50) // 0.05
 */
export function cosineDecay(options: CosineDecayOptions): CosineDecaySpec {
  const spec = parseSpec('cosineDecay', cosineDecayFields, options)
  checkWarmup(spec)
  return spec
}

function checkWarmup({ warmupSteps, warmupTarget }: CosineDecaySpec): void {
  if (warmupSteps > 0 && warmupTarget === null) {
    throw new UsageError(
      'cosineDecay: warmupSteps needs warmupTarget, the rate that the warm-up ends with, such as 0.001.',
    )
  }
}

/**
 * rate(step) = values[i] with the first boundary i for which step ≤ boundaries[i], else the last value.
 * Throws a `UsageError` if there is not one value more than boundaries.
 *
 * Source: https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/.
 *
 * @example
 * learningRateAt(piecewiseConstantDecay({ boundaries: [100], values: [0.1, 0.01] }), 101) // 0.01
 */
export function piecewiseConstantDecay(options: PiecewiseConstantDecayOptions): PiecewiseConstantDecaySpec {
  const spec = parseSpec('piecewiseConstantDecay', piecewiseConstantDecayFields, options)
  checkCounts(spec)
  return spec
}

function checkCounts({ boundaries, values }: PiecewiseConstantDecaySpec): void {
  if (values.length === boundaries.length + 1) return
  throw new UsageError(
    `piecewiseConstantDecay: ${boundaries.length} boundaries need ${boundaries.length + 1} values, ` +
      `received ${values.length}.`,
  )
}

interface ScheduleDefinition<S> extends Definition<S> {
  /** The rate of update number `step`, the first being 0. */
  rateAt(spec: S, step: number): number
}

const exponential: ScheduleDefinition<ExponentialDecaySpec> = {
  fields: exponentialDecayFields,
  rateAt({ initialLearningRate, decaySteps, decayRate, staircase }, step) {
    const exponent = step / decaySteps
    return initialLearningRate * decayRate ** (staircase ? Math.floor(exponent) : exponent)
  },
}

const cosine: ScheduleDefinition<CosineDecaySpec> = {
  fields: cosineDecayFields,
  check: checkWarmup,
  rateAt({ initialLearningRate, decaySteps, alpha, warmupSteps, warmupTarget }, step) {
    const highest = warmupTarget ?? initialLearningRate
    if (step < warmupSteps)
      return initialLearningRate + (highest - initialLearningRate) * (step / warmupSteps)
    const progress = Math.min(step - warmupSteps, decaySteps) / decaySteps
    const share = (1 + Math.cos(Math.PI * progress)) / 2
    return highest * (alpha + (1 - alpha) * share)
  },
}

const piecewise: ScheduleDefinition<PiecewiseConstantDecaySpec> = {
  fields: piecewiseConstantDecayFields,
  check: checkCounts,
  rateAt({ boundaries, values }, step) {
    const index = boundaries.findIndex(boundary => step <= boundary)
    return values[index < 0 ? boundaries.length : index]!
  },
}

/** Every schedule, in the order in which the studio offers them. */
export const schedules = family('schedule', {
  exponentialDecay: exponential,
  cosineDecay: cosine,
  piecewiseConstantDecay: piecewise,
})

export type ScheduleSpec = SpecOf<typeof schedules>

/** A learning rate, or how it changes with the number of updates made so far. */
export type LearningRate = number | ScheduleSpec

/** The learning rate of update number `step`, the first being 0. */
export function learningRateAt(rate: LearningRate, step: number): number {
  if (typeof rate === 'number') return rate
  const definition: ScheduleDefinition<ScheduleSpec> = schedules.of(rate)
  return definition.rateAt(rate, step)
}

/** The option `learningRate`. */
export function learningRateField(fallback: number): Field<LearningRate, LearningRate> {
  const constant = number(fallback, { min: 0 })
  return custom<LearningRate, LearningRate>(
    fallback,
    (value, path) =>
      typeof value === 'object' && value !== null
        ? schedules.parse(value, path)
        : constant.parse(value, path),
    { ...schedules.form, plain: constant.form },
  )
}

function ascending(steps: readonly number[]): boolean {
  return steps.every((step, i) => i === 0 || step > steps[i - 1]!)
}

function numbers(
  fits: (list: readonly number[]) => boolean,
  what: string,
): Field<readonly number[], readonly number[]> {
  return custom<readonly number[], readonly number[]>(undefined, (value, path) => {
    if (!Array.isArray(value) || !value.every(Number.isFinite) || !fits(value)) {
      throw new UsageError(`${path} must be a list of ${what}, not ${show(value)}.`)
    }
    return Object.freeze([...value])
  })
}
