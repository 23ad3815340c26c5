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
  planTraining,
  sequential,
  train,
  trainSpec,
} from '../../src/index.ts'
import { backends } from '../support/engines.ts'

test.each(backends.filter(([name]) => name !== 'reference'))(
  '%s: a thousand steps leave memory flat',
  async (_, backend) => {
    const data = await loadDataset(fashionMnistMini())
    const network = createNetwork(
      sequential([
        conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
        maxPooling2d(),
        flatten(),
        dense({ units: 10, activation: 'softmax' }),
      ]),
      { inputShape: data.imageShape, seed: 1, backend },
    )
    const spec = trainSpec({
      optimizer: adam(),
      loss: 'sparseCategoricalCrossentropy',
      epochs: 40,
      batchSize: 32,
    })
    const events = train({ ...planTraining(network.model, data, { spec, seed: 1 }), network })
    const readings: { readonly javascript: number; readonly process: number }[] = []
    for await (const event of events) {
      if (event.type !== 'step' || ![800, 1800].includes(event.step)) continue
      // Array buffers are given back in a turn of the event loop after the collection that found them.
      for (let i = 0; i < 3; i++) {
        gc!()
        await new Promise(resolve => setImmediate(resolve))
      }
      const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
      readings.push({ javascript: (heapUsed + arrayBuffers) / 2 ** 20, process: rss / 2 ** 20 })
    }
    const [before, after] = readings
    // One batch's gradients leaked at every step would be 200 MB; the process keeps some pages for the next garbage.
    expect(after!.javascript - before!.javascript).toBeLessThan(1)
    expect(after!.process - before!.process).toBeLessThan(16)
  },
  60_000,
)
