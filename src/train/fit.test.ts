import { describe, expect, test } from 'vitest'
import { backends, engine } from '../../test/support/engines.ts'
import { HeddleError, UsageError } from '../base/errors.ts'
import { createDataset, type Dataset, type DatasetParts } from '../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import { stratifiedSplit } from '../data/split.ts'
import { type ModelSpec, sequential } from '../model/graph.ts'
import { evaluate } from '../network/evaluate.ts'
import { createNetwork, type Network } from '../network/network.ts'
import { outputsOf } from '../network/predict.ts'
import {
  averagePooling2d,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  maxPooling2d,
} from '../nn/layers/index.ts'
import { sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { adam, sgd } from '../nn/optimizers/index.ts'
import type { History, TrainEvent } from '../protocol/events.ts'
import { earlyStopping } from './callbacks/early-stopping.ts'
import { type FitOptions, fit } from './fit.ts'

const mini: Dataset = await loadDataset(fashionMnistMini())

/** The first training examples as a dataset of their own, with the first test examples. */
function first(count: number): Dataset {
  return createDataset({ ...mini, train: mini.train.first(count), test: mini.test.first(count) })
}

const head = dense({ units: 10, activation: 'softmax' })
const pooled = sequential([averagePooling2d({ poolSize: 4 }), flatten(), head])
const dropped = sequential([
  averagePooling2d({ poolSize: 4 }),
  flatten(),
  dense({ units: 32, activation: 'relu' }),
  dropout({ rate: 0.5 }),
  head,
])
const convolutional = sequential([
  conv2d({ filters: 8, kernelSize: 3, activation: 'relu' }),
  maxPooling2d(),
  flatten(),
  head,
])

const networkOf = (model: ModelSpec, { seed = 1, backend = engine } = {}): Network =>
  createNetwork(model, { inputShape: mini.imageShape, seed, backend })

const sparse = 'sparseCategoricalCrossentropy'
const options = {
  optimizer: adam({ learningRate: 0.01 }),
  loss: sparse,
  epochs: 2,
} satisfies FitOptions

describe('the history', () => {
  test('has a number for every epoch, and no list for what was not measured', async () => {
    const history = await fit(networkOf(pooled), first(100), { ...options, epochs: 3 })
    expect(Object.keys(history).sort()).toEqual(['accuracy', 'learningRate', 'loss'])
    for (const list of Object.values(history)) expect(list).toHaveLength(3)
  })

  test('has validation and training measured again when they are asked for', async () => {
    const history = await fit(networkOf(pooled), first(100), {
      ...options,
      validationSplit: 0.2,
      evaluateTraining: true,
    })
    expect(Object.keys(history).sort()).toEqual([
      'accuracy',
      'learningRate',
      'loss',
      'trainAccuracy',
      'trainLoss',
      'valAccuracy',
      'valLoss',
    ])
    for (const list of Object.values(history)) expect(list).toHaveLength(2)
  })

  test.each(backends)(
    'the training examples measured again agree with evaluate() on the final weights (%s)',
    async (_, backend) => {
      const data = first(100)
      const network = networkOf(pooled, { backend })
      const history = await fit(network, data, { ...options, evaluateTraining: true })
      const { loss, accuracy } = await evaluate(network, data.train, { loss: sparse })
      expect(history.trainLoss!.at(-1)).toBe(loss)
      expect(history.trainAccuracy!.at(-1)).toBe(accuracy)
      expect(history.loss!.at(-1)).not.toBe(loss)
    },
  )

  test('dropout makes the running loss larger than the one measured with dropout off', async () => {
    const history = await fit(networkOf(dropped), mini, { ...options, epochs: 3, evaluateTraining: true })
    expect(history.loss!.at(-1)).toBeGreaterThan(history.trainLoss!.at(-1)! + 0.1)
  })
})

describe('top-k accuracy', () => {
  test.each(backends)('is measured where accuracy is, on request (%s)', async (_, backend) => {
    const network = networkOf(pooled, { backend })
    const common = { ...options, validationSplit: 0.2, evaluateTraining: true }
    const history = await fit(network, first(100), { ...common, topK: 3 })
    const pairs = [
      [history.accuracy, history.topKAccuracy],
      [history.valAccuracy, history.valTopKAccuracy],
      [history.trainAccuracy, history.trainTopKAccuracy],
    ]
    for (const [accuracy, topK] of pairs) {
      expect(topK).toHaveLength(2)
      topK!.forEach((share, epoch) => {
        expect(share).toBeGreaterThanOrEqual(accuracy![epoch]!)
      })
    }
    expect(history.topKAccuracy!.at(-1)).toBeGreaterThan(history.accuracy!.at(-1)!)
  })

  test.each(backends)('of one is accuracy, of all classes is 1 (%s)', async (_, backend) => {
    const network = networkOf(pooled, { backend })
    const measured = async (topK: number) => evaluate(network, first(77).test, { loss: sparse, topK })
    const one = await measured(1)
    expect(one.topKAccuracy).toBe(one.accuracy)
    expect((await measured(10)).topKAccuracy).toBe(1)
    expect((await evaluate(network, first(77).test, { loss: sparse })).topKAccuracy).toBeUndefined()
  })

  test('counts the examples with fewer than k outputs above that of their label', async () => {
    const network = networkOf(pooled)
    const examples = first(77).test
    const rows = await outputsOf(network, examples.images)
    const counted = [...examples.labels].filter((label, i) => {
      const row = rows.subarray(i * 10, (i + 1) * 10)
      return row.filter(p => p > row[label]!).length < 3
    })
    const { topKAccuracy } = await evaluate(network, examples, { loss: sparse, topK: 3, batchSize: 10 })
    expect(topKAccuracy).toBeCloseTo(counted.length / 77, 12)
  })

  test('of more classes than there are is refused, before training', async () => {
    const seen: string[] = []
    const message = "topK: 11 is more than the network's 10 classes."
    const onEvent = (event: TrainEvent) => seen.push(event.type)
    await expect(fit(networkOf(pooled), first(40), { ...options, topK: 11, onEvent })).rejects.toThrow(
      new UsageError(message),
    )
    expect(seen).toEqual([])
    await expect(evaluate(networkOf(pooled), first(40).test, { loss: sparse, topK: 11 })).rejects.toThrow(
      new UsageError(message),
    )
    await expect(evaluate(networkOf(pooled), first(40).test, { loss: sparse, topK: 0 })).rejects.toThrow(
      new UsageError('topK must be a whole number of at least 1, not 0.'),
    )
  })
})

describe('regularizers', () => {
  test.each(backends)('are in every loss of the history and in evaluate() (%s)', async (_, backend) => {
    const costly = (l2: number): ModelSpec =>
      sequential([
        averagePooling2d({ poolSize: 4 }),
        flatten(),
        dense({ units: 10, activation: 'softmax', kernelRegularizer: { kind: 'l2', l2 } }),
      ])
    const data = first(100)
    const network = networkOf(costly(0.5), { backend })
    const split = { validationSplit: 0.2, stratify: false }
    const history = await fit(network, data, { ...options, ...split, evaluateTraining: true })
    const plain = createNetwork(costly(0), { inputShape: data.imageShape, backend })
    plain.weights = network.weights
    const penalty = network.weights.get('dense/kernel')!.reduce((sum, w) => sum + 0.5 * w * w, 0)
    expect(penalty).toBeGreaterThan(0.1)
    const part = (from: number, to: number) => ({
      images: data.train.images.subarray(from * 784, to * 784),
      labels: data.train.labels.subarray(from, to),
    })
    const bare = async (from: number, to: number): Promise<number> =>
      (await evaluate(plain, part(from, to), { loss: sparse })).loss
    expect(history.valLoss!.at(-1)).toBeCloseTo((await bare(80, 100)) + penalty, 5)
    expect(history.trainLoss!.at(-1)).toBeCloseTo((await bare(0, 80)) + penalty, 5)
    const { loss } = await evaluate(network, data.test, { loss: sparse })
    expect(loss).toBeCloseTo((await evaluate(plain, data.test, { loss: sparse })).loss + penalty, 5)
  })
})

describe('learning', () => {
  test('a small convolutional network is far above chance on images it has not seen', async () => {
    const network = networkOf(convolutional)
    const history = await fit(network, mini, { ...options, optimizer: 'adam', epochs: 5 })
    expect(history.loss!.at(-1)).toBeLessThan(0.7 * history.loss![0]!)
    // 0.1 is chance; 500 images make a standard error of 0.02.
    expect((await evaluate(network, mini.test, { loss: sparse })).accuracy).toBeGreaterThan(0.7)
  })

  test.each(backends)('one seed gives one history, another seed another (%s)', async (_, backend) => {
    const run = (seed: number): Promise<History> =>
      fit(networkOf(dropped, { backend }), first(100), { ...options, seed })
    const history = await run(1)
    expect(await run(1)).toEqual(history)
    expect(await run(2)).not.toEqual(history)
  })

  test('the seed shuffles; without shuffling and dropout it changes nothing', async () => {
    const run = (seed: number, shuffle: boolean): Promise<History> =>
      fit(networkOf(pooled), first(100), { ...options, seed, shuffle })
    expect(await run(1, false)).toEqual(await run(2, false))
    expect(await run(1, true)).not.toEqual(await run(2, true))
  })

  test('integer labels and one-hot rows make the same history', async () => {
    const run = (loss: FitOptions['loss']): Promise<History> =>
      fit(networkOf(convolutional), first(300), { ...options, loss, validationSplit: 0.1 })
    const [one, other] = [await run(sparse), await run('categoricalCrossentropy')]
    for (const [name, list] of Object.entries(one)) {
      const same = other[name as keyof History]!
      list.forEach((value, epoch) => {
        expect(Math.abs(value - same[epoch]!), `${name} of epoch ${epoch}`).toBeLessThan(1e-6)
      })
    }
  })

  test('logits with fromLogits train as probabilities do', async () => {
    const logits = sequential([averagePooling2d({ poolSize: 4 }), flatten(), dense({ units: 10 })])
    const history = await fit(networkOf(logits), first(100), {
      ...options,
      loss: sparseCategoricalCrossentropy({ fromLogits: true }),
    })
    expect(history).toEqual(await fit(networkOf(pooled), first(100), options))
  })
})

describe('validation', () => {
  const startOf = async (data: Dataset, extra: Partial<FitOptions>) => {
    let start: TrainEvent | undefined
    const network = networkOf(pooled)
    const history = await fit(network, data, {
      ...options,
      ...extra,
      onEvent: event => {
        start ??= event
      },
    })
    return { start, network, history }
  }

  test('validationSplit with stratify: false holds out the last examples', async () => {
    const data = first(100)
    const { start, network, history } = await startOf(data, { validationSplit: 0.3, stratify: false })
    expect(start).toMatchObject({ trainCount: 70, validationCount: 30 })
    const last = { images: data.train.images.subarray(70 * 784), labels: data.train.labels.subarray(70) }
    const { loss, accuracy } = await evaluate(network, last, { loss: sparse })
    expect(history.valLoss!.at(-1)).toBeCloseTo(loss, 12)
    expect(history.valAccuracy!.at(-1)).toBeCloseTo(accuracy, 12)
  })

  test('the held-out examples are not trained on', async () => {
    const data = first(100)
    const spoilt = first(100)
    const images = Uint8Array.from(data.train.images).fill(0, 70 * 784)
    const other = createDataset({ ...spoilt, train: { ...spoilt.train, images } })
    const { history } = await startOf(data, { validationSplit: 0.3, stratify: false })
    const { history: otherHistory } = await startOf(other, { validationSplit: 0.3, stratify: false })
    expect(otherHistory.loss).toEqual(history.loss)
    expect(otherHistory.valLoss).not.toEqual(history.valLoss)
  })

  test('stratify holds out equal shares of every class, drawn by the seed', async () => {
    const { start, network, history } = await startOf(mini, { validationSplit: 0.1, stratify: true, seed: 5 })
    expect(start).toMatchObject({ trainCount: 1350, validationCount: 150 })
    const { validation } = stratifiedSplit(mini.train.labels, { fraction: 0.1, seed: 5, classCount: 10 })
    const images = new Uint8Array(150 * 784)
    validation.forEach((index, i) => {
      images.set(mini.train.images.subarray(index * 784, (index + 1) * 784), i * 784)
    })
    const labels = validation.map(index => mini.train.labels[index]!)
    const { loss } = await evaluate(network, { images, labels }, { loss: sparse })
    expect(history.valLoss!.at(-1)).toBeCloseTo(loss, 12)
  })

  test('validationData: "test" measures the test examples', async () => {
    const { start, network, history } = await startOf(first(60), { validationData: 'test' })
    expect(start).toMatchObject({ trainCount: 60, validationCount: 60 })
    const { loss } = await evaluate(network, first(60).test, { loss: sparse })
    expect(history.valLoss!.at(-1)).toBeCloseTo(loss, 12)
  })
})

describe('stopping', () => {
  test('an aborted signal ends the training with its reason; the weights can be read', async () => {
    const controller = new AbortController()
    const network = networkOf(pooled)
    const before = network.weights
    const seen: string[] = []
    const running = fit(network, first(100), {
      ...options,
      epochs: 1000,
      signal: controller.signal,
      onEvent: event => {
        seen.push(event.type)
        if (event.type === 'epoch') controller.abort(new Error('enough'))
      },
    })
    await expect(running).rejects.toThrow('enough')
    expect(seen.filter(type => type === 'epoch')).toHaveLength(1)
    expect(seen.at(-1)).toBe('epoch')
    expect(network.weights.get('dense/kernel')).not.toEqual(before.get('dense/kernel'))
  })

  test('a signal that was aborted before trains nothing', async () => {
    const network = networkOf(pooled)
    const before = network.weights
    const signal = AbortSignal.abort(new Error('never mind'))
    await expect(fit(network, first(100), { ...options, signal })).rejects.toThrow('never mind')
    expect(network.weights).toEqual(before)
  })

  test('an error thrown by onEvent ends the training and reaches the caller', async () => {
    const running = fit(networkOf(pooled), first(100), {
      ...options,
      onEvent: event => {
        if (event.type === 'step') throw new Error('listener')
      },
    })
    await expect(running).rejects.toThrow('listener')
  })
})

describe('the end of a run', () => {
  const ends = async (callbacks: FitOptions['callbacks']) => {
    const data = await loadDataset(fashionMnistMini())
    const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), {
      inputShape: data.imageShape,
    })
    const events: TrainEvent[] = []
    await fit(network, data, {
      optimizer: adam(),
      loss: 'sparseCategoricalCrossentropy',
      epochs: 3,
      callbacks,
      onEvent: event => events.push(event),
    })
    return events.filter(event => event.type === 'run-end')
  }

  test('is told once, with its reason', async () => {
    expect(await ends([])).toMatchObject([{ epochs: 3, reason: 'finished' }])
    // No accuracy is above one: the second epoch is the first that may stop.
    const impossible = earlyStopping({ monitor: 'accuracy', minDelta: 2 })
    expect(await ends([impossible])).toMatchObject([{ epochs: 2, reason: 'stopped' }])
  })
})

describe('errors', () => {
  const attempt = (
    extra: object,
    { model = pooled, data = first(40) }: { model?: ModelSpec; data?: DatasetParts } = {},
  ): Promise<History> => fit(networkOf(model), data, { ...options, ...extra })
  const classes = (units: number): ModelSpec =>
    sequential([flatten(), dense({ units, activation: 'softmax' })])

  test.each([
    [{ epoch: 3 }, 'train: unknown option "epoch". Did you mean "epochs"?'],
    [{ epochs: 0 }, 'train: epochs must be a whole number of at least 1, not 0.'],
    [{ batchSize: 1.5 }, 'train: batchSize must be a whole number of at least 1, not 1.5.'],
    [{ optimizer: undefined }, 'train: the option "optimizer" is required.'],
    [
      { loss: 'mse' },
      `train: loss: "mse" is not a loss. Heddle calls it 'meanSquaredError'. Losses are sparseCategoricalCrossentropy, `,
    ],
    [{ validationSplit: 1 }, 'train: validationSplit must be a number of at least 0 and below 1, not 1.'],
    [{ validationData: 'train' }, `train: validationData must be one of 'test', not "train".`],
    [
      { validationSplit: 0.2, validationData: 'test' },
      'Give either validationSplit or validationData: "test", not both.',
    ],
    [{ stratify: true }, 'stratify draws the validation examples: give validationSplit too, such as 0.2.'],
    [{ validationSplit: 0.99 }, 'Holding out 0.99 of 40 examples leaves none to train on.'],
    [{ topK: 1.5 }, 'train: topK must be a whole number of at least 1, not 1.5.'],
    [{ seed: -1 }, 'fit: seed must be a whole number of at least 0, not -1.'],
    [{ callbacks: 'csvLogger' }, 'train: callbacks must be a list, not "csvLogger".'],
    [
      { callbacks: [{ kind: 'earlyStoping' }] },
      'train: callbacks[0]: {"kind":"earlyStoping"} is not a callback. Did you mean "earlyStopping"? Callbacks are earlyStopping, ',
    ],
    [{ callbacks: [null] }, 'train: callbacks[0]: null is not a callback. Callbacks are earlyStopping, '],
    [
      { callbacks: [{ kind: 'csvLogger', path: 'a.csv', separator: '\n' }] },
      `csvLogger: separator must be one of ',', ';', '\t', not "\\n".`,
    ],
  ])('%j', async (extra, message) => {
    await expect(attempt(extra)).rejects.toThrow(UsageError)
    await expect(attempt(extra)).rejects.toThrow(message)
  })

  test('more or fewer outputs than classes', async () => {
    const names = mini.classNames.join(', ')
    await expect(attempt({}, { model: classes(3) })).rejects.toThrow(
      new UsageError(
        `The network has 3 outputs, but fashion-mnist-mini has 10 classes (${names}). ` +
          'Give the last layer "dense" 10 units.',
      ),
    )
    await expect(attempt({}, { model: classes(11) })).rejects.toThrow('The network has 11 outputs, but')
  })

  test('images of another shape, though of as many bytes', async () => {
    const network = createNetwork(classes(10), { inputShape: [14, 56, 1], seed: 1 })
    await expect(fit(network, first(40), options)).rejects.toThrow(
      new UsageError(
        'The model takes images of 14 × 56 × 1, but those of fashion-mnist-mini are 28 × 28 × 1.',
      ),
    )
  })

  test('a network that does not end in a row', async () => {
    await expect(attempt({}, { model: sequential([maxPooling2d()]) })).rejects.toThrow(
      'The last layer "max_pooling2d" gives (None, 14, 14, 1); a classifier must end in one row of class probabilities: ' +
        'add flatten() and dense({ units: classes, activation: "softmax" }).',
    )
  })

  test('fromLogits on top of softmax', async () => {
    const loss = { kind: sparse, fromLogits: true }
    await expect(attempt({ loss })).rejects.toThrow(HeddleError)
    await expect(attempt({ loss })).rejects.toThrow('softmax would be applied on top of it')
  })

  test.each([sparse, 'categoricalCrossentropy'] as const)('a label outside the classes, %s', async loss => {
    const data = first(40)
    const labels = data.train.labels.with(7, 10)
    const broken = { ...data, train: { ...data.train, labels } }
    await expect(attempt({ loss }, { data: broken })).rejects.toThrow(HeddleError)
    await expect(attempt({ loss }, { data: broken })).rejects.toThrow('xample 7 has the label 10')
  })

  test('no examples to train or to validate on', async () => {
    const nothing = { images: new Uint8Array(0), labels: new Int32Array(0) }
    await expect(attempt({}, { data: { ...first(40), train: nothing } })).rejects.toThrow(
      new UsageError('fashion-mnist-mini has no examples to train on.'),
    )
    await expect(
      attempt({ validationData: 'test' }, { data: { ...first(40), test: nothing } }),
    ).rejects.toThrow(
      new UsageError('fashion-mnist-mini has no test examples to validate on: give validationSplit instead.'),
    )
  })

  test('sgd that diverges says at which step and in which layer', async () => {
    const optimizer = sgd({ learningRate: 1e30 })
    const network = networkOf(dropped)
    await expect(fit(network, first(100), { ...options, optimizer })).rejects.toThrow(
      /^Training stopped at step \d+ \(epoch 1\): the loss is not a finite number; .* "dense(_1)?"/,
    )
    expect(network.weights.get('dense/kernel')).toHaveLength(49 * 32)
  })
})

describe('batch normalization needs a batch', () => {
  const model = sequential([flatten(), batchNormalization(), head])
  const options = { optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' } as const

  test.each([
    [
      1,
      /Layer "batch_normalization" \(BatchNormalization\) takes the mean and variance .* a batch is one image/,
    ],
    [
      1499,
      /the last batch of an epoch is one of 1500 images, with one value for each channel: .* Change batchSize \(1499\)/,
    ],
  ])('batches of %i are refused before training', async (batchSize, message) => {
    const network = createNetwork(model, { inputShape: mini.imageShape })
    await expect(fit(network, mini, { ...options, batchSize })).rejects.toThrow(message)
  })

  test.each([1499, 1])(
    'one image, by batches of %i, is enough where it has many positions',
    async batchSize => {
      const images = sequential([batchNormalization(), flatten(), head])
      const network = createNetwork(images, { inputShape: mini.imageShape })
      const data = batchSize === 1 ? first(40) : mini
      const { loss } = await fit(network, data, { ...options, batchSize, epochs: 3 })
      expect(loss![2]).toBeLessThan(loss![0]!)
    },
  )
})
