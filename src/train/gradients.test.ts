import { describe, expect, test } from 'vitest'
import { backends } from '../../test/support/engines.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import { sequential } from '../model/graph.ts'
import { gradientsOf } from '../network/gradients.ts'
import { createNetwork } from '../network/network.ts'
import { averagePooling2d, batchNormalization, conv2d, dense, flatten } from '../nn/layers/index.ts'
import { sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { adam, muon } from '../nn/optimizers/index.ts'
import type { Floats } from '../ops/op.ts'
import { fit } from './fit.ts'

const data = await loadDataset(fashionMnistMini())
const some = { ...data, train: data.train.first(32) }
const model = sequential([
  averagePooling2d({ poolSize: 4 }),
  conv2d({ filters: 4, kernelSize: 3 }),
  batchNormalization(),
  flatten(),
  dense({ units: 10, activation: 'softmax' }),
])
const options = { loss: 'sparseCategoricalCrossentropy', batchSize: 32, shuffle: false, epochs: 2 } as const

describe.each(backends)('on the %s backend', (_, backend) => {
  const fresh = () => createNetwork(model, { inputShape: data.imageShape, seed: 1, backend })

  test('what is read at the end of an epoch is what its last step was made of', async () => {
    const expected = await gradientsOf(fresh(), some.train, {
      loss: sparseCategoricalCrossentropy(),
      pixelRange: 'unit',
    })
    const seen = new Map<number, ReadonlyMap<string, Floats>>()
    const onGradients = (epoch: number, read: () => ReadonlyMap<string, Floats>): void =>
      void seen.set(epoch, read())
    await fit(fresh(), some, { ...options, optimizer: adam(), onGradients })
    expect([...seen.keys()]).toEqual([0, 1])
    expect(seen.get(0)).toEqual(expected)
    expect(seen.get(1)).not.toEqual(expected)
    const clipped = Math.max(...[...expected.values()].flatMap(values => [...values].map(Math.abs))) / 2
    await fit(fresh(), some, { ...options, optimizer: adam({ clipValue: clipped }), onGradients })
    const all = [...seen.get(0)!.values()].flatMap(values => [...values])
    expect(Math.max(...all.map(Math.abs))).toBe(Math.fround(clipped))
  })

  test('Muon overwrites them with its step: there are none', async () => {
    let calls = 0
    await fit(fresh(), some, { ...options, epochs: 1, optimizer: muon(), onGradients: () => calls++ })
    expect(calls).toBe(0)
  })
})
