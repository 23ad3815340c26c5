import { expect, test } from 'vitest'
import { engine } from '../../../test/support/engines.ts'
import { fashionMnistMini, loadDataset } from '../../data/source.ts'
import { sequential } from '../../model/graph.ts'
import { createNetwork } from '../../network/network.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { sgd } from '../../nn/optimizers/index.ts'
import { exponentialDecay, piecewiseConstantDecay } from '../../nn/schedules/schedule.ts'
import type { Checkpoint } from '../checkpoint.ts'
import { type FitOptions, fit } from '../fit.ts'
import { learningRateScheduler } from './learning-rate-scheduler.ts'
import { reduceLROnPlateau } from './reduce-lr-on-plateau.ts'

const mini = await loadDataset(fashionMnistMini())
const data = { ...mini, train: mini.train.first(96), test: mini.test.first(10) }
const schedule = piecewiseConstantDecay({ boundaries: [0, 1], values: [0.1, 0.05, 0] })

async function run(options: Partial<FitOptions>) {
  const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), {
    inputShape: data.imageShape,
    backend: engine,
  })
  const history = await fit(network, data, {
    optimizer: sgd(),
    loss: 'sparseCategoricalCrossentropy',
    epochs: 4,
    batchSize: 32,
    ...options,
  })
  return { history, weights: network.weights }
}

test('each epoch has the rate of the schedule, and trains with it', async () => {
  const { history, weights } = await run({ callbacks: [learningRateScheduler({ schedule })] })
  expect(history.learningRate).toEqual([0.1, 0.05, 0, 0])
  const alike = await run({ optimizer: sgd({ learningRate: 0.1 }), epochs: 1 })
  expect(history.loss![0]).toBe(alike.history.loss![0])
  const stopped = await run({ callbacks: [learningRateScheduler({ schedule })], epochs: 2 })
  expect(weights).toEqual(stopped.weights)
})

test('other callbacks multiply it', async () => {
  const { history } = await run({
    optimizer: sgd({
      learningRate: exponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 0.5 }),
    }),
    callbacks: [
      learningRateScheduler({ schedule: piecewiseConstantDecay({ boundaries: [], values: [0.1] }) }),
      reduceLROnPlateau({ monitor: 'loss', patience: 1, minDelta: 100, factor: 0.5 }),
    ],
  })
  expect(history.learningRate).toEqual([0.1, 0.1, 0.05, 0.025])
})

test('a training that goes on from a checkpoint has the rate of its epoch', async () => {
  const callbacks = [learningRateScheduler({ schedule })]
  const kept: Checkpoint[] = []
  const whole = await run({
    callbacks,
    checkpoints: { due: () => true, save: checkpoint => void kept.push(checkpoint) },
  })
  for (const from of kept) expect(await run({ callbacks, from })).toEqual(whole)
})
