import { describe, expect, test } from 'vitest'
import { backends, engine, isas, nativeMissing } from '../../test/support/engines.ts'
import { cutout, randomCrop, randomFlip, randomRotation } from '../data/augment/index.ts'
import type { Dataset } from '../data/dataset.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { nativeBackend } from '../engine/backends/native/native.ts'
import { sequential } from '../model/graph.ts'
import { evaluate } from '../network/evaluate.ts'
import { createNetwork } from '../network/network.ts'
import { outputsOf, predict } from '../network/predict.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { csvLogger } from './callbacks/csv-logger.ts'
import { type FitOptions, fit } from './fit.ts'

const data: Dataset = await loadDataset(fashionMnistMini())
const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
const sparse = 'sparseCategoricalCrossentropy'
const options = { optimizer: 'sgd', loss: sparse, batchSize: 64, seed: 3, epochs: 1 } satisfies FitOptions
const augmentation = [
  randomFlip({ mode: 'horizontal' }),
  randomRotation({ factor: 0.1 }),
  randomCrop({ padding: 3 }),
  cutout({ size: 8, probability: 0.5 }),
]

async function trained(train: Partial<FitOptions> = {}, backend: Backend = engine) {
  const network = createNetwork(linear, { inputShape: data.imageShape, seed: 1, backend })
  const history = await fit(network, data, { ...options, ...train })
  return { network, history, weights: [...network.weights.values()].map(values => Float32Array.from(values)) }
}

describe('augmentation while training', () => {
  if (nativeMissing) test.skip(`native: ${nativeMissing}`)

  test.each(isas)('%s: the same weights to the bit at any number of threads', async isa => {
    const { weights } = await trained({ augmentation }, nativeBackend({ isa, threads: 1 }))
    for (const threads of [2, 3, 8]) {
      const { weights: again } = await trained({ augmentation }, nativeBackend({ isa, threads }))
      expect(again, `${threads}`).toEqual(weights)
    }
  })

  test('other weights for another seed and for none', async () => {
    const { weights } = await trained({ augmentation })
    expect((await trained({ augmentation, seed: 4 })).weights).not.toEqual(weights)
    expect((await trained()).weights).not.toEqual(weights)
  })

  test.each(backends)(
    'no call is too long: one with many steps draws what many with one step draw (%s)',
    async (_, backend) => {
      // The clock decides how many steps a call has.
      let now = 0
      const slow = await trained({ augmentation, clock: () => (now += 1e6) }, backend)
      const fast = await trained({ augmentation, clock: () => 0 }, backend)
      expect(slow.weights).toEqual(fast.weights)
    },
  )

  test.each(backends)('%s trains like the others', async (_, backend) => {
    const [actual, expected] = [
      await trained({ augmentation }, backend),
      await trained({ augmentation }, backends.at(-1)![1]),
    ]
    expect(actual.history.loss![0]).toBeCloseTo(expected.history.loss![0]!, 4)
  })

  test('nothing but the training steps is augmented', async () => {
    // Without a learning rate the weights stay: what is measured after the epoch is what was there before it.
    const still = {
      optimizer: { kind: 'sgd', learningRate: 0 } as never,
      evaluateTraining: true,
      validationSplit: 0.2,
    }
    const [plain, changed] = [await trained(still), await trained({ ...still, augmentation })]
    expect(changed.history.trainLoss).toEqual(plain.history.trainLoss)
    expect(changed.history.valLoss).toEqual(plain.history.valLoss)
    expect(changed.history.loss).not.toEqual(plain.history.loss)
    expect(plain.history.loss![0]).toBeCloseTo(plain.history.trainLoss![0]!, 5)
  })

  test('one that does not fit is refused before anything is trained or written', async () => {
    const callbacks = [csvLogger({ path: '/nonexistent/log.csv' })]
    await expect(trained({ augmentation: [cutout({ size: 29 })], callbacks })).rejects.toThrow(
      'cutout: a size of 29 × 29 is larger than the image of 28 × 28.',
    )
  })
})

describe('pixelRange', () => {
  test('raw pixels are 255 times the scaled ones, in training, evaluation and prediction', async () => {
    const { network } = await trained({ epochs: 3 })
    const scaledDown = createNetwork(linear, { inputShape: data.imageShape, seed: 1 })
    scaledDown.weights = new Map(
      [...network.weights].map(([name, values]) => [
        name,
        name.endsWith('kernel') ? Float32Array.from(values, x => x / 255) : Float32Array.from(values),
      ]),
    )
    const [unit, raw] = [
      await evaluate(network, data.test, { loss: sparse }),
      await evaluate(scaledDown, data.test, { loss: sparse, pixelRange: 'raw' }),
    ]
    expect(raw.loss).toBeCloseTo(unit.loss, 4)
    const few = data.test.images.subarray(0, 784)
    const [a, b] = [await outputsOf(network, few), await outputsOf(scaledDown, few, { pixelRange: 'raw' })]
    for (const [i, p] of a.entries()) expect(b[i]).toBeCloseTo(p, 4)
  })

  test('trained on one and evaluated on the other, as report 003 did: the numbers tell', async () => {
    const { network } = await trained({ epochs: 3 })
    const [same, other] = [
      await evaluate(network, data.test, { loss: sparse }),
      await evaluate(network, data.test, { loss: sparse, pixelRange: 'raw' }),
    ]
    expect(other.loss).toBeGreaterThan(10 * same.loss)
  })

  test('validation and training read the range of the options', async () => {
    const still = { optimizer: { kind: 'sgd', learningRate: 0 } as never, validationData: 'test' as const }
    const { network, history } = await trained({ ...still, pixelRange: 'raw' })
    const { loss } = await evaluate(network, data.test, { loss: sparse, pixelRange: 'raw', batchSize: 64 })
    expect(history.valLoss![0]).toBe(loss)
    expect(history.loss![0]).toBeGreaterThan(5 * (await trained(still)).history.loss![0]!)
  })

  test('another name is an error', async () => {
    await expect(trained({ pixelRange: 'scaled' as never })).rejects.toThrow(
      `train: pixelRange must be one of 'unit', 'raw', not "scaled".`,
    )
    const network = createNetwork(linear, { inputShape: data.imageShape })
    await expect(predict(network, new Uint8Array(784), { pixelRange: '255' as never })).rejects.toThrow(
      'pixelRange must be',
    )
  })
})
