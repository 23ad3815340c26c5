import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  activation,
  adam,
  type Backend,
  batchNormalization,
  conv2d,
  createNetwork,
  type Dataset,
  dense,
  dropout,
  fashionMnistMini,
  fit,
  flatten,
  loadDataset,
  maxPooling2d,
  nativeBackend,
  sequential,
} from '../../src/index.ts'
import { backends, isas, nativeMissing, wasm } from '../support/engines.ts'

const model = sequential([
  conv2d({ filters: 20, kernelSize: 3, padding: 'same', activation: 'relu' }),
  maxPooling2d(),
  dropout({ rate: 0.25 }),
  batchNormalization(),
  conv2d({ filters: 33, kernelSize: 3, useBias: false }),
  batchNormalization(),
  activation({ activation: 'relu' }),
  maxPooling2d(),
  flatten(),
  dropout({ rate: 0.5 }),
  dense({ units: 37, activation: 'gelu' }),
  dense({ units: 10, activation: 'softmax' }),
])

let data: Dataset
beforeAll(async () => {
  data = await loadDataset(fashionMnistMini())
})

/** SHA-256 over all weights after two epochs; 1500 examples in batches of 64 leave a partial last one. */
async function weightsAfterTraining(backend: Backend, seed = 1): Promise<string> {
  const network = createNetwork(model, { inputShape: data.imageShape, seed, backend })
  await fit(network, data, {
    optimizer: adam(),
    loss: 'sparseCategoricalCrossentropy',
    epochs: 2,
    batchSize: 64,
    validationSplit: 0.1,
    seed,
  })
  const hash = createHash('sha256')
  for (const [name, values] of network.weights) hash.update(name).update(values)
  return hash.digest('hex')
}

if (nativeMissing) test.skip(`native: ${nativeMissing}`)

describe.each(isas)('instruction set %s', isa => {
  const native = (threads: number): Backend => nativeBackend({ threads, isa })

  test('one seed gives the same weights, to the bit, at any number of threads and again', async () => {
    const one = await weightsAfterTraining(native(1))
    for (const threads of [2, 3, 8, 1])
      expect(await weightsAfterTraining(native(threads)), `${threads}`).toBe(one)
  }, 60_000)

  test('another seed gives other weights', async () => {
    expect(await weightsAfterTraining(native(2), 2)).not.toBe(await weightsAfterTraining(native(2), 1))
  }, 60_000)
})

test('WebAssembly: one seed gives the same weights again, to the bit', async () => {
  const weights = await weightsAfterTraining(wasm)
  expect(await weightsAfterTraining(wasm)).toBe(weights)
  expect(await weightsAfterTraining(wasm, 2)).not.toBe(weights)
}, 60_000)

test('backends draw the same dropout and shuffle alike: their histories agree', async () => {
  const small = sequential([
    conv2d({ filters: 4, kernelSize: 5, strides: 2, activation: 'relu' }),
    batchNormalization(),
    maxPooling2d(),
    dropout({ rate: 0.3 }),
    flatten(),
    dense({ units: 10, activation: 'softmax' }),
  ])
  const history = async (backend: Backend) => {
    const network = createNetwork(small, { inputShape: data.imageShape, seed: 5, backend })
    return fit(network, data, {
      optimizer: 'adam',
      loss: 'sparseCategoricalCrossentropy',
      batchSize: 50,
      seed: 5,
    })
  }
  const [reference, ...others] = [...backends].reverse()
  const { loss, accuracy } = await history(reference![1])
  for (const [name, backend] of others) {
    const other = await history(backend)
    expect(other.loss![0], name).toBeCloseTo(loss![0]!, 4)
    expect(other.accuracy![0], name).toBeCloseTo(accuracy![0]!, 2)
  }
}, 60_000)
