import { describe, expect, test } from 'vitest'
import { engine } from '../../test/support/engines.ts'
import { createDataset } from '../data/dataset.ts'
import { saliency } from '../insight/explain/saliency.ts'
import { sequential } from '../model/graph.ts'
import { type DenseOptions, dense, flatten } from '../nn/layers/index.ts'
import { binaryCrossentropy, type LossSpec, sparseCategoricalCrossentropy } from '../nn/losses/loss.ts'
import { adam } from '../nn/optimizers/index.ts'
import { fit } from '../train/fit.ts'
import { evaluate } from './evaluate.ts'
import { createNetwork } from './network.ts'
import { predict } from './predict.ts'

/** Class 1 is bright on the left. */
const count = 60
const images = Uint8Array.from({ length: count * 4 }, (_, i) => {
  const [label, left] = [Math.floor(i / 4) % 2, i % 2 === 0]
  return ((i * 7) % 60) + (left === (label === 1) ? 150 : 0)
})
const labels = Int32Array.from({ length: count }, (_, i) => i % 2)
const data = createDataset({
  name: 'sides',
  imageShape: [2, 2, 1],
  classNames: ['right', 'left'],
  train: { images, labels },
  test: { images, labels },
})

const networkOf = (options: Partial<DenseOptions>) =>
  createNetwork(sequential([flatten(), dense({ units: 1, ...options })]), {
    inputShape: [2, 2, 1],
    backend: engine,
  })
const training = (loss: LossSpec) => ({
  optimizer: adam({ learningRate: 0.1 }),
  loss,
  epochs: 8,
  batchSize: 8,
})

describe('a network with one output for two classes', () => {
  test.each([
    ['a sigmoid', { activation: 'sigmoid' }, binaryCrossentropy()],
    ['a sigmoid, taken literally', { activation: 'sigmoid' }, binaryCrossentropy({ semantics: 'literal' })],
    ['logits', {}, binaryCrossentropy({ fromLogits: true })],
  ] as const)('%s learns, and is measured and asked as one with two', async (_, head, loss) => {
    const network = networkOf(head)
    const options = { ...training(loss), metrics: ['f1Score'] as const, classWeight: { left: 2 } }
    const history = await fit(network, data, options)
    expect(history.accuracy!.at(-1)).toBe(1)
    expect(history.f1Score!.at(-1)).toBe(1)
    expect(network.classNames).toEqual(['right', 'left'])

    const { accuracy, loss: measured } = await evaluate(network, data.test)
    expect(accuracy).toBe(1)
    const answers = await predict(network, images)
    expect(answers.map(one => one.class)).toEqual([...labels])
    expect(answers[1]!.className).toBe('left')
    if (loss.fromLogits) return
    const likely = answers.map(({ probabilities }, i) => probabilities[labels[i]!]!)
    const expected = likely.reduce((sum, p) => sum - Math.log(p), 0) / count
    expect(measured).toBeCloseTo(expected, 5)
    for (const { probabilities } of answers) expect(probabilities[0]! + probabilities[1]!).toBeCloseTo(1, 6)
  })

  test('both classes can be explained', async () => {
    const network = networkOf({ activation: 'sigmoid' })
    await fit(network, data, training(binaryCrossentropy()))
    const one = images.subarray(4, 8)
    const [left, right] = [
      await saliency(network, { images: one, classes: [1] }),
      await saliency(network, { images: one, classes: [0] }),
    ]
    expect([...left]).toHaveLength(4)
    expect([...right]).toEqual([...left])
    expect(Math.max(...left)).toBeGreaterThan(0)
  })

  test('other losses and a softmax are refused with what to do', async () => {
    await expect(
      fit(networkOf({ activation: 'sigmoid' }), data, training(sparseCategoricalCrossentropy())),
    ).rejects.toThrow('Use the loss binaryCrossentropy, or give the last layer "dense" 2 units.')
    await expect(
      fit(networkOf({ activation: 'softmax' }), data, training(binaryCrossentropy())),
    ).rejects.toThrow(
      'The softmax of a single output is always 1: give the last layer "dense" activation: \'sigmoid\'.',
    )
  })
})

test('labels are smoothed for both cross-entropies alike', async () => {
  const head = { units: 2, activation: 'softmax' } as const
  const losses = [
    sparseCategoricalCrossentropy({ labelSmoothing: 0.2 }),
    { ...sparseCategoricalCrossentropy({ labelSmoothing: 0.2 }), kind: 'categoricalCrossentropy' },
  ] as LossSpec[]
  const [sparse, categorical] = await Promise.all(
    losses.map(loss => fit(networkOf(head), data, training(loss))),
  )
  expect(sparse).toEqual(categorical)
  const plain = await fit(networkOf(head), data, training(sparseCategoricalCrossentropy()))
  expect(sparse!.loss!.at(-1)).toBeGreaterThan(plain.loss!.at(-1)!)
})
