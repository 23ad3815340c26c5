import { describe, expect, test } from 'vitest'
import { randomFlip, randomRotation } from '../data/augment/index.ts'
import { fashionMnistMini, imageFolder } from '../data/source.ts'
import { sequential } from '../model/graph.ts'
import {
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  gaussianNoise,
  maxPooling2d,
} from '../nn/layers/index.ts'
import { adam, sgd } from '../nn/optimizers/index.ts'
import { l2 } from '../nn/regularizers/regularizer.ts'
import { cosineDecay } from '../nn/schedules/schedule.ts'
import { csvLogger } from '../train/callbacks/csv-logger.ts'
import { earlyStopping } from '../train/callbacks/early-stopping.ts'
import { experiment } from '../train/experiment.ts'
import type { TrainOptions } from '../train/options.ts'
import { choice, intRange, logUniform, uniform, when } from './distributions/index.ts'
import { type ParametersOf, parseSearch, search } from './search.ts'
import type { Space } from './space.ts'

const small = sequential([
  conv2d({ filters: 16, kernelSize: 3, activation: 'relu', kernelRegularizer: l2({ l2: 0.001 }) }),
  batchNormalization(),
  maxPooling2d(),
  conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
  flatten(),
  dropout({ rate: 0.3 }),
  dense({ units: 64, activation: 'relu' }),
  dense({ units: 10, activation: 'softmax' }),
])
const train: TrainOptions = {
  optimizer: adam(),
  loss: 'sparseCategoricalCrossentropy',
  epochs: 4,
  validationSplit: 0.2,
  augmentation: [randomFlip(), randomRotation({ factor: 0.05 })],
  callbacks: [earlyStopping({ patience: 3 })],
}
const base = experiment({ name: 'small', data: fashionMnistMini(), models: { small }, train })
const over = (space: Space, parameters: Parameters<ReturnType<typeof search>['experimentOf']>[0]) => {
  const made = search({ experiment: base, space }).experimentOf(parameters)
  return {
    ...made,
    layers: Object.fromEntries(made.models.small!.nodes.map(({ name, layer }) => [name, layer])),
  }
}

describe('a parameter reaches', () => {
  test('options of training, of the optimizer, of augmentations and callbacks', () => {
    const space = {
      ...{ batchSize: choice([16, 32]), epochs: intRange(1, 9), learningRate: logUniform(1e-4, 1e-1) },
      ...{ 'optimizer.beta1': uniform(0.5, 0.95), 'randomRotation.factor': uniform(0, 0.1) },
      ...{ 'augmentation.randomFlip.mode': choice(['horizontal', 'vertical']) },
      ...{ 'train.callbacks.earlyStopping.patience': intRange(1, 5) },
    }
    const { train: made } = over(space, {
      ...{ batchSize: 16, epochs: 9, learningRate: 0.01, 'optimizer.beta1': 0.8 },
      ...{ 'randomRotation.factor': 0.1, 'augmentation.randomFlip.mode': 'horizontal' },
      ...{ 'train.callbacks.earlyStopping.patience': 5 },
    })
    expect(made.batchSize).toBe(16)
    expect(made.epochs).toBe(9)
    expect(made.optimizer).toEqual(adam({ learningRate: 0.01, beta1: 0.8 }))
    expect(made.augmentation).toEqual([randomFlip({ mode: 'horizontal' }), randomRotation({ factor: 0.1 })])
    expect(made.callbacks).toEqual([earlyStopping({ patience: 5 })])
  })

  test('every layer of a kind but the output layer, one layer, and the one option of a kind that has no other', () => {
    const space = {
      ...{ 'conv2d.filters': intRange(8, 64, { step: 8 }), 'nodes.dense_1.useBias': choice([true, false]) },
      ...{
        dropout: uniform(0, 0.6),
        'dense.units': choice([64, 128]),
        'kernelRegularizer.l2': logUniform(1e-5, 1e-2),
      },
    }
    expect(() => search({ experiment: base, space })).toThrow(
      'The parameter "kernelRegularizer.l2" points at nothing in the experiment. Places of that name: conv2d.kernelRegularizer.l2 and nodes.conv2d.kernelRegularizer.l2. Write one of them.',
    )
    const { 'kernelRegularizer.l2': _, ...sound } = space
    const { layers } = over(
      { ...sound, 'conv2d.kernelRegularizer.l2': logUniform(1e-5, 1e-2) },
      {
        ...{ 'conv2d.filters': 24, 'nodes.dense_1.useBias': false, dropout: 0.5, 'dense.units': 128 },
        'conv2d.kernelRegularizer.l2': 0.01,
      },
    )
    expect(layers.conv2d).toMatchObject({ filters: 24, kernelRegularizer: { kind: 'l2', l2: 0.01 } })
    expect(layers.conv2d_1).toMatchObject({ filters: 24, kernelRegularizer: null })
    expect(layers.dropout).toEqual(dropout({ rate: 0.5 }))
    expect(layers.dense).toMatchObject({ units: 128, useBias: true })
    expect(layers.dense_1).toMatchObject({ units: 10, useBias: false })
  })

  test('whole layers, augmentations and callbacks: as they are, left out, or another one', () => {
    const space = {
      batchNormalization: choice([true, false]),
      'nodes.conv2d_1': choice([true, false]),
      'augmentation.randomRotation': choice([true, false]),
      dropout: choice([dropout({ rate: 0.3 }), gaussianNoise({ stddev: 0.1 })]),
    }
    const all = { batchNormalization: true, 'nodes.conv2d_1': true, 'augmentation.randomRotation': true }
    const whole = over(space, { ...all, dropout: dropout({ rate: 0.3 }) })
    expect(whole.models.small).toEqual(small)
    const less = over(space, {
      ...{ batchNormalization: false, 'nodes.conv2d_1': false, 'augmentation.randomRotation': false },
      dropout: gaussianNoise({ stddev: 0.1 }),
    })
    expect(less.train.augmentation).toEqual([randomFlip()])
    expect(less.models.small!.nodes.map(({ name, inputs, layer }) => [name, inputs[0], layer.kind])).toEqual([
      ['conv2d', 'input', 'conv2d'],
      ['max_pooling2d', 'conv2d', 'maxPooling2d'],
      ['flatten', 'max_pooling2d', 'flatten'],
      ['dropout', 'flatten', 'gaussianNoise'],
      ['dense', 'dropout', 'dense'],
      ['dense_1', 'dense', 'dense'],
    ])
  })

  test('an optimizer by name or as a spec, with options that only one of them has', () => {
    const space = {
      optimizer: choice(['adam', sgd({ momentum: 0.5 })]),
      learningRate: logUniform(1e-3, 1e-1),
      'optimizer.momentum': when({ optimizer: [sgd({ momentum: 0.5 })] }, uniform(0, 0.9)),
    }
    const { train: first } = over(space, { optimizer: 'adam', learningRate: 0.01 })
    expect(first.optimizer).toEqual(adam({ learningRate: 0.01 }))
    const { train: second } = over(space, {
      ...{ optimizer: sgd({ momentum: 0.5 }), learningRate: 0.1, 'optimizer.momentum': 0.9 },
    })
    expect(second.optimizer).toEqual(sgd({ learningRate: 0.1, momentum: 0.9 }))
    const { 'optimizer.momentum': momentum, ...rest } = space
    expect(() =>
      search({ experiment: base, space: { ...rest, 'optimizer.momentum': { ...momentum, when: null } } }),
    ).toThrow('The parameter "optimizer.momentum" points at nothing')
  })

  test('one of several models, with the training that is its own', () => {
    const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
    const both = experiment({
      ...{ name: 'both', data: fashionMnistMini(), models: { linear, small }, train },
      overrides: { linear: { epochs: 20 } },
    })
    expect(() => search({ experiment: both, space: { epochs: intRange(1, 9) } })).toThrow(
      "search: the experiment has 2 models. Name one, model: 'linear', or let the search choose: space: { model: choice(['linear', 'small']) }.",
    )
    const one = search({ experiment: both, model: 'linear', space: { learningRate: uniform(0, 1) } })
    expect(one.experimentOf({ learningRate: 0.5 })).toMatchObject({
      ...{ models: { linear }, overrides: {}, train: { epochs: 20, optimizer: adam({ learningRate: 0.5 }) } },
    })
    const any = search({
      experiment: both,
      space: { model: choice(['linear', 'small']), dropout: when({ model: 'small' }, uniform(0, 0.5)) },
    })
    expect(any.experimentOf({ model: 'linear' })).toMatchObject({ models: { linear }, train: { epochs: 20 } })
    expect(Object.keys(any.experimentOf({ model: 'small', dropout: 0.5 }).models)).toEqual(['small'])
    expect(() => search({ experiment: both, space: { model: choice(['linear', 'big']) } })).not.toThrow()
    expect(() => search({ experiment: both, model: 'smal', space: { epochs: intRange(1, 9) } })).toThrow(
      'Did you mean "small"?',
    )
  })

  test('options of the data', () => {
    const photos = experiment({ ...base, data: imageFolder({ path: 'photos', imageSize: 32 }) })
    const { experimentOf } = search({ experiment: photos, space: { imageSize: choice([32, 64]) } })
    expect(experimentOf({ imageSize: 64 }).data).toMatchObject({ imageSize: [64, 64] })
  })
})

describe('a function', () => {
  const space = {
    depth: choice([1, 2, 3]),
    filters: intRange(8, 32, { step: 8 }),
    learningRate: logUniform(1e-4, 1e-1),
  }
  const whole = {
    experiment: { name: 'deep', data: fashionMnistMini(), train },
    space,
    model: ({ depth, filters }: ParametersOf<typeof space>) =>
      sequential([
        ...Array.from({ length: depth }, () => conv2d({ filters, kernelSize: 3, padding: 'same' })),
        flatten(),
        dense({ units: 10, activation: 'softmax' }),
      ]),
  }
  const made = search({ ...whole, start: { depth: 1, filters: 8 } })

  test('makes the model of what it reads; the rest is set in the experiment', () => {
    const { models, train: options } = made.experimentOf({ depth: 3, filters: 16, learningRate: 0.01 })
    expect(models.model!.nodes.map(({ layer }) => layer.kind)).toEqual([
      ...['conv2d', 'conv2d', 'conv2d', 'flatten', 'dense'],
    ])
    expect(options.optimizer.learningRate).toBe(0.01)
    expect(made.spec.reads).toEqual(['depth', 'filters'])
    expect(made.spec.start).toEqual({ depth: 1, filters: 8, learningRate: 0.001 })
  })

  test('cannot be made again of JSON, which says so', () => {
    const stored = parseSearch(JSON.parse(JSON.stringify(made.spec)), 'stored')
    expect(stored.spec).toEqual(made.spec)
    expect(() => stored.experimentOf({ depth: 3, filters: 16, learningRate: 0.01 })).toThrow(
      'The models of this search are made by a function in its file.',
    )
  })

  test('needs a starting point for what it reads', () => {
    const { spec, missingStart } = search({ ...whole, start: {} })
    expect(spec.start).toBeNull()
    expect(missingStart).toMatch(/^Only the function "model" uses depth\. Write start: \{ depth: … \}/)
    expect(() => search({ ...whole, start: { filters: 8 } })).toThrow(
      'search: start: Only the function "model" uses depth.',
    )
  })

  test('that does not read a parameter leaves it without a use', () => {
    expect(() =>
      search({
        experiment: { name: 'deep', data: fashionMnistMini(), train },
        space: { ...space, filtres: intRange(1, 4) },
        model: ({ depth }) => sequential([...Array(depth).fill(flatten()), dense({ units: 10 })]),
      }),
    ).toThrow('The parameter "filters" points at nothing in the experiment.')
  })
})

describe('the starting point is the experiment as it is', () => {
  const startOf = (space: Space, start?: object) => {
    const { spec, missingStart } = search({ experiment: base, space, ...(start && { start }) })
    return missingStart ?? spec.start
  }

  test('where every parameter has a value in its range', () => {
    const regularizer = 'nodes.conv2d.kernelRegularizer'
    expect(
      startOf({
        ...{ batchSize: choice([16, 32]), learningRate: logUniform(1e-4, 1e-1), dropout: uniform(0, 0.5) },
        ...{ 'conv2d.filters': intRange(8, 64, { step: 8 }), 'randomRotation.factor': uniform(0, 0.1) },
        ...{ optimizer: choice(['sgd', 'adam']), 'conv2d.kernelSize': choice([3, 5]) },
        ...{ batchNormalization: choice([false, true]), [regularizer]: choice([null, l2({ l2: 0.001 })]) },
        'optimizer.momentum': when({ optimizer: 'sgd' }, uniform(0, 0.9)),
      }),
    ).toEqual({
      ...{ batchSize: 32, learningRate: 0.001, dropout: 0.3, 'conv2d.filters': 16, batchNormalization: true },
      ...{
        'randomRotation.factor': 0.05,
        optimizer: 'adam',
        'conv2d.kernelSize': 3,
        [regularizer]: l2({ l2: 0.001 }),
      },
    })
  })

  test('or says why there is none', () => {
    expect(startOf({ batchSize: choice([64, 128]) })).toBe(
      'batchSize is 32 in the experiment, but its values are 64, 128. Write start: { batchSize: … } to begin with a point of your own.',
    )
    expect(startOf({ 'dense.units': intRange(8, 32) })).toBe(
      `dense.units is 64 in the experiment, but it goes from 8 to 32. Write start: { 'dense.units': … } to begin with a point of your own.`,
    )
  })

  test('or what you give, as far as you give it', () => {
    const space = { batchSize: choice([64, 128]), epochs: intRange(1, 10) }
    expect(startOf(space, { batchSize: 64 })).toEqual({ batchSize: 64, epochs: 4 })
    expect(() => startOf(space, { batchSize: 32 })).toThrow(
      'search: start: batchSize is 32, but its values are 64, 128. Correct the value, or the space.',
    )
    expect(() => startOf(space, { size: 32, batchSize: 64 })).toThrow(
      'start: "size" is not a parameter of the space',
    )
  })
})

describe('refuses, and names the parameter:', () => {
  const refused = (space: Space, options: Partial<typeof base> = {}) =>
    expect(() => search({ experiment: experiment({ ...base, ...options }), space }))

  test('a name that points at nothing, with what is close', () => {
    refused({ lr: logUniform(1e-4, 1e-1) }).toThrow(
      'search: The parameter "lr" points at nothing in the experiment. Heddle calls it learningRate.',
    )
    refused({ filters: intRange(8, 64) }).toThrow(
      'Places of that name: conv2d.filters, nodes.conv2d.filters and nodes.conv2d_1.filters. Write one of them.',
    )
    refused({ batchsize: choice([16, 32]) }).toThrow('Did you mean "batchSize"?')
    refused({ 'conv2d.filtres': intRange(8, 64) }).toThrow(
      'Did you mean "filters"? Options of conv2d: filters, kernelSize, strides,',
    )
    refused({ 'optimizer.momentum': uniform(0, 1) }).toThrow(
      'points at nothing in the experiment. Options of optimizer: learningRate, beta1, beta2, epsilon,',
    )
    refused({ depth: choice([1, 2]) }).toThrow(
      'an option of layers, such as conv2d.filters, conv2d.kernelSize or conv2d.strides.',
    )
    refused({ 'randomZoom.factor': uniform(0, 1) }).toThrow(
      'Places of that name: randomRotation.factor. Write one of them.',
    )
    // The output layer alone is of that kind.
    const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
    refused({ 'dense.units': intRange(8, 64) }, { models: { linear } }).toThrow('nodes.dense.units')
  })

  test('a rate in place of a schedule', () => {
    const optimizer = adam({ learningRate: cosineDecay({ initialLearningRate: 0.01, decaySteps: 100 }) })
    refused({ learningRate: logUniform(1e-4, 1e-1) }, { train: { ...train, optimizer } as never }).toThrow(
      'Places of that name: optimizer.learningRate. Write one of them.',
    )
  })

  test('two that set the same', () => {
    refused({ 'conv2d.filters': intRange(8, 64), 'nodes.conv2d.filters': intRange(8, 64) }).toThrow(
      'The parameters "conv2d.filters" and "nodes.conv2d.filters" both set models.small.nodes.conv2d.filters.',
    )
    refused({ dropout: uniform(0, 0.5), 'dropout.rate': uniform(0, 0.5) }).toThrow(
      'The parameters "dropout" and "dropout.rate" both set models.small.nodes.dropout.rate.',
    )
  })

  test('a value that its place does not take', () => {
    refused({ dropout: uniform(0.5, 2) }).toThrow(
      'search: With dropout = 1.25 (models.small.nodes.dropout.rate): dropout: rate must be a number of at least 0 and below 1, not 1.25.',
    )
    refused({ conv2d: intRange(8, 64) }).toThrow(
      'The parameter "conv2d" means all of conv2d: its values can be true (as it is), false (left out) or another one in its place, not 36.',
    )
    refused({ optimizer: choice(['adamm', 'sgd']) }).toThrow(
      'search: With optimizer = "adamm" (train.optimizer): train: optimizer: "adamm" is not an optimizer. Did you mean "adam"?',
    )
  })

  test('what would see test images, or write one file for all', () => {
    refused(
      { epochs: intRange(1, 9) },
      { train: { ...train, validationSplit: 0, validationData: 'test' } as never },
    ).toThrow('which stay unseen until the end of a search')
    refused(
      { epochs: intRange(1, 9) },
      { train: { ...train, callbacks: [csvLogger({ path: 'log.csv' })] } as never },
    ).toThrow('The callback csvLogger writes a file, which all trials would share.')
    expect(() =>
      search({ experiment: base, space: { epochs: intRange(1, 9) }, objective: 'testAccuracy' }),
    ).toThrow('search: objective: a search does not choose by "testAccuracy"')
  })
})

test('a search of JSON is the search that was written', () => {
  const space = { epochs: intRange(1, 9), optimizer: choice([adam(), sgd()]) }
  const { spec } = search({
    ...{ name: 'mine', experiment: base, space, objective: ['valAccuracy', 'params'], seed: 7 },
    ...{ minutes: 20, repeats: { top: 2, seeds: 3 } },
  })
  const read = parseSearch({ $schema: 'x', ...JSON.parse(JSON.stringify(spec)) }, 'mine.json')
  expect(read.spec).toEqual(spec)
  expect(spec).toMatchObject({ trials: null, minutes: 20, start: { epochs: 4, optimizer: adam() } })
  expect(read.experimentOf({ epochs: 9, optimizer: sgd() })).toMatchObject({
    train: { optimizer: sgd(), epochs: 9 },
  })
  const smallest = { kind: 'search', experiment: JSON.parse(JSON.stringify(base)), space }
  expect(parseSearch(smallest, 'my.json').spec).toMatchObject({
    ...{ name: 'small', trials: 50, minutes: null, seed: 1, repeats: { top: 3, seeds: 5 } },
    ...{ objective: ['valAccuracy'], reads: null, model: 'small' },
  })
  expect(() => parseSearch({ ...smallest, trails: 3 }, 'my.json')).toThrow('Did you mean "trials"?')
  expect(() => parseSearch(base, 'my.json')).toThrow('my.json: expected a search made by search({…})')
})
