import { expect, test } from 'vitest'
import { referenceBackend } from '../engine/backends/reference.ts'
import { lower } from '../engine/lower.ts'
import { sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { dense } from '../nn/layers/index.ts'
import { categoricalCrossentropy, type LossName, losses } from '../nn/losses/loss.ts'
import { targetsFor } from './feed.ts'

const examples = { images: new Uint8Array(0), labels: Int32Array.of(2, 0) }
const targets = (option: Parameters<typeof losses.field.parse>[0]) => {
  const loss = losses.field.parse(option, 'loss')
  const lowered = lower(buildModel(sequential([dense({ units: 4 })]), [1]), loss)
  const update = { kind: 'sgd', momentum: 0, nesterov: false } as const
  return targetsFor(loss, examples, referenceBackend().compile(lowered, { batchSize: 2, update }))
}

const rows: readonly LossName[] = ['categoricalCrossentropy', 'binaryCrossentropy', 'meanSquaredError']

test('the sparse loss reads labels, the others one-hot rows', () => {
  expect(targets('sparseCategoricalCrossentropy')).toEqual(examples.labels)
  // A run has labels of its own: the user's may be transferred while it goes on.
  expect(targets('sparseCategoricalCrossentropy')).not.toBe(examples.labels)
  for (const name of rows) expect(targets(name)).toEqual(Float32Array.of(0, 0, 1, 0, 1, 0, 0, 0))
})

test('smoothed labels: t · (1 − a) + a / classes', () => {
  const smoothed = targets(categoricalCrossentropy({ labelSmoothing: 0.1 }))
  const [low, high] = [0.025, 0.925]
  expect(smoothed).toEqual(Float32Array.of(low, low, high, low, high, low, low, low))
})
