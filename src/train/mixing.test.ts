import { describe, expect, test } from 'vitest'
import { backends, isas, nativeMissing } from '../../test/support/engines.ts'
import { cutmix, mixup, randomFlip } from '../data/augment/index.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { nativeBackend } from '../engine/backends/native/native.ts'
import { lower } from '../engine/lower.ts'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { targetsFor } from '../network/feed.ts'
import { createNetwork } from '../network/network.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  meanSquaredError,
  sparseCategoricalCrossentropy,
} from '../nn/losses/loss.ts'
import { augmentBatch } from '../ops/augment.ts'
import { keptShare, mixesOf } from '../ops/mix.ts'
import { augmentFor } from './augment.ts'
import { type FitOptions, fit } from './fit.ts'

const data = await loadDataset(fashionMnistMini())
const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
const augmentation = [
  randomFlip({ mode: 'horizontal' }),
  mixup({ probability: 0.5 }),
  cutmix({ probability: 0.5 }),
]

async function trained(train: Partial<FitOptions> = {}, backend: Backend = backends[0]![1]) {
  const network = createNetwork(linear, { inputShape: data.imageShape, seed: 1, backend })
  const options = {
    optimizer: 'sgd',
    loss: 'sparseCategoricalCrossentropy',
    batchSize: 64,
    epochs: 1,
    seed: 3,
  } as const
  const history = await fit(network, data, { ...options, augmentation, ...train })
  return { history, weights: [...network.weights.values()].map(values => Float32Array.from(values)) }
}

if (nativeMissing) test.skip(`native: ${nativeMissing}`)

test.each(isas)('%s: the same weights to the bit at any number of threads', async isa => {
  const { weights } = await trained({}, nativeBackend({ isa, threads: 1 }))
  for (const threads of [2, 3, 8]) {
    expect((await trained({}, nativeBackend({ isa, threads }))).weights, `${threads}`).toEqual(weights)
  }
  expect((await trained({ seed: 4 }, nativeBackend({ isa, threads: 1 }))).weights).not.toEqual(weights)
})

const losses = [
  sparseCategoricalCrossentropy(),
  sparseCategoricalCrossentropy({ labelSmoothing: 0.1 }),
  sparseCategoricalCrossentropy({ semantics: 'literal' }),
  categoricalCrossentropy({ labelSmoothing: 0.2 }),
  binaryCrossentropy(),
  meanSquaredError(),
]

describe.each(backends)('%s', (_, backend) => {
  const [count, classes] = [23, 10]
  const images = Float32Array.from(data.train.images.subarray(0, count * 784), x => x / 255)
  const labels = data.train.labels.slice(0, count)
  const augment = augmentFor({ augmentation, pixelRange: 'unit' }, { shape: data.imageShape, seed: 5 })!
  const update = { kind: 'sgd', momentum: 0, nesterov: false } as const

  test.each(losses)('images and targets are mixed as by plain loops: $kind', async loss => {
    const model = buildModel(linear, data.imageShape)
    const executable = backend.compile(lower(model, loss), { batchSize: count, update })
    executable.write(
      'parameters',
      Float32Array.from({ length: executable.program.parameterFloats }, (_, i) => Math.sin(i) / 20),
    )
    const order = Int32Array.from({ length: count }, (_, i) => i)
    const run = async (change: object) => {
      const targets = targetsFor(loss, { images: new Uint8Array(0), labels }, executable)
      const result = await executable.run({ mode: 'gradients', images, scale: 1, targets, order, ...change })
      return { loss: result.losses[0]!, correct: result.correct[0], gradients: executable.read('gradients') }
    }
    const step = 11
    const actual = await run({ augment: { ...augment, step } })

    const mixedImages = images.slice()
    augmentBatch(
      Array.from(order, i => mixedImages.subarray(i * 784, (i + 1) * 784)),
      { ...augment, step },
    )
    const mixes = mixesOf({ ...augment, step }, { count })
    const smoothing = 'labelSmoothing' in loss ? loss.labelSmoothing : 0
    const target = (i: number, k: number): number =>
      (labels[i] === k ? 1 - smoothing : 0) + smoothing / classes
    const rows = Float32Array.from({ length: count * classes }, (_, at) => {
      const [i, k] = [Math.floor(at / classes), at % classes]
      const mix = mixes[i]
      if (!mix) return target(i, k)
      const kept = keptShare(mix, augment.shape)
      return kept * target(i, k) + (1 - kept) * target(mix.partner, k)
    })
    const expected = await run({ images: mixedImages, targets: rows })
    expect(mixes.filter(mix => mix !== null).length).toBeGreaterThan(10)
    expect(actual.loss).toBeCloseTo(expected.loss, 5)
    expect(actual.correct).toBe(expected.correct)
    const difference = actual.gradients.map((value, i) => Math.abs(value - expected.gradients[i]!))
    expect(Math.max(...difference)).toBeLessThan(1e-5)
    expect(actual.loss).not.toBeCloseTo((await run({})).loss, 3)
  })
})

test('what is measured in a step takes the larger part for the class of an image', async () => {
  const { history } = await trained({ metrics: ['accuracy', 'recall'], augmentation: [cutmix()] })
  // The engine counts the first, this side the second: with classes of one size they differ by little.
  expect(Math.abs(history.recall![0]! - history.accuracy![0]!)).toBeLessThan(0.02)
})

test('validation images are not mixed', async () => {
  const still = {
    optimizer: { kind: 'sgd', learningRate: 0 } as never,
    evaluateTraining: true,
    validationSplit: 0.2,
  }
  const [plain, changed] = [await trained({ ...still, augmentation: [] }), await trained(still)]
  expect(changed.history.valLoss).toEqual(plain.history.valLoss)
  expect(changed.history.trainLoss).toEqual(plain.history.trainLoss)
  expect(changed.history.loss![0]).not.toBeCloseTo(plain.history.loss![0]!, 3)
})

test('what changes images must come before what mixes them', async () => {
  await expect(trained({ augmentation: [mixup(), randomFlip()] })).rejects.toThrow(
    'augmentation: randomFlip follows mixup. Images are mixed when all else has happened to them: put mixup and cutmix last.',
  )
})
