import { expect, test } from 'vitest'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { sequential } from '../../model/graph.ts'
import { createNetwork } from '../../network/network.ts'
import { type DenseOptions, dense, flatten } from '../../nn/layers/index.ts'
import { binaryCrossentropy, type LossSpec, sparseCategoricalCrossentropy } from '../../nn/losses/loss.ts'
import { answerText } from './answer-text.ts'
import { ModelStatistics } from './model-statistics.ts'
import { ServedModel } from './served-model.ts'

const spent = { decodeMs: 0, queueMs: 0, computeMs: 0 }

async function confidence(head: DenseOptions, loss: LossSpec | null, outputs: readonly number[]) {
  const network = createNetwork(sequential([flatten(), dense(head)]), {
    inputShape: [2, 2, 1],
    backend: referenceBackend(),
  })
  network.about = { ...network.about, loss, temperature: 2 }
  const model = await ServedModel.ready({
    name: 'one',
    version: '1',
    network,
    limits: { maxBatch: 1, maxQueue: 1 },
    statistics: new ModelStatistics(outputs.length),
  })
  return JSON.parse(answerText(model, Float32Array.from(outputs), spent)).confidence
}

test.each([
  ['one output that is no probability', { units: 1 }, binaryCrossentropy(), [-1, 2]],
  ['logits whose loss is not known', { units: 3 }, null, [-1, 3, 2]],
  ['separate answers', { units: 2, activation: 'sigmoid' }, binaryCrossentropy(), [0.9, 0.8]],
] as const)(
  'outputs that are no probabilities of one class have no confidence: %s',
  async (_, head, loss, outputs) => {
    expect(await confidence(head, loss, outputs)).toBeNull()
  },
)

test('probabilities and logits have one, also a row of logits that adds up to 1', async () => {
  const expected = 1 / (1 + Math.exp(-1))
  const logits = sparseCategoricalCrossentropy({ fromLogits: true })
  expect(await confidence({ units: 2 }, logits, [2, 0])).toBeCloseTo(expected, 6)
  expect(await confidence({ units: 2 }, logits, [0.75, 0.25])).toBeCloseTo(1 / (1 + Math.exp(-0.25)), 6)
  const single = binaryCrossentropy({ fromLogits: true })
  expect(await confidence({ units: 1 }, single, [-1, 1])).toBeCloseTo(expected, 6)
  const p = 1 / (1 + Math.exp(-2))
  expect(await confidence({ units: 1, activation: 'sigmoid' }, null, [1 - p, p])).toBeCloseTo(expected, 6)
  const softmax = { units: 2, activation: 'softmax' } as const
  expect(await confidence(softmax, null, [p, 1 - p])).toBeCloseTo(expected, 6)
})
