import { beforeAll, describe, expect, test } from 'vitest'
import { compiled } from '../../test/support/engines.ts'
import type { Dataset } from '../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { graph } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { createNetwork } from '../network/network.ts'
import { batchNormalization, conv2d, dense, globalAveragePooling2d } from '../nn/layers/index.ts'
import { adam, adamw, nadam, sgd } from '../nn/optimizers/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import { fit } from './fit.ts'
import { type TrainOptions, trainSpec } from './options.ts'
import { planTraining } from './plan.ts'

let data: Dataset
beforeAll(async () => {
  const mini = await loadDataset(fashionMnistMini())
  data = { ...mini, train: mini.train.first(40), test: mini.test.first(20) }
})

const frozen = { trainable: false } as const
const model = graph({
  block1: [conv2d({ ...frozen, filters: 3, kernelSize: 3, strides: 3 }), 'input'],
  norm: [batchNormalization(frozen), 'block1'],
  block2: [conv2d({ ...frozen, filters: 4, kernelSize: 3 }), 'norm'],
  pool: [globalAveragePooling2d(), 'block2'],
  out: [dense({ units: 10, activation: 'softmax' }), 'pool'],
})
const options: TrainOptions = {
  optimizer: adam({ learningRate: 0.01 }),
  loss: 'sparseCategoricalCrossentropy',
  epochs: 4,
  batchSize: 16,
  fineTuning: { after: 2, unfreeze: 1, learningRate: 0.003 },
}
const [, native] = compiled[0]!

async function run(backend: Backend, changed: Partial<TrainOptions> = {}, from?: Checkpoint) {
  const network = createNetwork(model, { inputShape: data.imageShape, seed: 3, backend })
  const made: Checkpoint[] = []
  const checkpoints = { due: () => true, save: async (one: Checkpoint) => void made.push(one) }
  const history = await fit(network, data, { ...options, ...changed, seed: 3, from, checkpoints })
  return { weights: network.weights, history, made }
}

describe('two phases', () => {
  test('the frozen layers stay in the first, those that are named learn in the second, at its rate', async () => {
    const { made, weights, history } = await run(native)
    const at = (epoch: number, name: string) =>
      made.find(({ train }) => train.epoch === epoch && train.done === 0)!.train.weights.get(name)
    const start = at(1, 'block2/kernel')
    expect(at(2, 'block2/kernel')).toEqual(start)
    expect(at(3, 'block2/kernel')).not.toEqual(start)
    for (const name of ['block1/kernel', 'norm/gamma', 'norm/movingMean'])
      expect(weights.get(name)).toEqual(at(1, name))
    expect(history.learningRate).toEqual([0.01, 0.01, 0.003, 0.003])
  })

  test.each([['native', native] as const, ['reference', referenceBackend()] as const])(
    '%s: a training that goes on from anywhere gives the same bits',
    async (_, backend) => {
      const changed = { optimizer: adam({ useEma: true }) }
      const whole = await run(backend, changed)
      const places = whole.made.filter(
        ({ train }, i, all) => i % 3 === 0 || train.epoch !== all[i - 1]?.train.epoch,
      )
      expect(new Set(places.map(({ train }) => train.epoch))).toEqual(new Set([0, 1, 2, 3, 4]))
      for (const place of places) {
        const again = await run(backend, changed, place)
        expect(again.weights).toEqual(whole.weights)
        expect(again.history).toEqual(whole.history)
      }
    },
  )

  test('the second phase is one training of the freed model, from the weights of the first', async () => {
    const { made, weights } = await run(native, {
      optimizer: sgd(),
      fineTuning: { after: 2, unfreeze: 'block2', learningRate: 0.01 },
      shuffle: false,
    })
    const { nodes } = model
    const freed = graph(
      Object.fromEntries(
        nodes.map(({ name, layer, inputs }) => [
          name,
          [name === 'block2' ? { ...layer, trainable: true } : layer, ...inputs],
        ]),
      ) as never,
    )
    const network = createNetwork(freed, { inputShape: data.imageShape, backend: native })
    network.weights = made.find(({ train }) => train.epoch === 2 && train.done === 0)!.train.weights
    await fit(network, data, {
      ...options,
      optimizer: sgd(),
      fineTuning: null,
      epochs: 2,
      shuffle: false,
      seed: 3,
    })
    expect(weights).toEqual(network.weights)
  })

  test('a notice says when the second phase begins', () => {
    const { notices } = planTraining(buildModel(model, data.imageShape), data, {
      spec: trainSpec(options),
      seed: 1,
    })
    expect(notices).toContain(
      'From epoch 3 on 1 frozen layer from "block2" on learns too, at a learning rate of 0.003.',
    )
  })

  test.each([
    [
      { after: 4, unfreeze: 1, learningRate: 1 },
      'fineTuning: it begins after 4 epochs, and the training has 4 in all.',
    ],
    [
      { after: 1, unfreeze: 3, learningRate: 1 },
      'fineTuning: unfreeze is 3, and the model has 2 frozen layers that are no batch normalisation.',
    ],
    [{ after: 1, unfreeze: 'blok2', learningRate: 1 }, 'There is no layer "blok2". Did you mean "block2"?'],
    [
      { after: 1, unfreeze: 'pool', learningRate: 1 },
      'fineTuning: no layer from "pool" on is frozen. The last frozen layer is "block2".',
    ],
    [{ after: 1, unfreeze: 0, learningRate: 1 }, 'unfreeze must be a number of layers of at least 1'],
    [{ after: 1, unfreeze: 1 }, 'the option "learningRate" is required'],
  ])('%o is refused', (fineTuning, message) => {
    const plan = () =>
      planTraining(buildModel(model, data.imageShape), data, {
        spec: trainSpec({ ...options, fineTuning: fineTuning as never }),
        seed: 1,
      })
    expect(plan).toThrow(message)
  })
})

describe('learning rates of parts', () => {
  const both = { fineTuning: null, epochs: 1, shuffle: false } as const
  const free = graph(
    Object.fromEntries(
      model.nodes.map(({ name, layer, inputs }) => [
        name,
        ['trainable' in layer ? { ...layer, trainable: true } : layer, ...inputs],
      ]),
    ) as never,
  )
  const step = async (backend: Backend, changed: Partial<TrainOptions>) => {
    const network = createNetwork(free, { inputShape: data.imageShape, seed: 3, backend })
    const before = network.weights
    await fit(network, { ...data, train: data.train.first(16) }, { ...options, ...both, ...changed })
    return (name: string) => network.weights.get(name)!.map((value, i) => value - before.get(name)![i]!)
  }

  test.each([...compiled, ['reference', referenceBackend()] as const])(
    '%s: a layer learns at its factor, decay too, the others as before',
    async (_, backend) => {
      for (const optimizer of [
        sgd({ learningRate: 0.5 }),
        adamw({ learningRate: 0.01, weightDecay: 1 }),
        nadam({ learningRate: 0.01 }),
      ]) {
        const [plain, scaled] = [
          await step(backend, { optimizer }),
          await step(backend, { optimizer, learningRates: { block: 0.25, block2: 0.5 } }),
        ]
        const ratio = (name: string) =>
          scaled(name).reduce((sum, x) => sum + Math.abs(x), 0) /
          plain(name).reduce((sum, x) => sum + Math.abs(x), 0)
        expect(ratio('block1/kernel')).toBeCloseTo(0.25, 3)
        expect(ratio('block2/kernel')).toBeCloseTo(0.5, 3)
        expect(scaled('out/kernel')).toEqual(plain('out/kernel'))
      }
    },
  )

  test.each([
    [{ blok: 1 }, 'learningRates: no layer that learns has a name that begins with "blok". Did you mean'],
    [{ out: 0 }, 'the factor of "out" must be a number above 0'],
    [{ block1: 1 }, 'no layer that learns has a name that begins with "block1"'],
  ])('%o is refused', (learningRates, message) => {
    const plan = () =>
      planTraining(buildModel(model, data.imageShape), data, {
        spec: trainSpec({ ...options, learningRates }),
        seed: 1,
      })
    expect(plan).toThrow(message)
  })
})
