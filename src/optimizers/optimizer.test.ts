import { describe, expect, test } from 'vitest'
import { cosineDecay } from '../schedules/schedule.ts'
import { UsageError } from '../spec/errors.ts'
import { adam, optimizerField, sgd, stepSizeAt, updateRuleOf } from './optimizer.ts'

test('defaults are those of Keras', () => {
  expect(sgd()).toEqual({ kind: 'sgd', learningRate: 0.01, momentum: 0, nesterov: false })
  expect(adam()).toEqual({ kind: 'adam', learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 })
})

describe('stepSizeAt', () => {
  test.each([
    // 0.001 · √(1 − 0.999^t) / (1 − 0.9^t) at t = 1, 2, 1000
    [0, 3.16227766e-4],
    [1, 2.35316725e-4],
    [999, 7.95175814e-4],
  ])('adam, step %i: %d', (step, size) => {
    expect(stepSizeAt(adam(), step)).toBeCloseTo(size, 12)
  })

  test('adam approaches its learning rate', () => {
    expect(stepSizeAt(adam({ learningRate: 0.5 }), 100_000)).toBeCloseTo(0.5, 9)
  })

  test('sgd has its learning rate from the first step', () => {
    expect(stepSizeAt(sgd({ learningRate: 0.2, momentum: 0.9 }), 0)).toBe(0.2)
    expect(stepSizeAt(sgd({ learningRate: 0.2 }), 7)).toBe(0.2)
  })

  test('a schedule is read at the same step', () => {
    const learningRate = cosineDecay({ initialLearningRate: 0.4, decaySteps: 10 })
    expect(stepSizeAt(sgd({ learningRate }), 5)).toBeCloseTo(0.2, 12)
    expect(stepSizeAt(adam({ learningRate, beta1: 0, beta2: 0 }), 5)).toBeCloseTo(0.2, 12)
  })
})

test('the rule holds what does not change from step to step', () => {
  expect(updateRuleOf(sgd({ momentum: 0.9, nesterov: true }))).toEqual({
    kind: 'sgd',
    momentum: 0.9,
    nesterov: true,
  })
  expect(updateRuleOf(adam({ learningRate: 1 }))).toEqual({
    kind: 'adam',
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-7,
  })
})

describe('the option optimizer', () => {
  const parse = (value: unknown) => optimizerField.parse(value, 'train: optimizer')

  test('a name stands for its defaults', () => {
    expect(parse('adam')).toEqual(adam())
    expect(parse('sgd')).toEqual(sgd())
  })

  test('a spec may leave out what has a default, and comes back frozen', () => {
    expect(parse({ kind: 'sgd', momentum: 0.9 })).toEqual(sgd({ momentum: 0.9 }))
    expect(Object.isFrozen(parse({ kind: 'adam' }))).toBe(true)
  })

  test.each([
    ['adm', `train: optimizer must be one of 'sgd', 'adam', not "adm". Did you mean "adam"?`],
    ['rmsprop', `train: optimizer must be one of 'sgd', 'adam', not "rmsprop".`],
    [{ kind: 'Adam' }, `train: optimizer must be one of 'sgd', 'adam', not "Adam". Did you mean "adam"?`],
    [{}, `train: optimizer must be one of 'sgd', 'adam', not undefined.`],
    [null, `train: optimizer must be one of 'sgd', 'adam', not null.`],
    [{ kind: 'adam', beta_1: 0.5 }, 'adam: unknown option "beta_1". Did you mean "beta1"?'],
    [{ kind: 'adam', beta1: 1 }, 'adam: beta1 must be a number of at least 0 and below 1, not 1.'],
    [{ kind: 'adam', beta2: -0.1 }, 'adam: beta2 must be a number of at least 0 and below 1, not -0.1.'],
    [{ kind: 'adam', epsilon: -1 }, 'adam: epsilon must be a number of at least 0, not -1.'],
    [{ kind: 'adam', learningRate: -1 }, 'adam: learningRate must be a number of at least 0, not -1.'],
    [{ kind: 'sgd', momentum: 1.1 }, 'sgd: momentum must be a number of at least 0 and at most 1, not 1.1.'],
    [{ kind: 'sgd', nesterov: 'yes' }, 'sgd: nesterov must be true or false, not "yes".'],
    [
      { kind: 'sgd', beta1: 0.9 },
      'sgd: unknown option "beta1". Its options are learningRate, momentum, nesterov.',
    ],
  ])('refuses %j', (value, message) => {
    expect(() => parse(value)).toThrow(UsageError)
    expect(() => parse(value)).toThrow(message)
  })
})
