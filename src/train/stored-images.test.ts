import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backends, engine } from '../../test/support/engines.ts'
import { randomFlip, randomTranslation } from '../data/augment/index.ts'
import type { Dataset } from '../data/dataset.ts'
import { normalizationOf } from '../data/normalization-of.ts'
import { imageFolder, loadDataset } from '../data/source.ts'
import type { Backend } from '../engine/backend.ts'
import { sequential } from '../model/graph.ts'
import { evaluate } from '../network/evaluate.ts'
import { createNetwork } from '../network/network.ts'
import { batchNormalization, conv2d, dense, dropout, flatten } from '../nn/layers/index.ts'
import { adam } from '../nn/optimizers/index.ts'
import { type FitOptions, fit } from './fit.ts'

const root = mkdtempSync(join(tmpdir(), 'heddle-stored-'))
afterAll(() => rmSync(root, { recursive: true }))

/** The same pictures, read from their file while they are used, and in memory. */
let stored: Dataset
let inMemory: Dataset

beforeAll(async () => {
  for (let i = 0; i < 60; i++) {
    const folder = join(root, 'photos', ['cat', 'dog', 'owl'][i % 3]!)
    mkdirSync(folder, { recursive: true })
    const levels = Uint8Array.from(
      { length: 12 * 12 * 3 },
      (_, at) => (i * 41 + at * 13 * ((i % 3) + 1)) % 256,
    )
    await sharp(levels, { raw: { width: 12, height: 12, channels: 3 } }).toFile(join(folder, `${i}.png`))
  }
  const load = (memoryBytes: number) =>
    loadDataset(imageFolder({ path: 'photos' }), {
      baseDir: root,
      env: { HEDDLE_CACHE: join(root, 'cache') },
      memoryBytes,
    })
  stored = await load(0)
  inMemory = await load(2 ** 30)
  expect(stored.train.source).not.toBeInstanceOf(Uint8Array)
  expect(inMemory.train.source).toBeInstanceOf(Uint8Array)
})

async function trained(data: Dataset, backend: Backend, options: Partial<FitOptions> = {}) {
  const model = sequential([
    normalizationOf(data),
    conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }),
    batchNormalization(),
    flatten(),
    dropout({ rate: 0.3 }),
    dense({ units: 3, activation: 'softmax' }),
  ])
  const network = createNetwork(model, { inputShape: data.imageShape, seed: 3, backend })
  const history = await fit(network, data, {
    optimizer: adam(),
    loss: 'sparseCategoricalCrossentropy',
    epochs: 3,
    batchSize: 7,
    seed: 5,
    validationSplit: 0.25,
    augmentation: [randomFlip(), randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 })],
    evaluateTraining: true,
    ...options,
  })
  const outputs = new Float32Array(data.test.count * 3)
  const test = await evaluate(network, data.test, { batchSize: 4, into: outputs })
  return { history, weights: network.weights, test, outputs }
}

test.each(backends)(
  '%s: training and testing on stored images give the bits of images in memory',
  async (_, backend) => {
    expect(await trained(stored, backend)).toEqual(await trained(inMemory, backend))
  },
)

test('with one-hot targets and smoothing, and without shuffling', async () => {
  const options = {
    loss: { kind: 'categoricalCrossentropy', labelSmoothing: 0.1 },
    shuffle: false,
    metrics: ['precision'],
  } as unknown as FitOptions
  expect(await trained(stored, engine, options)).toEqual(await trained(inMemory, engine, options))
})
