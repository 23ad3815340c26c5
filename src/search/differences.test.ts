import { expect, test } from 'vitest'
import { fashionMnistMini } from '../data/source.ts'
import { sequential } from '../model/graph.ts'
import { dense, dropout, flatten } from '../nn/layers/index.ts'
import { adam, sgd } from '../nn/optimizers/index.ts'
import { experiment } from '../train/experiment.ts'
import { differencesOf } from './differences.ts'
import { choice, intRange, logUniform, uniform, when } from './distributions/index.ts'
import { parseSearch, type SearchOptions, search } from './search.ts'
import type { Space } from './space.ts'

const softmax = dense({ units: 10, activation: 'softmax' })
const base = experiment({
  name: 'small',
  data: fashionMnistMini(),
  models: { small: sequential([flatten(), dropout({ rate: 0.2 }), dense({ units: 32 }), softmax]) },
  train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', validationSplit: 0.2 },
})
const space = {
  learningRate: logUniform(1e-4, 1e-1),
  batchSize: choice([16, 32, 64]),
  'dense.units': intRange(16, 128, { step: 16 }),
  optimizer: choice(['adam', 'sgd', 'rmsprop']),
  'optimizer.momentum': when({ optimizer: ['sgd', 'rmsprop'] }, uniform(0, 0.9)),
}
const begun = search({ experiment: base, space }).spec
const changes = (to: Space, options: Partial<SearchOptions> = {}) =>
  // As a store returns it.
  differencesOf(
    parseSearch(JSON.parse(JSON.stringify(begun)), 'stored').spec,
    search({ experiment: base, space: to, ...options }).spec,
  )

test('the same search differs in nothing', () => {
  expect(changes(space)).toEqual({ allowed: [], refused: [] })
  expect(changes(space, { start: { batchSize: 64 } as never })).toEqual({ allowed: [], refused: [] })
})

test('a narrower space and other budgets are allowed', () => {
  const { 'optimizer.momentum': _, ...less } = space
  const narrower = {
    ...less,
    learningRate: logUniform(1e-3, 1e-2),
    batchSize: choice([64, 32]),
    'dense.units': intRange(32, 96, { step: 32 }),
  }
  const momentum = { 'optimizer.momentum': when({ optimizer: 'sgd' }, uniform(0.5, 0.9)) }
  const without = { ...narrower, optimizer: choice(['adam', 'sgd']), ...momentum }
  expect(changes(without, { trials: 100, repeats: { top: 1, seeds: 5 } })).toEqual({
    allowed: [
      'learningRate is narrower: it goes from 0.001 to 0.01',
      'batchSize is narrower: its values are 64, 32',
      'dense.units is narrower: it goes from 32 to 96 in steps of 32',
      'optimizer is narrower: its values are adam, sgd',
      'optimizer.momentum is narrower: it goes from 0.5 to 0.9',
      'trials was 50 and is now 100',
      'repeats.top was 3 and is now 1',
    ],
    refused: [],
  })
  const onlyAdam = search({ experiment: base, space: { ...less, optimizer: choice(['adam', 'sgd']) } }).spec
  expect(differencesOf(begun, onlyAdam).refused).toEqual([
    'the parameter optimizer.momentum is no longer there',
  ])
  const before = search({
    experiment: base,
    space: { depth: choice(['a', 'b', 'c']), batchSize: when({ depth: 'c' }, choice([16, 32])) },
    model: ({ depth }) => sequential([flatten(), ...(depth === 'a' ? [] : [dense({ units: 8 })]), softmax]),
  }).spec
  const now = { ...before, space: { depth: choice(['a', 'b']) } }
  expect(differencesOf(before, now)).toEqual({
    allowed: [
      'depth is narrower: its values are a, b',
      'batchSize is no longer there, as depth never has a value for it',
    ],
    refused: [],
  })
})

test('what makes it another search is listed', () => {
  const wider = {
    ...space,
    learningRate: logUniform(1e-5, 1e-1),
    batchSize: choice([16, 128]),
    'dense.units': intRange(16, 128, { step: 8 }),
    dropout: uniform(0, 0.5),
  }
  const other = experiment({ ...base, train: { ...base.train, optimizer: adam({ epsilon: 1e-5 }) } as never })
  expect(
    changes(wider, { experiment: other, seed: 2, objective: 'valLoss', sampler: 'random' }).refused,
  ).toEqual([
    'train.optimizer.epsilon was 1e-7 and is now 0.00001',
    'learningRate has values that it did not have: it goes from 0.00001 to 0.1; before, it goes from 0.0001 to 0.1',
    'batchSize has values that it did not have: its values are 16, 128; before, its values are 16, 32, 64',
    'dense.units has values that it did not have: it goes from 16 to 128 in steps of 8; before, it goes from 16 to 128 in steps of 16',
    'new: dropout',
    'objective.0 was "valAccuracy" and is now "valLoss"',
    'sampler was tpe and is now random',
    'seed was 1 and is now 2',
  ])
  const stepped = { ...space, batchSize: intRange(16, 64), 'optimizer.momentum': uniform(0, 0.9) }
  const onlySgd = experiment({ ...base, train: { ...base.train, optimizer: sgd() } as never })
  expect(() => changes(stepped, { experiment: onlySgd })).toThrow('optimizer.momentum')
  const { 'optimizer.momentum': _, ...rest } = stepped
  expect(changes(rest, { experiment: onlySgd }).refused).toEqual([
    'train.optimizer was adam and is now sgd',
    'batchSize has values that it did not have: it goes from 16 to 64; before, its values are 16, 32, 64',
    'the parameter optimizer.momentum is no longer there',
  ])
})
