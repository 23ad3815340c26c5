import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backends, engine, isas } from '../../../test/support/engines.ts'
import { option } from '../../base/option.ts'
import { cutmix, mixup, randomFlip } from '../../data/augment/index.ts'
import { fashionMnistMini, loadDataset } from '../../data/source.ts'
import type { Backend } from '../../engine/backend.ts'
import { nativeBackend } from '../../engine/backends/native/native.ts'
import { sequential } from '../../model/graph.ts'
import { evaluate } from '../../network/evaluate.ts'
import { createNetwork } from '../../network/network.ts'
import { loadModel, saveModel } from '../../network/saved-model.ts'
import { lossContract } from '../../testing/own-contract.ts'
import { experiment } from '../../train/experiment.ts'
import { type FitOptions, fit } from '../../train/fit.ts'
import { dense, dropout, flatten } from '../layers/index.ts'
import { adam } from '../optimizers/index.ts'
import { l2 } from '../regularizers/regularizer.ts'
import { defineLoss } from './define-loss.ts'
import { binaryCrossentropy, categoricalCrossentropy, meanSquaredError } from './loss.ts'

const focal = defineLoss({
  name: 'focal',
  options: { gamma: option.number(2, { min: 1 }) },
  ofExample({ gamma }, { outputs, target, gradient }) {
    let loss = 0
    for (let k = 0; k < outputs.length; k++) {
      const p = Math.max(outputs[k]!, 1e-7)
      loss -= target[k]! * (1 - p) ** gamma * Math.log(p)
      gradient[k] = target[k]! * (gamma * (1 - p) ** (gamma - 1) * Math.log(p) - (1 - p) ** gamma / p)
    }
    return loss
  },
})

/** The twin of a loss that the engine has. */
const squares = defineLoss({
  name: 'squares',
  ofExample(_, { outputs, target, gradient }) {
    let loss = 0
    outputs.forEach((y, k) => {
      loss += (y - target[k]!) ** 2 / outputs.length
      gradient[k] = (2 * (y - target[k]!)) / outputs.length
    })
    return loss
  },
})

const data = await loadDataset(fashionMnistMini())

const usual = sequential([
  flatten(),
  dense({ units: 12, activation: 'relu', kernelRegularizer: l2({ l2: 1e-3 }) }),
  dropout({ rate: 0.3 }),
  dense({ units: 10, activation: 'softmax' }),
])

async function trained(train: Partial<FitOptions>, backend: Backend = engine, model = usual) {
  const network = createNetwork(model, { inputShape: data.imageShape, seed: 1, backend })
  const history = await fit(network, data, {
    ...{
      optimizer: adam(),
      loss: squares(),
      batchSize: 64,
      epochs: 2,
      seed: 3,
      validationSplit: 0.2,
      topK: 3,
    },
    metrics: ['accuracy', 'recall'],
    ...train,
  })
  return { network, history, weights: [...network.weights.values()] }
}

test.each([
  ['focal', focal()],
  ['squares', squares()],
  ['categoricalCrossentropy', categoricalCrossentropy()],
  ['binaryCrossentropy', binaryCrossentropy()],
] as const)('keeps the contract of losses: %s', async (_, loss) => {
  const engines = backends.map(([, backend]) => backend)
  for (const { check, difference } of await lossContract(loss, { classes: 4, backends: engines })) {
    expect(difference, check).toBeLessThan(1e-5)
  }
})

test('the contract finds a gradient that is wrong', async () => {
  const wrong = defineLoss({
    name: 'wrong',
    ofExample(_, { outputs, gradient }) {
      gradient.fill(1)
      return Math.hypot(...outputs) ** 2
    },
  })
  const findings = await lossContract(wrong(), { classes: 3 })
  expect(findings[0]!.difference).toBeGreaterThan(0.1)
})

describe('trains as the engine does with the same loss', () => {
  const augmentation = [
    randomFlip({ mode: 'horizontal' }),
    mixup({ probability: 0.5 }),
    cutmix({ probability: 0.5 }),
  ]

  test.each(backends)('%s: with dropout, penalties, class weights and mixed images', async (_, backend) => {
    const options = { augmentation, classWeight: { Bag: 2 }, evaluateTraining: true, epochs: 1 }
    const [mine, engines] = [
      await trained(options, backend),
      await trained({ ...options, loss: meanSquaredError() }, backend),
    ]
    for (const [name, values] of Object.entries(engines.history)) {
      expect(mine.history[name]![0], name).toBeCloseTo(values[0]!, name.includes('oss') ? 5 : 2)
    }
  })

  test('behind a frozen part, in both phases of a training, and measured by features', async () => {
    const hidden = dense({ units: 12, activation: 'relu', trainable: false })
    const model = sequential([flatten(), hidden, hidden, dense({ units: 10, activation: 'softmax' })])
    const fineTuning = { after: 1, unfreeze: 1, learningRate: 1e-3 }
    const features: FitOptions['features'] = {
      of: (_, { examples }, compute) => compute(Int32Array.from(examples.labels.keys())),
    }
    const [mine, engines] = [
      await trained({ fineTuning, features }, engine, model),
      await trained({ fineTuning, features, loss: meanSquaredError() }, engine, model),
    ]
    for (const name of ['loss', 'valLoss'])
      for (const [epoch, value] of engines.history[name]!.entries())
        expect(mine.history[name]![epoch], `${name} of epoch ${epoch}`).toBeCloseTo(value, 5)
    const measured = await evaluate(mine.network, data.test, { loss: squares(), features })
    const expected = await evaluate(mine.network, data.test, { loss: meanSquaredError() })
    expect(measured.loss).toBeCloseTo(expected.loss, 6)
  })

  test('evaluated too', async () => {
    const { network } = await trained({})
    const options = { batchSize: 100, metrics: ['accuracy', 'f1Score'], topK: 2 } as const
    const mine = await evaluate(network, data.test, { ...options, loss: squares() })
    const engines = await evaluate(network, data.test, { ...options, loss: meanSquaredError() })
    expect(mine.loss).toBeCloseTo(engines.loss, 6)
    expect({ ...mine, loss: 0 }).toEqual({ ...engines, loss: 0 })
  })
})

test.each(isas.slice(0, 1))('%s: the same weights to the bit at any number of threads', async isa => {
  const { weights } = await trained({ loss: focal() }, nativeBackend({ isa, threads: 1 }))
  expect((await trained({ loss: focal() }, nativeBackend({ isa, threads: 3 }))).weights).toEqual(weights)
})

test('a loss that is not finite ends the training with its name and step', async () => {
  const bad = defineLoss({ name: 'bad', ofExample: () => Number.NaN })
  await expect(trained({ loss: bad() })).rejects.toThrow(/step 1|first step/)
})

test('files hold no code', async () => {
  const train = { optimizer: 'adam', loss: focal() } as const
  const models = { mine: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) }
  expect(() => experiment({ name: 'x', data: fashionMnistMini(), models, train })).toThrow(
    'experiment: model "mine" has the loss own:focal, which this program has defined for itself.',
  )
  const json = JSON.parse(JSON.stringify(train)) as typeof train
  expect(() => experiment({ name: 'x', data: fashionMnistMini(), models, train: json })).toThrow(
    '"own:focal" is a loss that a program defined for itself',
  )
  const folder = await mkdtemp(join(tmpdir(), 'heddle-own-'))
  try {
    const { network } = await trained({ loss: focal(), epochs: 1 })
    await saveModel(network, join(folder, 'model.safetensors'))
    expect((await loadModel(join(folder, 'model.safetensors'))).about.loss).toBeNull()
  } finally {
    await rm(folder, { recursive: true })
  }
})
