import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import {
  cosineDecay,
  exponentialDecay,
  learningRateAt,
  learningRateField,
  piecewiseConstantDecay,
} from './schedule.ts'

test('a number is the rate of every step', () => {
  expect(learningRateAt(0.3, 0)).toBe(0.3)
  expect(learningRateAt(0.3, 1e9)).toBe(0.3)
})

describe('exponentialDecay', () => {
  const options = { initialLearningRate: 0.1, decaySteps: 10, decayRate: 0.25 }

  test.each([
    [0, 0.1],
    [5, 0.05],
    [10, 0.025],
    [15, 0.0125],
    [20, 0.00625],
  ])('step %i: %d', (step, rate) => {
    expect(learningRateAt(exponentialDecay(options), step)).toBeCloseTo(rate, 12)
  })

  test.each([
    [0, 0.1],
    [9, 0.1],
    [10, 0.025],
    [19, 0.025],
    [20, 0.00625],
  ])('with staircase, step %i: %d', (step, rate) => {
    expect(learningRateAt(exponentialDecay({ ...options, staircase: true }), step)).toBeCloseTo(rate, 12)
  })
})

describe('cosineDecay', () => {
  test('with a warm-up: evenly up to the target, then down from it', () => {
    const schedule = cosineDecay({
      initialLearningRate: 0.02,
      decaySteps: 100,
      alpha: 0.5,
      warmupTarget: 0.1,
      warmupSteps: 4,
    })
    const at = [0, 1, 2, 3, 4, 54, 104, 1000].map(step => learningRateAt(schedule, step))
    // 0.1 · (0.5 + 0.5 · (1 + cos(π/2)) / 2) half of the way down.
    const expected = [0.02, 0.04, 0.06, 0.08, 0.1, 0.075, 0.05, 0.05]
    for (const [i, rate] of expected.entries()) expect(at[i]).toBeCloseTo(rate, 12)
  })

  test('a warm-up without a target is refused, from JSON too', () => {
    const options = { initialLearningRate: 0.1, decaySteps: 10, warmupSteps: 5 }
    const message =
      'cosineDecay: warmupSteps needs warmupTarget, the rate that the warm-up ends with, such as 0.001.'
    expect(() => cosineDecay(options)).toThrow(message)
    expect(() => learningRateField(0.1).parse({ kind: 'cosineDecay', ...options }, 'learningRate')).toThrow(
      message,
    )
  })

  test.each([
    // (alpha + (1 − alpha) · (1 + cos πt) / 2) · 0.1 at t = 0, 1/4, 1/2, 1 and beyond
    [0, 0, 0.1],
    [0, 25, 0.0853553391],
    [0, 50, 0.05],
    [0, 100, 0],
    [0, 101, 0],
    [0, 1e6, 0],
    [0.1, 0, 0.1],
    [0.1, 50, 0.055],
    [0.1, 100, 0.01],
    [0.1, 1e6, 0.01],
  ])('alpha %d, step %i: %d', (alpha, step, rate) => {
    const schedule = cosineDecay({ initialLearningRate: 0.1, decaySteps: 100, alpha })
    expect(learningRateAt(schedule, step)).toBeCloseTo(rate, 9)
  })
})

describe('piecewiseConstantDecay', () => {
  const schedule = piecewiseConstantDecay({ boundaries: [100, 200], values: [0.1, 0.01, 0.001] })

  // Keras: the first value holds while step ≤ boundary, the boundary included.
  test.each([
    [0, 0.1],
    [99, 0.1],
    [100, 0.1],
    [101, 0.01],
    [200, 0.01],
    [201, 0.001],
    [1e9, 0.001],
  ])('step %i: %d', (step, rate) => {
    expect(learningRateAt(schedule, step)).toBe(rate)
  })

  test('without boundaries it is a constant', () => {
    expect(learningRateAt(piecewiseConstantDecay({ boundaries: [], values: [0.5] }), 7)).toBe(0.5)
  })
})

test('no schedule leaves the range between its first and its last rate', () => {
  const steps = fc.tuple(fc.nat(10_000), fc.integer({ min: 1, max: 1000 }))
  fc.assert(
    fc.property(steps, fc.double({ min: 0, max: 1, noNaN: true }), ([step, decaySteps], share) => {
      const exponential = exponentialDecay({ initialLearningRate: 0.1, decaySteps, decayRate: share })
      const cosine = cosineDecay({ initialLearningRate: 0.1, decaySteps, alpha: share })
      expect(learningRateAt(exponential, step)).toBeGreaterThanOrEqual(0)
      expect(learningRateAt(exponential, step)).toBeLessThanOrEqual(0.1)
      expect(learningRateAt(cosine, step)).toBeGreaterThanOrEqual(0.1 * share - 1e-15)
      expect(learningRateAt(cosine, step)).toBeLessThanOrEqual(0.1 + 1e-15)
    }),
  )
})

describe('errors', () => {
  const parse = (value: unknown) => () => learningRateField(0.01).parse(value, 'sgd: learningRate')
  const cosine = { kind: 'cosineDecay', initialLearningRate: 0.1, decaySteps: 100 }
  const piecewise = { kind: 'piecewiseConstantDecay', boundaries: [100], values: [0.1, 0.01] }

  test.each([
    [-0.1, 'sgd: learningRate must be a number of at least 0, not -0.1.'],
    ['0.1', 'sgd: learningRate must be a number of at least 0, not "0.1".'],
    [Number.NaN, 'sgd: learningRate must be a number of at least 0, not NaN.'],
    [
      { kind: 'cosinDecay' },
      'sgd: learningRate: {"kind":"cosinDecay"} is not a schedule. Did you mean "cosineDecay"? ' +
        'Schedules are exponentialDecay, cosineDecay, piecewiseConstantDecay.',
    ],
    [{ kind: 'cosineDecay', decaySteps: 1 }, 'cosineDecay: the option "initialLearningRate" is required.'],
    [{ ...cosine, decaySteps: 0 }, 'cosineDecay: decaySteps must be a whole number of at least 1, not 0.'],
    [{ ...cosine, alpha: -1 }, 'cosineDecay: alpha must be a number of at least 0, not -1.'],
    [{ ...cosine, decayRate: 1 }, 'cosineDecay: unknown option "decayRate".'],
    [
      { ...cosine, kind: 'exponentialDecay', decayRate: -1 },
      'exponentialDecay: decayRate must be a number of at least 0, not -1.',
    ],
    [{ ...piecewise, values: [0.1] }, 'piecewiseConstantDecay: 1 boundaries need 2 values, received 1.'],
    [
      { ...piecewise, boundaries: 100 },
      'piecewiseConstantDecay: boundaries must be a list of ascending numbers, not 100.',
    ],
    [
      { ...piecewise, boundaries: [200, 100], values: [1, 2, 3] },
      'piecewiseConstantDecay: boundaries must be a list of ascending numbers, not [200,100].',
    ],
    [
      { ...piecewise, values: [0.1, -0.1] },
      'piecewiseConstantDecay: values must be a list of numbers of at least 0, not [0.1,-0.1].',
    ],
    [
      { ...piecewise, values: [0.1, null] },
      'piecewiseConstantDecay: values must be a list of numbers of at least 0, not [0.1,null].',
    ],
  ])('%j', (value, message) => {
    expect(parse(value)).toThrow(UsageError)
    expect(parse(value)).toThrow(message)
  })
})
