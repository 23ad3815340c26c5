import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fuzzInputs, isRefused, refusals } from '../../test/support/fuzz.ts'
import { randomFlip, randomRotation } from '../data/augment/index.ts'
import { fashionMnistMini } from '../data/source.ts'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { conv2d, dense, dropout, flatten } from '../nn/layers/index.ts'
import { adam, sgd } from '../nn/optimizers/index.ts'
import { changedJson } from '../testing/dice.ts'
import { earlyStopping } from '../train/callbacks/early-stopping.ts'
import { experiment } from '../train/experiment.ts'
import { cornersOf } from './corners.ts'
import { choice, intRange, logUniform, uniform, when } from './distributions/index.ts'
import { parseSearch, search } from './search.ts'
import { countPoints, factsOf, pointAt, problemOf } from './space.ts'

const INPUTS = fuzzInputs(150)
const longest = 4000

const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
const small = sequential([
  conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }),
  flatten(),
  dropout({ rate: 0.5 }),
  dense({ units: 10, activation: 'softmax' }),
])
const sound = search({
  experiment: experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: { small, linear },
    train: {
      optimizer: 'adam',
      loss: 'sparseCategoricalCrossentropy',
      validationSplit: 0.2,
      augmentation: [randomFlip(), randomRotation({ factor: 0.1 })],
      callbacks: [earlyStopping({ patience: 2 })],
    },
    overrides: { linear: { epochs: 3 } },
  }),
  space: {
    model: choice(['small', 'linear']),
    learningRate: logUniform(1e-4, 1e-1),
    optimizer: choice([adam(), sgd()]),
    'optimizer.momentum': when({ optimizer: [sgd()] }, uniform(0, 0.9)),
    'conv2d.filters': when({ model: 'small' }, intRange(4, 16, { step: 4 })),
    dropout: when({ model: 'small' }, uniform(0, 0.6)),
    randomFlip: choice([true, false]),
    'earlyStopping.patience': intRange(1, 8, { log: true }),
  },
  start: { model: 'small', optimizer: adam() },
})

/** Reads a search and makes some of its experiments. */
function read(value: unknown): void {
  const { spec, experimentOf } = parseSearch(value, 'a.json')
  factsOf(spec.space)
  countPoints(spec.space)
  for (const point of cornersOf(spec.space).points.slice(0, 4)) {
    for (const model of Object.values(experimentOf(point).models)) buildModel(model, [28, 28, 1])
  }
}

test(`${INPUTS} changed searches as JSON: read, or refused in words`, async () => {
  const text = JSON.stringify(sound.spec)
  expect(() => read(JSON.parse(text))).not.toThrow()
  const refused = await refusals(dice => read(changedJson(text, dice)), { inputs: INPUTS, seed: 1, longest })
  expect(refused).toBeGreaterThan(INPUTS / 3)
  expect(({} as { unknown?: unknown }).unknown).toBeUndefined()
})

test('any JSON as a space is read, or refused in words', async () => {
  const { space: _, ...rest } = JSON.parse(JSON.stringify(sound.spec))
  const name = fc.oneof(
    fc.constantFrom('learningRate', 'epochs', 'conv2d', 'nodes.dense', 'train', '__proto__'),
    fc.string(),
  )
  const distribution = fc.oneof(
    fc.record(
      {
        kind: fc.constantFrom('uniform', 'logUniform', 'intRange', 'choice', 'none'),
        low: fc.oneof(fc.double(), fc.integer()),
        high: fc.oneof(fc.double(), fc.integer()),
        step: fc.integer(),
        values: fc.array(fc.jsonValue(), { maxLength: 4 }),
        when: fc.dictionary(name, fc.jsonValue(), { maxKeys: 2 }),
      },
      { requiredKeys: ['kind'] },
    ),
    fc.jsonValue(),
  )
  await fc.assert(
    fc.asyncProperty(fc.dictionary(name, distribution, { maxKeys: 4 }), async space => {
      await isRefused(() => read(JSON.parse(JSON.stringify({ ...rest, start: null, space }))), longest)
    }),
    { numRuns: INPUTS },
  )
})

test('the largest spaces and models are read in bounded time', () => {
  const many = Array.from({ length: 1000 }, (_, i) => i / 1000)
  const wide = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`nodes.n${i}.rate`, choice(many)]))
  const layers = Array.from({ length: 100 }, (_, i) => ({
    ...{ name: `n${i}`, layer: dropout({ rate: 0.5 }), inputs: [i === 0 ? 'input' : `n${i - 1}`] },
  }))
  const nodes = [
    ...layers,
    { name: 'row', layer: flatten(), inputs: ['n99'] },
    { name: 'head', layer: dense({ units: 10 }), inputs: ['row'] },
  ]
  const base = JSON.parse(JSON.stringify(sound.spec.experiment))
  const deep = { ...base, models: { deep: { kind: 'model', nodes } }, overrides: {} }
  const { spec, experimentOf } = parseSearch({ kind: 'search', experiment: deep, space: wide }, 'a.json')
  expect(spec.start).toMatchObject({ 'nodes.n31.rate': 0.5 })
  const point = pointAt(
    spec.space,
    Array.from({ length: 32 }, () => 0),
  )
  expect(problemOf(spec.space, point)).toBeNull()
  expect(experimentOf(point).models.deep!.nodes[31]!.layer).toEqual(dropout({ rate: 0 }))
  const chained = Object.fromEntries(
    Array.from({ length: 64 }, (_, i) => [
      `p${i}`,
      i === 0 ? choice([1, 2]) : when({ [`p${i - 1}`]: [1] }, choice([1, 2])),
    ]),
  )
  expect(() => parseSearch({ kind: 'search', experiment: deep, space: chained }, 'a.json')).toThrow(
    'the conditions name more than 1000 combinations of values',
  )
})
