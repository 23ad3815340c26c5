import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import { type DataSource, fashionMnist, fashionMnistMini, idx, imageFolder } from '../data/source.ts'
import { graph, sequential } from '../model/graph.ts'
import {
  activation,
  add,
  averagePooling2d,
  concatenate,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
} from '../nn/layers/index.ts'
import {
  categoricalCrossentropy,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from '../nn/losses/loss.ts'
import { adam, sgd } from '../nn/optimizers/index.ts'
import { cosineDecay, exponentialDecay, piecewiseConstantDecay } from '../nn/schedules/schedule.ts'
import { csvLogger } from './callbacks/csv-logger.ts'
import { earlyStopping } from './callbacks/early-stopping.ts'
import { type ExperimentOptions, experiment, parseExperiment } from './experiment.ts'

const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])

const plain: ExperimentOptions = {
  name: 'first',
  data: fashionMnistMini(),
  models: { linear },
  train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' },
}

/** Every layer, schedule, optimizer, loss, callback and source, with options that are not the defaults. */
const everything = experiment({
  name: 'every-thing_1.0',
  data: imageFolder({ path: 'flowers', colorMode: 'grayscale', imageSize: 64, testSplit: 0.1, seed: 3 }),
  models: {
    linear,
    residual: graph(
      {
        conv: [
          conv2d({
            filters: 4,
            kernelSize: [3, 1],
            strides: 2,
            dilationRate: [1, 3],
            padding: 'same',
            activation: { kind: 'leakyRelu', negativeSlope: 0.1 },
            useBias: false,
            kernelInitializer: 'heNormal',
          }),
          'input',
        ],
        max: [maxPooling2d({ poolSize: 3, strides: 1, padding: 'same' }), 'conv'],
        mean: [averagePooling2d({ poolSize: [3, 3], strides: [1, 1], padding: 'same' }), 'conv'],
        sum: [add(), 'max', 'mean'],
        wide: [concatenate(), 'sum', 'conv'],
        soft: [activation({ activation: { kind: 'elu', alpha: 0.5 } }), 'wide'],
        row: [flatten(), 'soft'],
        drop: [dropout({ rate: 0.25 }), 'row'],
        head: [
          dense({ units: 3, activation: 'softmax', biasInitializer: 'ones', kernelRegularizer: 'l2' }),
          'drop',
        ],
      },
      { inputShape: [64, 64, 1] },
    ),
  },
  train: {
    optimizer: adam({
      learningRate: piecewiseConstantDecay({ boundaries: [10, 20], values: [0.1, 0.01, 0.001] }),
    }),
    loss: categoricalCrossentropy(),
    epochs: 7,
    batchSize: 17,
    validationSplit: 0.2,
    stratify: true,
    shuffle: false,
    evaluateTraining: true,
    classWeight: { Bag: 4, 0: 0.5 },
    topK: 3,
    callbacks: [
      earlyStopping({ monitor: 'accuracy', patience: 2, baseline: 0.5, restoreBestWeights: true }),
      csvLogger({ path: 'logs/{model}-{seed}.csv', separator: ';', append: true }),
    ],
  },
})

const isDeeplyFrozen = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen))

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('an experiment', () => {
  test('fills in Keras’ defaults of training', () => {
    expect(experiment(plain).train).toEqual({
      kind: 'train',
      classWeight: null,
      metrics: ['accuracy'],
      topK: null,
      optimizer: adam(),
      loss: sparseCategoricalCrossentropy(),
      epochs: 1,
      batchSize: 32,
      validationSplit: 0,
      stratify: null,
      validationData: null,
      spareOutputs: false,
      pixelRange: 'unit',
      augmentation: [],
      shuffle: true,
      evaluateTraining: false,
      callbacks: [],
      variants: null,
      fineTuning: null,
      learningRates: {},
    })
  })

  test('is one deeply frozen value', () => {
    expect(isDeeplyFrozen(everything)).toBe(true)
    expect(isDeeplyFrozen(experiment(plain))).toBe(true)
  })

  test.each<[string, Partial<ExperimentOptions>]>([
    ['every layer and callback', everything],
    ['sgd', { train: { ...plain.train, optimizer: sgd({ momentum: 0.9, nesterov: true }) } }],
    [
      'exponentialDecay',
      {
        train: {
          ...plain.train,
          optimizer: sgd({
            learningRate: exponentialDecay({
              initialLearningRate: 0.1,
              decaySteps: 5,
              decayRate: 0.9,
              staircase: true,
            }),
          }),
        },
      },
    ],
    [
      'cosineDecay',
      {
        train: {
          ...plain.train,
          optimizer: sgd({
            learningRate: cosineDecay({ initialLearningRate: 0.1, decaySteps: 9, alpha: 0.1 }),
          }),
        },
      },
    ],
    ['fromLogits', { train: { ...plain.train, loss: sparseCategoricalCrossentropy({ fromLogits: true }) } }],
    ['semantics', { train: { ...plain.train, loss: categoricalCrossentropy({ semantics: 'literal' }) } }],
    ['labelSmoothing', { train: { ...plain.train, loss: categoricalCrossentropy({ labelSmoothing: 0.1 }) } }],
    ['another loss', { train: { ...plain.train, loss: meanSquaredError() } }],
    ['fashionMnist', { data: fashionMnist() }],
    [
      'idx',
      {
        data: idx({
          trainImages: 'a',
          trainLabels: 'b',
          testImages: 'c',
          testLabels: 'd',
          classNames: ['cat', 'dog'],
        }),
      },
    ],
  ])('survives JSON: %s', (_, part) => {
    const spec = experiment({ ...plain, ...part })
    const again = parseExperiment(throughJson(spec), 'file.json')
    expect(again).toEqual(spec)
    expect(isDeeplyFrozen(again)).toBe(true)
    expect(parseExperiment(spec, 'file.json')).toEqual(spec)
  })

  test.each<[unknown, string]>([
    [null, 'file.json: expected an experiment made by experiment({…}), received null.'],
    [{}, 'file.json: expected an experiment made by experiment({…}), received {}.'],
    [
      { ...plain, kind: 'experiment', model: linear },
      'file.json: unknown key "model". Did you mean "models"? Keys: name, data, models, train, overrides.',
    ],
    [{ ...plain, kind: 'experiment', '': 1 }, 'file.json: unknown key "".'],
    [
      { ...plain, kind: 'experiment', name: 'a/b' },
      'file.json: name must be letters, digits, "-", "_" and ".", at most 100, not "a/b".',
    ],
    [
      { ...plain, kind: 'experiment', models: {} },
      'file.json: models must name at least one model, such as { basic: sequential([…]) }.',
    ],
    [
      { ...plain, kind: 'experiment', models: { linear: [flatten()] } },
      'file.json: model "linear": expected a model made by sequential([…]) or graph({…}), received [{"kind":"flatten"}].',
    ],
    [
      { ...plain, kind: 'experiment', train: undefined },
      'train: options must be an object, such as train({ … })',
    ],
    [
      { ...plain, kind: 'experiment', data: undefined },
      'file.json: data: undefined is not a data source. Data sources are fashionMnist, fashionMnistMini, idx, csv, imageFolder, ',
    ],
    [
      { ...plain, kind: 'experiment', train: { ...plain.train, batchsize: 3 } },
      'train: unknown option "batchsize". Did you mean "batchSize"?',
    ],
    [
      { ...plain, kind: 'experiment', overrides: { linaer: { epochs: 3 } } },
      'file.json: overrides: unknown key "linaer". Did you mean "linear"? Keys: linear.',
    ],
    [
      { ...plain, kind: 'experiment', overrides: { linear: { epochs: 0 } } },
      'file.json: overrides of "linear": train: epochs must be a whole number of at least 1, not 0.',
    ],
    [
      { ...plain, kind: 'experiment', overrides: { linear: 3 } },
      'file.json: the overrides of "linear" must be options, not 3.',
    ],
    [
      { ...plain, kind: 'experiment', overrides: 3 },
      'file.json: overrides must name models with their own options, such as { basic: { epochs: 20 } }, not 3.',
    ],
  ])('refuses %#', (value, message) => {
    expect(() => parseExperiment(value, 'file.json')).toThrow(UsageError)
    expect(() => parseExperiment(value, 'file.json')).toThrow(message)
  })
})

describe('reading a file from anywhere', () => {
  const reads = (value: unknown): boolean => {
    try {
      const spec = parseExperiment(value, 'file.json')
      expect(parseExperiment(throughJson(spec), 'file.json')).toEqual(spec)
      return true
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError)
      return false
    }
  }

  /** Every place of a JSON value that holds something. */
  const slotsOf = (value: object): [owner: Record<string, unknown>, key: string][] =>
    Object.entries(value).flatMap(([key, inner]) => [
      [value as Record<string, unknown>, key] as [Record<string, unknown>, string],
      ...(typeof inner === 'object' && inner !== null ? slotsOf(inner) : []),
    ])

  const slots = slotsOf(throughJson(everything) as object).length
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(-1, 0, 0.5, 1e308, '', 'toString', '__proto__', [], {}, [null], { kind: 'adam' }),
  )

  test('any one part replaced by junk: an experiment or a UsageError', () => {
    fc.assert(
      fc.property(fc.nat(slots - 1), junk, (position, put) => {
        const value = throughJson(everything) as object
        const [owner, key] = slotsOf(value)[position]!
        owner[key] = put
        reads(value)
      }),
      { numRuns: 1500 },
    )
  })

  test('any one part removed: an experiment where it has a default, else a UsageError', () => {
    const outcomes = Array.from({ length: slots }, (_, position) => {
      const value = throughJson(everything) as object
      const [owner, key] = slotsOf(value)[position]!
      delete owner[key]
      return reads(value)
    })
    expect(new Set(outcomes)).toEqual(new Set([true, false]))
  })

  test('any part given an unknown key is refused', () => {
    const count = objectsOf(throughJson(everything)).length
    for (let position = 0; position < count; position++) {
      const value = throughJson(everything)
      const owner = objectsOf(value)[position]!
      // Models and weights of classes may have any name; what stands under it must be a model or a number all the same.
      owner.qqq = null
      expect(reads(value), JSON.stringify(owner).slice(0, 80)).toBe(false)
    }
  })

  const objectsOf = (value: unknown): Record<string, unknown>[] => {
    if (typeof value !== 'object' || value === null) return []
    const inner = Object.values(value).flatMap(objectsOf)
    return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner]
  }
})

test('a data source is part of the value', () => {
  const data: DataSource = fashionMnist()
  expect(experiment({ ...plain, data }).data).toEqual({ kind: 'fashionMnist' })
})
