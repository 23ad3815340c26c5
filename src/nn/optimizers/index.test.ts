import { describe, expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { adadelta, adagrad, adam, adamw, muon, nadam, optimizers, rmsprop, sgd } from './index.ts'

/** What every optimizer has. */
const common = {
  clipValue: null,
  clipNorm: null,
  globalClipNorm: null,
  useEma: false,
  emaMomentum: 0.99,
  emaOverwriteFrequency: null,
}

test('defaults are those of Keras', () => {
  expect(sgd()).toEqual({ kind: 'sgd', learningRate: 0.01, momentum: 0, nesterov: false, ...common })
  expect(adam()).toEqual({
    kind: 'adam',
    learningRate: 0.001,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-7,
    ...common,
  })
  expect(adamw()).toEqual({ ...adam(), kind: 'adamw', weightDecay: 0.004, excludeFromWeightDecay: [] })
  expect(nadam()).toEqual({ ...adam(), kind: 'nadam' })
  expect(rmsprop()).toEqual({
    kind: 'rmsprop',
    learningRate: 0.001,
    rho: 0.9,
    momentum: 0,
    epsilon: 1e-7,
    centered: false,
    ...common,
  })
  expect(adagrad()).toEqual({
    kind: 'adagrad',
    learningRate: 0.001,
    initialAccumulatorValue: 0.1,
    epsilon: 1e-7,
    ...common,
  })
  expect(muon()).toEqual({
    kind: 'muon',
    learningRate: 0.001,
    excludeLayers: [],
    momentum: 0.95,
    nesterov: true,
    nsSteps: 5,
    rmsRate: 0.2,
    weightDecay: 0.004,
    adamWeightDecay: 0.004,
    adamLrRatio: 1,
    adamBeta1: 0.9,
    adamBeta2: 0.999,
    epsilon: 1e-7,
    ...common,
  })
  expect(adadelta()).toEqual({ kind: 'adadelta', learningRate: 0.001, rho: 0.95, epsilon: 1e-7, ...common })
})

describe('the option optimizer', () => {
  const parse = (value: unknown) => optimizers.field.parse(value, 'train: optimizer')

  const names = 'Optimizers are adam, sgd, rmsprop, adagrad, adadelta, adamw, nadam, muon.'

  test('a name stands for its defaults', () => {
    expect(parse('adam')).toEqual(adam())
    expect(parse('sgd')).toEqual(sgd())
    expect(parse('rmsprop')).toEqual(rmsprop())
    expect(parse('adagrad')).toEqual(adagrad())
    expect(parse('adadelta')).toEqual(adadelta())
    expect(parse('adamw')).toEqual(adamw())
    expect(parse('nadam')).toEqual(nadam())
    expect(parse('muon')).toEqual(muon())
  })

  test('a spec may leave out what has a default, and comes back frozen', () => {
    expect(parse({ kind: 'sgd', momentum: 0.9 })).toEqual(sgd({ momentum: 0.9 }))
    expect(Object.isFrozen(parse({ kind: 'adam' }))).toBe(true)
  })

  test.each([
    ['adm', `train: optimizer: "adm" is not an optimizer. Did you mean "adam"? ${names}`],
    ['adamax', `train: optimizer: "adamax" is not an optimizer. Did you mean "adam"? ${names}`],
    [
      { kind: 'Adam' },
      `train: optimizer: {"kind":"Adam"} is not an optimizer. Did you mean "adam"? ${names}`,
    ],
    [{}, `train: optimizer: {} is not an optimizer. ${names}`],
    [null, `train: optimizer: null is not an optimizer. ${names}`],
    [{ kind: 'adam', beta_1: 0.5 }, 'adam: unknown option "beta_1". Did you mean "beta1"?'],
    [{ kind: 'adam', beta1: 1 }, 'adam: beta1 must be a number of at least 0 and below 1, not 1.'],
    [{ kind: 'adam', beta2: -0.1 }, 'adam: beta2 must be a number of at least 0 and below 1, not -0.1.'],
    [{ kind: 'adam', epsilon: -1 }, 'adam: epsilon must be a number of at least 0, not -1.'],
    [{ kind: 'adam', learningRate: -1 }, 'adam: learningRate must be a number of at least 0, not -1.'],
    [{ kind: 'sgd', momentum: 1.1 }, 'sgd: momentum must be a number of at least 0 and at most 1, not 1.1.'],
    [{ kind: 'sgd', nesterov: 'yes' }, 'sgd: nesterov must be true or false, not "yes".'],
    [{ kind: 'adamw', weightDecay: -1 }, 'adamw: weightDecay must be a number of at least 0, not -1.'],
    [
      { kind: 'muon', nsSteps: 0 },
      'muon: nsSteps must be a whole number of at least 1 and at most 100, not 0.',
    ],
    [{ kind: 'muon', excludeLayers: 'dense' }, 'muon: excludeLayers must be a list, not "dense".'],
    [{ kind: 'nadam', beta1: 1 }, 'nadam: beta1 must be a number of at least 0 and below 1, not 1.'],
    [{ kind: 'rmsprop', rho: 1 }, 'rmsprop: rho must be a number of at least 0 and below 1, not 1.'],
    [{ kind: 'rmsprop', centered: 1 }, 'rmsprop: centered must be true or false, not 1.'],
    [{ kind: 'adadelta', rho: -1 }, 'adadelta: rho must be a number of at least 0 and below 1, not -1.'],
    [
      { kind: 'adagrad', initialAccumulatorValue: -1 },
      'adagrad: initialAccumulatorValue must be a number of at least 0, not -1.',
    ],
    [
      { kind: 'sgd', clipNorm: 1, clipValue: 1 },
      'sgd: clipValue and clipNorm do not go together. Give one of them.',
    ],
    [{ kind: 'adam', globalClipNorm: 0 }, 'adam: globalClipNorm must be a number above 0, not 0.'],
    [
      { kind: 'nadam', emaMomentum: 2 },
      'nadam: emaMomentum must be a number of at least 0 and at most 1, not 2.',
    ],
    [
      { kind: 'adamw', excludeFromWeightDecay: ['biases'] },
      "must be one of 'bias', 'gamma', 'beta', 'alpha'",
    ],
    [
      { kind: 'sgd', beta1: 0.9 },
      'sgd: unknown option "beta1". Its options are learningRate, momentum, nesterov, clipValue, clipNorm, ' +
        'globalClipNorm, useEma, emaMomentum, emaOverwriteFrequency.',
    ],
  ])('refuses %j', (value, message) => {
    expect(() => parse(value)).toThrow(UsageError)
    expect(() => parse(value)).toThrow(message)
  })
})
