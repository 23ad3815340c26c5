import { expect, test } from 'vitest'
import {
  adam,
  conv2d,
  createNetwork,
  dense,
  fashionMnistMini,
  flatten,
  loadDataset,
  maxPooling2d,
  nativeBackend,
  sequential,
  train,
  trainSpec,
} from '../../src/index.ts'

test('a thousand steps leave memory flat', async () => {
  const data = await loadDataset(fashionMnistMini())
  const network = createNetwork(
    sequential([
      conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
      maxPooling2d(),
      flatten(),
      dense({ units: 10, activation: 'softmax' }),
    ]),
    { inputShape: data.imageShape, seed: 1, backend: nativeBackend({ threads: 2 }) },
  )
  const events = train({
    network,
    spec: trainSpec({ optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 60, batchSize: 32 }),
    seed: 1,
    examples: data.train,
    train: Int32Array.from(data.train.labels, (_, i) => i),
    validation: null,
  })
  const rssAt = new Map<number, number>()
  for await (const event of events) {
    if (event.type === 'step' && [400, 1400, 2400].includes(event.step))
      rssAt.set(event.step, process.memoryUsage.rss())
  }
  const growth = [rssAt.get(1400)! - rssAt.get(400)!, rssAt.get(2400)! - rssAt.get(1400)!]
  // One leaked batch of gradients per step would be 200 MB here. The garbage collector may take its time for a few.
  expect(Math.min(...growth) / 2 ** 20).toBeLessThan(4)
}, 60_000)
