import { UsageError } from '../../base/errors.ts'
import {
  boolean,
  custom,
  type Field,
  integer,
  kindsForm,
  number,
  type Options,
  oneOf,
  parseSpec,
  required,
  type Spec,
  show,
} from '../../base/schema.ts'

const exponentialDecayFields = {
  initialLearningRate: required(number(undefined, { min: 0 })),
  decaySteps: required(integer()),
  decayRate: required(number(undefined, { min: 0 })),
  /** Change the rate once every `decaySteps` steps instead of at every step. */
  staircase: boolean(false),
}

const cosineDecayFields = {
  initialLearningRate: required(number(undefined, { min: 0 })),
  decaySteps: required(integer()),
  /** The rate at the end, as a share of the initial one. */
  alpha: number(0, { min: 0 }),
}

const piecewiseConstantDecayFields = {
  /** Steps after which the next value holds, ascending. */
  boundaries: required(numbers(ascending, 'ascending numbers')),
  /** One more than there are boundaries. */
  values: required(numbers(rates => rates.every(rate => rate >= 0), 'numbers of at least 0')),
}

export type ExponentialDecaySpec = Spec<'exponentialDecay', typeof exponentialDecayFields>
export type CosineDecaySpec = Spec<'cosineDecay', typeof cosineDecayFields>
export type PiecewiseConstantDecaySpec = Spec<'piecewiseConstantDecay', typeof piecewiseConstantDecayFields>
export type ScheduleSpec = ExponentialDecaySpec | CosineDecaySpec | PiecewiseConstantDecaySpec

/** A learning rate, or how it changes with the number of updates made so far. */
export type LearningRate = number | ScheduleSpec

/**
 * rate(step) = initialLearningRate · decayRate^(step / decaySteps), the exponent rounded down with `staircase`.
 *
 * Source: https://keras.io/api/optimizers/learning_rate_schedules/exponential_decay/.
 *
 * @example
 * learningRateAt(exponentialDecay({ initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.5 }), 20) // 0.025
 */
export function exponentialDecay(options: Options<typeof exponentialDecayFields>): ExponentialDecaySpec {
  return parseSpec('exponentialDecay', exponentialDecayFields, options)
}

/**
 * rate(step) = initialLearningRate · (alpha + (1 − alpha) · (1 + cos(π · min(step, decaySteps) / decaySteps)) / 2)
 *
 * Source: Loshchilov and Hutter (2016); https://keras.io/api/optimizers/learning_rate_schedules/cosine_decay/.
 *
 * @example
 * learningRateAt(cosineDecay({ initialLearningRate: 0.1, decaySteps: 100 }), 50) // 0.05
 */
export function cosineDecay(options: Options<typeof cosineDecayFields>): CosineDecaySpec {
  return parseSpec('cosineDecay', cosineDecayFields, options)
}

/**
 * rate(step) = values[i] with the first boundary i for which step ≤ boundaries[i], else the last value.
 * Throws a `UsageError` where there is not one value more than boundaries.
 *
 * Source: https://keras.io/api/optimizers/learning_rate_schedules/piecewise_constant_decay/.
 *
 * @example
 * learningRateAt(piecewiseConstantDecay({ boundaries: [100], values: [0.1, 0.01] }), 101) // 0.01
 */
export function piecewiseConstantDecay(
  options: Options<typeof piecewiseConstantDecayFields>,
): PiecewiseConstantDecaySpec {
  const spec = parseSpec('piecewiseConstantDecay', piecewiseConstantDecayFields, options)
  if (spec.values.length !== spec.boundaries.length + 1) {
    throw new UsageError(
      `piecewiseConstantDecay: ${spec.boundaries.length} boundaries need ${spec.boundaries.length + 1} values, ` +
        `received ${spec.values.length}.`,
    )
  }
  return spec
}

/** The learning rate of update number `step`, the first being 0. */
export function learningRateAt(rate: LearningRate, step: number): number {
  if (typeof rate === 'number') return rate
  switch (rate.kind) {
    case 'exponentialDecay': {
      const exponent = step / rate.decaySteps
      return rate.initialLearningRate * rate.decayRate ** (rate.staircase ? Math.floor(exponent) : exponent)
    }
    case 'cosineDecay': {
      const progress = Math.min(step, rate.decaySteps) / rate.decaySteps
      const share = (1 + Math.cos(Math.PI * progress)) / 2
      return rate.initialLearningRate * (rate.alpha + (1 - rate.alpha) * share)
    }
    case 'piecewiseConstantDecay': {
      const index = rate.boundaries.findIndex(boundary => step <= boundary)
      return rate.values[index < 0 ? rate.boundaries.length : index]!
    }
  }
}

const factories = { exponentialDecay, cosineDecay, piecewiseConstantDecay }
const scheduleKinds = ['exponentialDecay', 'cosineDecay', 'piecewiseConstantDecay'] as const

/** The option `learningRate`. */
export function learningRateField(fallback: number): Field<LearningRate, LearningRate> {
  const constant = number(fallback, { min: 0 })
  return custom<LearningRate, LearningRate>(
    fallback,
    (value, path) => {
      if (typeof value !== 'object' || value === null) return constant.parse(value, path)
      const kind = oneOf(scheduleKinds).parse((value as { kind?: unknown }).kind, `${path}: kind`)
      return factories[kind](value as never)
    },
    kindsForm(
      {
        exponentialDecay: exponentialDecayFields,
        cosineDecay: cosineDecayFields,
        piecewiseConstantDecay: piecewiseConstantDecayFields,
      },
      constant.form,
    ),
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
