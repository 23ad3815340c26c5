import { describe, expect, test } from 'vitest'
import { RandomStream } from '../../base/random.ts'
import { createDataset } from '../../data/dataset.ts'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { sequential } from '../../model/graph.ts'
import { createNetwork } from '../../network/network.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { sgd } from '../../nn/optimizers/index.ts'
import { exponentialDecay } from '../../nn/schedules/schedule.ts'
import type { Checkpoint } from '../checkpoint.ts'
import { type FitOptions, fit } from '../fit.ts'
import {
  type ReduceLROnPlateauOptions,
  reduceLROnPlateau,
  reduceLROnPlateauCallback,
} from './reduce-lr-on-plateau.ts'

const model = sequential([flatten(), dense({ units: 2, activation: 'softmax', useBias: false })])
const networkOf = () => createNetwork(model, { inputShape: [2, 1, 1], backend: referenceBackend(), seed: 1 })

/** The learning rate after each epoch, for one watched number an epoch; it begins with 1. */
async function drive(options: ReduceLROnPlateauOptions, values: readonly number[]) {
  const rate = { scale: 1, base: null }
  const notices: string[] = []
  const spec = reduceLROnPlateau(options)
  const context = { network: networkOf(), rate, onNotice: (message: string) => notices.push(message) }
  const callback = reduceLROnPlateauCallback.create(spec, context)
  const rates: number[] = []
  for (const [epoch, value] of values.entries()) {
    const metrics = { loss: 1, accuracy: 0.5, learningRate: rate.scale, [spec.monitor]: value }
    await callback.onEvent({ type: 'epoch', epoch, metrics, trainMs: 0, durationMs: 0 })
    rates.push(rate.scale)
  }
  return { rates, notices }
}

// What Keras 3 does, epoch by epoch: keras/src/callbacks/reduce_lr_on_plateau.py, on_epoch_end.
describe('reduces where Keras reduces', () => {
  test.each<[string, ReduceLROnPlateauOptions, number[], number[]]>([
    ['after patience epochs without improvement', { patience: 2 }, [3, 2, 2, 2, 2], [1, 1, 1, 0.1, 0.1]],
    ['and again', { patience: 1, factor: 0.5 }, [2, 2, 2], [1, 0.5, 0.25]],
    [
      'an improvement begins the count anew',
      { patience: 2, factor: 0.5 },
      [3, 3, 2, 2, 2],
      [1, 1, 1, 1, 0.5],
    ],
    [
      'a change of minDelta is none',
      { patience: 1, factor: 0.5, minDelta: 0.5 },
      [3, 2.5, 1.9],
      [1, 0.5, 0.5],
    ],
    [
      'an accuracy improves by growing',
      { monitor: 'accuracy', patience: 1, factor: 0.5 },
      [0.5, 0.6, 0.5],
      [1, 1, 0.5],
    ],
    [
      'mode min turns it around',
      { monitor: 'accuracy', mode: 'min', patience: 1, factor: 0.5 },
      [0.5, 0.6],
      [1, 0.5],
    ],
    [
      'no epoch of the cooldown waits',
      { patience: 1, factor: 0.5, cooldown: 2 },
      [1, 1, 1, 1, 1],
      [1, 0.5, 0.5, 0.25, 0.25],
    ],
    ['not below minLr', { patience: 1, factor: 0.5, minLr: 0.3 }, [1, 1, 1, 1], [1, 0.5, 0.3, 0.3]],
    [
      'what is not a number never improves',
      { patience: 1, factor: 0.5 },
      [Number.NaN, Number.NaN],
      [0.5, 0.25],
    ],
  ])('%s', async (_, options, values, rates) => {
    expect((await drive(options, values)).rates).toEqual(rates)
  })

  test('each reduction is a notice', async () => {
    expect((await drive({ patience: 1 }, [1, 1])).notices).toEqual([
      'The learning rate is 0.1 from epoch 3 on: valLoss had not improved for 1 epoch.',
    ])
  })
})

describe('in a training', () => {
  const random = new RandomStream(1)
  const examples = {
    images: Uint8Array.from({ length: 16 }, (_, i) => 256 * random.uniform(i)),
    labels: Int32Array.from({ length: 8 }, (_, i) => i % 2),
  }
  const classNames = ['no', 'yes']
  const data = createDataset({
    name: 'noise',
    classNames,
    imageShape: [2, 1, 1],
    train: examples,
    test: examples,
  })
  const plateau = reduceLROnPlateau({ monitor: 'accuracy', patience: 1, factor: 0.5, minDelta: 1 })
  const options: FitOptions = {
    optimizer: sgd({ learningRate: 0.5 }),
    loss: 'sparseCategoricalCrossentropy',
    epochs: 4,
    batchSize: 4,
    callbacks: [plateau],
    seed: 1,
  }

  test('steps are taken with the reduced rate', async () => {
    const network = networkOf()
    const history = await fit(network, data, options)
    expect(history.learningRate).toEqual([0.5, 0.5, 0.25, 0.125])
    const constant = networkOf()
    await fit(constant, data, { ...options, callbacks: [] })
    expect(network.weights).not.toEqual(constant.weights)
  })

  test('the rates of a schedule are multiplied', async () => {
    const learningRate = exponentialDecay({ initialLearningRate: 0.5, decaySteps: 8, decayRate: 0.1 })
    const alone = await fit(networkOf(), data, {
      ...options,
      optimizer: sgd({ learningRate }),
      callbacks: [],
    })
    const both = await fit(networkOf(), data, { ...options, optimizer: sgd({ learningRate }) })
    expect(both.learningRate).toEqual(alone.learningRate!.map((rate, i) => rate * [1, 1, 0.5, 0.25][i]!))
  })

  test('one that goes on from a checkpoint ends with the same bits', async () => {
    const saved: Checkpoint[] = []
    const whole = networkOf()
    const checkpoints = { due: () => true, save: (one: Checkpoint) => void saved.push(one) }
    const history = await fit(whole, data, { ...options, checkpoints })
    for (const from of saved) {
      const resumed = networkOf()
      expect(await fit(resumed, data, { ...options, from })).toEqual(history)
      expect(resumed.weights).toEqual(whole.weights)
    }
  })

  test('validation that is not there is an error before the first step', async () => {
    await expect(fit(networkOf(), data, { ...options, callbacks: [reduceLROnPlateau()] })).rejects.toThrow(
      'reduceLROnPlateau watches "valLoss", which is not measured: give the training validationSplit: 0.2, or watch "loss".',
    )
  })
})

test.each([
  [{ factor: 1 }, 'reduceLROnPlateau: factor must be a number of at least 0 and below 1, not 1.'],
  [{ minLr: -1 }, 'reduceLROnPlateau: minLr must be a number of at least 0, not -1.'],
  [{ patience: -1 }, 'reduceLROnPlateau: patience must be a whole number of at least 0, not -1.'],
])('refuses %j', (options, message) => {
  expect(() => reduceLROnPlateau(options)).toThrow(message)
})
