import { beforeAll, describe, expect, test } from 'vitest'
import { backends, compiled } from '../../test/support/engines.ts'
import type { Dataset } from '../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { planNative } from '../engine/backends/native/executable.ts'
import { nativeBackend } from '../engine/backends/native/native.ts'
import { lower } from '../engine/lower.ts'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { summary } from '../model/summary.ts'
import { createNetwork } from '../network/network.ts'
import { batchNormalization, conv2d, dense, flatten, layers, maxPooling2d } from '../nn/layers/index.ts'
import { sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { adamw, sgd } from '../nn/optimizers/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import { fit } from './fit.ts'
import type { TrainOptions } from './options.ts'

let data: Dataset
beforeAll(async () => {
  const mini = await loadDataset(fashionMnistMini())
  data = { ...mini, train: mini.train.first(90), test: mini.test.first(30) }
})

const frozen = { trainable: false } as const

/** Frozen layers before and behind one that learns, each with all that could move it. */
const model = sequential([
  conv2d({ ...frozen, filters: 4, kernelSize: 3, strides: 2, kernelRegularizer: 'l2' }),
  batchNormalization(frozen),
  maxPooling2d(),
  conv2d({ filters: 5, kernelSize: 3 }),
  batchNormalization(frozen),
  flatten(),
  dense({ ...frozen, units: 8, activation: 'relu' }),
  dense({ units: 10, activation: 'softmax' }),
])

const options: TrainOptions = {
  optimizer: adamw({ learningRate: 0.01, weightDecay: 0.2, useEma: true }),
  loss: 'sparseCategoricalCrossentropy',
  epochs: 3,
  batchSize: 16,
}

async function run(
  backend: Backend,
  more: Partial<TrainOptions> & { from?: Checkpoint; onCheckpoint?: (one: Checkpoint) => void } = {},
) {
  const { from, onCheckpoint, ...changed } = more
  const network = createNetwork(model, { inputShape: data.imageShape, seed: 3, backend })
  const before = network.weights
  const checkpoints = {
    due: () => onCheckpoint !== undefined,
    save: async (one: Checkpoint) => onCheckpoint!(one),
  }
  const history = await fit(network, data, { ...options, ...changed, seed: 3, from, checkpoints })
  return { before, after: network.weights, history }
}

describe('frozen layers', () => {
  test.each(backends)(
    '%s: their weights and moving statistics stay to the bit, the others learn',
    async (_, backend) => {
      const { before, after } = await run(backend)
      const moved = [...before.keys()].filter(
        name => !Buffer.from(before.get(name)!.buffer).equals(Buffer.from(after.get(name)!.slice().buffer)),
      )
      expect(moved).toEqual(['conv2d_1/kernel', 'conv2d_1/bias', 'dense_1/kernel', 'dense_1/bias'])
    },
  )

  test('any number of threads gives the same bits', async () => {
    const [one, three] = [await run(nativeBackend({ threads: 1 })), await run(nativeBackend({ threads: 3 }))]
    expect(three.after).toEqual(one.after)
    expect(three.history).toEqual(one.history)
  })

  test.each(backends)('%s: a training that goes on gives the same bits', async (_, backend) => {
    const made: Checkpoint[] = []
    const whole = await run(backend, { onCheckpoint: one => made.push(one) })
    const slots = [...made[1]!.train.optimizer.keys()]
    // Adam's two and the average, of the layers that learn alone.
    expect(slots.map(name => name.slice(2)).filter((name, i, all) => all.indexOf(name) === i)).toEqual([
      'conv2d_1/kernel',
      'conv2d_1/bias',
      'dense_1/kernel',
      'dense_1/bias',
    ])
    expect(slots).toHaveLength(12)
    expect((await run(backend, { from: made[1]! })).after).toEqual(whole.after)
  })

  test('penalties of frozen layers are no part of the loss', async () => {
    const [{ history }] = [await run(backends[0]![1], { optimizer: sgd(), epochs: 1 })]
    const free = sequential(
      model.nodes.map(({ layer }) =>
        'kernelRegularizer' in layer ? { ...layer, kernelRegularizer: null } : layer,
      ),
    )
    const network = createNetwork(free, { inputShape: data.imageShape, seed: 3, backend: backends[0]![1] })
    expect(await fit(network, data, { ...options, optimizer: sgd(), epochs: 1, seed: 3 })).toEqual(history)
  })

  test('nothing goes back through frozen layers that stand before all that learn', () => {
    const lowered = lower(buildModel(model, data.imageShape), sparseCategoricalCrossentropy())
    const { groups, learnedFloats, parameterFloats } = planNative(lowered, { batchSize: 8, backward: true })
    const withGradient = groups.filter(({ output }) => output.gradient).map(({ ops: [op] }) => op.layer)
    expect(withGradient).toEqual(['conv2d_1', 'batch_normalization_1', 'dense', 'dense_1'])
    expect(groups[0]!.output.gradient).toBeNull()
    expect(learnedFloats).toBeLessThan(parameterFloats)
  })

  test('the summary counts them as not trainable', () => {
    const text = summary(buildModel(model, data.imageShape))
    const learned = 3 * 3 * 4 * 5 + 5 + 8 * 10 + 10
    expect(text).toContain(`Trainable params: ${learned} `)
    expect(text).toMatch(/conv2d \(Conv2D\).*trainable false/)
  })

  test('a model in which nothing can learn is refused', async () => {
    const network = createNetwork(
      sequential([flatten(), dense({ ...frozen, units: 10, activation: 'softmax' })]),
      { inputShape: data.imageShape },
    )
    await expect(fit(network, data, options)).rejects.toThrow(
      'The model has no layer that can learn: its 1 layer with weights has trainable: false. Leave trainable out of at least one of them',
    )
  })

  test('a batch of one image needs no statistics of a frozen batch normalisation', async () => {
    const spec = sequential([
      flatten(),
      batchNormalization(frozen),
      dense({ units: 10, activation: 'softmax' }),
    ])
    const network = createNetwork(spec, {
      inputShape: data.imageShape,
      backend: compiled[0]?.[1] ?? backends[0]![1],
    })
    const history = await fit(
      network,
      { ...data, train: data.train.first(5) },
      { ...options, batchSize: 1, epochs: 1 },
    )
    expect(history.loss![0]).toBeGreaterThan(0)
  })
})

test('every layer with weights can be frozen, and only those', () => {
  const able = Object.entries(layers.definitions).filter(([, { fields }]) => 'trainable' in fields)
  const learning = Object.entries(layers.definitions).filter(([, definition]) => 'parameters' in definition)
  expect(able.map(([kind]) => kind)).toEqual(learning.map(([kind]) => kind))
})
