import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { backends, compiled, engine } from '../../test/support/engines.ts'
import { mixup, randomFlip, randomTranslation } from '../data/augment/index.ts'
import type { Dataset } from '../data/dataset.ts'
import { Examples } from '../data/examples.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { cutFrozen } from '../engine/frozen-part.ts'
import { lower } from '../engine/lower.ts'
import { graph, type ModelSpec, sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { evaluate } from '../network/evaluate.ts'
import type { FeatureStore } from '../network/frozen-features.ts'
import { keptFeatures } from '../network/kept-features.ts'
import { createNetwork } from '../network/network.ts'
import { add, batchNormalization, conv2d, dense, dropout, flatten, maxPooling2d } from '../nn/layers/index.ts'
import { sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { adam } from '../nn/optimizers/index.ts'
import type { TrainEvent } from '../protocol/events.ts'
import type { Checkpoint } from './checkpoint.ts'
import { type FitOptions, fit } from './fit.ts'

let cache: string
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'heddle-features-'))
  return () => rmSync(cache, { recursive: true })
})

let data: Dataset
beforeAll(async () => {
  const mini = await loadDataset(fashionMnistMini())
  data = { ...mini, train: mini.train.first(40), test: mini.test.first(12) }
})

const frozen = { trainable: false } as const

/** With each kind of thing before and behind the place where the frozen part ends. */
const model = sequential([
  conv2d({ ...frozen, filters: 6, kernelSize: 3, activation: 'relu' }),
  batchNormalization(frozen),
  maxPooling2d(),
  conv2d({ ...frozen, filters: 8, kernelSize: 3, activation: 'relu' }),
  dropout({ rate: 0.2 }),
  maxPooling2d(),
  flatten(),
  dense({ units: 16, activation: 'relu' }),
  batchNormalization(),
  dropout({ rate: 0.5 }),
  dense({ units: 10, activation: 'softmax' }),
])

const shortcut = graph({
  stem: [conv2d({ ...frozen, filters: 4, kernelSize: 3, strides: 2, padding: 'same' }), 'input'],
  branch: [conv2d({ ...frozen, filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }), 'stem'],
  sum: [add(), 'stem', 'branch'],
  open: [conv2d({ filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' }), 'branch'],
  again: [add(), 'sum', 'open'],
  row: [flatten(), 'again'],
  head: [dense({ units: 10, activation: 'softmax' }), 'row'],
})

/** Mixes no image; but images that are changed are not computed once. */
const withoutCache = { augmentation: [mixup({ probability: 0 })] }

async function trained(spec: ModelSpec, backend: Backend, options: Partial<FitOptions> = {}) {
  const network = createNetwork(spec, { inputShape: data.imageShape, seed: 3, backend })
  const history = await fit(network, data, {
    optimizer: adam({ useEma: true }),
    loss: 'sparseCategoricalCrossentropy',
    epochs: 2,
    batchSize: 16,
    seed: 5,
    validationSplit: 0.2,
    evaluateTraining: true,
    ...options,
  })
  return { history, weights: network.weights }
}

/** Keeps features, and adds to `computed` how many are made at a time. */
function counting(computed: number[], memoryBytes = 2 ** 30): FeatureStore {
  const kept = keptFeatures({ HEDDLE_CACHE: cache }, { memoryBytes, littleWork: 0 })
  return {
    of: (body, question, compute) =>
      kept.of(body, question, (indices, ...progress) => {
        computed.push(indices.length)
        return compute(indices, ...progress)
      }),
  }
}

const cutOf = (spec: ModelSpec) =>
  cutFrozen(lower(buildModel(spec, [28, 28, 1]), sparseCategoricalCrossentropy()))

describe('where the frozen part ends', () => {
  test('before what is random', () => {
    const { body, head } = cutOf(model)!
    expect(body.ops.map(op => op.kind)).toEqual([
      'convolution',
      'activation',
      'batchNormalization',
      'maxPooling',
      'convolution',
      'activation',
    ])
    expect(head.input).toEqual(body.output)
    expect(head.ops[0]!.kind).toBe('dropout')
  })

  test('where all paths meet', () => expect(cutOf(shortcut)!.body.output.shape).toEqual([14, 14, 4]))
  test('behind all that the last of them reads', () =>
    expect(cutOf(shortcut)!.body.ops.map(op => op.layer)).toEqual(['stem']))

  test.each([
    ['nothing is frozen', [flatten(), dense({ units: 10 })]],
    [
      'something random comes first',
      [
        dropout({ rate: 0.1 }),
        conv2d({ ...frozen, filters: 2, kernelSize: 3 }),
        flatten(),
        dense({ units: 10 }),
      ],
    ],
    [
      'a layer that learns comes first',
      [
        conv2d({ filters: 2, kernelSize: 3 }),
        conv2d({ ...frozen, filters: 2, kernelSize: 3 }),
        flatten(),
        dense({ units: 10 }),
      ],
    ],
  ])('nowhere, as %s', (_, layers) => expect(cutOf(sequential(layers as never))).toBeNull())
})

describe.each([...compiled, backends.at(-1)!])('%s: the same bits as without', (_, backend) => {
  test.each([
    ['a row of layers', model],
    ['shortcuts', shortcut],
  ] as const)('%s', async (_, spec) => {
    const without = await trained(spec, backend, withoutCache)
    expect(await trained(spec, backend)).toEqual(without)
  })
})

test('kept features are computed once, for every seed and every validation split, and read from the file if they are large', async () => {
  const computed: number[] = []
  const store = (memoryBytes = 2 ** 30) => counting(computed, memoryBytes)
  const options = { epochs: 1 }
  const without = await trained(model, engine, { ...options, ...withoutCache })
  expect(await trained(model, engine, { ...options, features: store() })).toEqual(without)
  expect(computed).toEqual([40])
  expect(await trained(model, engine, { ...options, features: store(0) })).toEqual(without)
  await trained(model, engine, { ...options, features: store(), seed: 6, validationSplit: 0.3 })
  expect(computed).toEqual([40])
  const more = { ...data, train: data.train.followedBy(data.test) }
  const network = createNetwork(model, { inputShape: data.imageShape, seed: 3, backend: engine })
  await fit(network, more, { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', features: store() })
  expect(computed).toEqual([40, 12])
  // Other weights are another frozen part.
  const other = createNetwork(model, { inputShape: data.imageShape, seed: 4, backend: engine })
  await fit(other, data, { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', features: store() })
  expect(computed).toEqual([40, 12, 40])
  expect(readdirSync(join(cache, 'features')).length).toBe(2)
})

test('measured with kept features, a network gives the same outputs', async () => {
  const network = createNetwork(model, { inputShape: data.imageShape, seed: 3, backend: engine })
  const loss = 'sparseCategoricalCrossentropy'
  const [plain, kept] = [new Float32Array(120), new Float32Array(120)]
  const measured = await evaluate(network, data.test, { loss, into: plain })
  const features = keptFeatures({ HEDDLE_CACHE: cache }, { littleWork: 0 })
  expect(await evaluate(network, data.test, { loss, into: kept, features })).toEqual(measured)
  expect(kept).toEqual(plain)
  expect(readdirSync(join(cache, 'features')).length).toBe(1)
})

test('a second phase in which more layers learn gives the same bits', async () => {
  const options = { fineTuning: { after: 1, unfreeze: 1, learningRate: 1e-3 } }
  const without = await trained(model, engine, { ...options, ...withoutCache })
  expect(await trained(model, engine, options)).toEqual(without)
})

test('a training that goes on from a checkpoint gives the same bits, from one that was made without the cache too', async () => {
  const kept: Checkpoint[] = []
  const checkpoints = { due: () => true, save: (one: Checkpoint) => void kept.push(one) }
  const whole = await trained(model, engine, { ...withoutCache, checkpoints })
  const middle = kept[Math.floor(kept.length / 2)]!
  expect(await trained(model, engine, { from: middle })).toEqual(whole)
})

test('it says how many images are done, and nothing where all of them are kept', async () => {
  const seen: TrainEvent[] = []
  const options: FitOptions = {
    ...{ optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 1 },
    onEvent: event => void seen.push(event),
  }
  const network = createNetwork(model, { inputShape: data.imageShape, seed: 3, backend: engine })
  await fit(network, data, { ...options, features: counting([]) })
  await fit(network, data, { ...options, features: counting([]) })
  expect(seen.filter(({ type }) => type === 'features')).toEqual([{ type: 'features', done: 0, total: 40 }])
  expect(seen[0]!.type).toBe('features')
})

test('it can be stopped while features are computed', async () => {
  const controller = new AbortController()
  const features: FitOptions['features'] = {
    of(_, { examples }, compute) {
      controller.abort(new Error('stopped'))
      return compute(Int32Array.from(examples.labels.keys()))
    },
  }
  const network = createNetwork(model, { inputShape: data.imageShape, backend: engine })
  const options = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' } as const
  await expect(fit(network, data, { ...options, signal: controller.signal, features })).rejects.toThrow(
    'stopped',
  )
  // Nothing is left behind that says it is in training.
  await fit(network, data, { ...options, epochs: 1 })
})

describe('versions of images', () => {
  const plain = { validationSplit: 0, evaluateTraining: false, epochs: 4 } as const

  test('epochs show them in turn: those that are always flipped train as flipped images do', async () => {
    const { train } = data
    const flipped = train.images.map((_, i) => train.images[i - (i % 28) + 27 - (i % 28)]!)
    const augmentation = [randomFlip({ mode: 'horizontal', probability: 1 })]
    const shown = await trained(model, engine, { ...plain, augmentation, variants: 2 })
    const before = data
    data = { ...data, train: new Examples({ images: flipped, labels: train.labels }, train) }
    const expected = await trained(model, engine, plain)
    data = before
    expect(shown).toEqual(expected)
  })

  test('are the same for every seed, and computed once', async () => {
    const computed: number[] = []
    const features = counting(computed)
    const augmentation = [randomTranslation({ heightFactor: 0.2, widthFactor: 0.2 })]
    const options = { ...plain, augmentation, variants: 3 }
    const without = await trained(model, engine, options)
    expect(await trained(model, engine, { ...options, features })).toEqual(without)
    // As they are, and three versions.
    expect(computed).toEqual([40, 40, 40, 40])
    await trained(model, engine, { ...options, features, seed: 9 })
    expect(computed.length).toBe(4)
    const fewer = await trained(model, engine, { ...options, variants: 1 })
    expect(fewer.weights).not.toEqual(without.weights)
  })

  test('go on from a checkpoint in the version that was shown', async () => {
    const augmentation = [randomTranslation({ heightFactor: 0.2, widthFactor: 0.2 })]
    const options = { ...plain, augmentation, variants: 3 }
    const kept: Checkpoint[] = []
    const checkpoints = { due: () => true, save: (one: Checkpoint) => void kept.push(one) }
    const whole = await trained(model, engine, { ...options, checkpoints })
    for (const from of [kept[1]!, kept.at(-2)!])
      expect(await trained(model, engine, { ...options, from })).toEqual(whole)
  })

  test('are refused where they cannot be', async () => {
    const refused = (spec: ModelSpec, options: Partial<FitOptions>) =>
      expect(trained(spec, engine, { ...options, variants: 2 })).rejects
    await refused(model, {}).toThrow('but no augmentation changes the images')
    await refused(model, { augmentation: [mixup()] }).toThrow(
      'mixup and cutmix mix other images in each step',
    )
    const open = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
    await refused(open, { augmentation: [randomFlip()] }).toThrow(
      'does not begin with layers that are frozen',
    )
  })
})
