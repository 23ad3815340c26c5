import { expect, test } from 'vitest'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import { sequential } from '../model/graph.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { adamw } from '../nn/optimizers/index.ts'
import { experiment } from '../train/experiment.ts'
import { configurationOf } from './described.ts'

test('options that came later leave the hash of a configuration as it was', async () => {
  const data = await loadDataset(fashionMnistMini())
  const hashOf = (options: Parameters<typeof adamw>[0], layer = {}) =>
    configurationOf(
      experiment({
        name: 'hashed',
        data: fashionMnistMini(),
        models: { one: sequential([flatten(), dense({ units: 10, activation: 'softmax', ...layer })]) },
        train: { optimizer: adamw(options), loss: 'sparseCategoricalCrossentropy' },
      }),
      'one',
      data,
    )
  // Written by a version without clipping, averages, exclusions and smoothed labels.
  expect(hashOf({})).toBe('4ce40f6faa5b27d450c7760e1424cb117ea9a34a34ba431ff03ad73304d4a0e1')
  expect(hashOf({ clipNorm: null, useEma: false })).toBe(hashOf({}))
  expect(hashOf({ clipNorm: 1 })).not.toBe(hashOf({}))
  expect(hashOf({}, { trainable: false })).not.toBe(hashOf({}))
})
