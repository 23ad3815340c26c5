import { expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import { Examples } from '../data/examples.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { sequential } from '../model/graph.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { binaryCrossentropy } from '../nn/losses/loss.ts'
import { evaluate } from './evaluate.ts'
import { createNetwork } from './network.ts'
import { createPredictor } from './predict.ts'
import { parseViews, viewsOf } from './views.ts'

const SHAPE = [2, 3, 1]
/** 1 2 3 above 4 5 6, twice. */
const images = Uint8Array.of(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6)

const seen = (options: object): (readonly [number, number[]])[] =>
  [...viewsOf(images, SHAPE, parseViews(options, SHAPE))].map(view => [
    view.weight,
    [...view.images.subarray(6)],
  ])

test('an image and its mirror image count a half each', () => {
  expect(seen({})).toEqual([
    [0.5, [1, 2, 3, 4, 5, 6]],
    [0.5, [3, 2, 1, 6, 5, 4]],
  ])
})

test('moved images repeat the border, and have half of the weight together', () => {
  expect(seen({ flip: false, shift: 1 })).toEqual([
    [0.5, [1, 2, 3, 4, 5, 6]],
    [0.25, [1, 1, 2, 1, 1, 2]],
    [0.25, [5, 6, 6, 5, 6, 6]],
  ])
  const all = seen({ shift: 1 })
  expect(all.map(([weight]) => weight)).toEqual([0.25, 0.25, 0.125, 0.125, 0.125, 0.125])
  expect(all[3]![1]).toEqual([2, 1, 1, 2, 1, 1])
})

test('channels stay together', () => {
  const [, mirrored] = [...viewsOf(Uint8Array.of(1, 2, 3, 4), [1, 2, 2], { flip: true, shift: 0 })]
  expect([...mirrored!.images]).toEqual([3, 4, 1, 2])
})

test.each([
  [{ shift: 2 }, SHAPE, 'a shift of 2 leaves nothing of images of 2 × 3 pixels'],
  [{ flips: true }, SHAPE, 'testTimeAugmentation: unknown option "flips". Did you mean "flip"?'],
  [{}, [6], "images must be [height, width, channels], but the network's input is (None, 6)"],
])('refuses %j for %j', (options, shape, message) => {
  expect(() => parseViews(options as never, shape)).toThrow(UsageError)
  expect(() => parseViews(options as never, shape)).toThrow(message)
})

const model = sequential([flatten(), dense({ units: 2, activation: 'softmax' })], { inputShape: SHAPE })
const network = createNetwork(model, { seed: 1, backend: referenceBackend() })

test('a predictor averages the outputs of all views', async () => {
  const views = [...viewsOf(images, SHAPE, { flip: true, shift: 1 })]
  const plain = createPredictor(network)
  const each = await Promise.all(views.map(view => plain.outputs(view.images)))
  const expected = [0, 1, 2, 3].map(k => views.reduce((sum, view, i) => sum + view.weight * each[i]![k]!, 0))
  const averaged = createPredictor(network, { testTimeAugmentation: { shift: 1 } })
  const outputs = await averaged.outputs(images)
  for (const [k, value] of outputs.entries()) expect(value).toBeCloseTo(expected[k]!, 6)
})

test('evaluate measures the averages', async () => {
  const examples = new Examples({ images, labels: Int32Array.of(0, 1) }, { shape: [2, 3, 1], name: 'two' })
  const loss = { kind: 'sparseCategoricalCrossentropy', labelSmoothing: 0.2 } as never
  const plain = await evaluate(network, examples, { loss })
  const same = await evaluate(network, examples, { loss, testTimeAugmentation: { flip: false } })
  expect(same.accuracy).toBe(plain.accuracy)
  expect(same.loss).toBeCloseTo(plain.loss!, 6)
  const [first] = await createPredictor(network, { testTimeAugmentation: {} }).predict(images)
  const averaged = await evaluate(network, examples, { loss, testTimeAugmentation: {} })
  // Both images are the same, with labels 0 and 1: one answer is right, and the loss is the mean of both.
  expect(averaged.accuracy).toBe(0.5)
  const mean = first!.probabilities.reduce((sum, p) => sum - Math.log(p) / 2, 0)
  expect(averaged.loss).toBeCloseTo(mean, 5)
})

test('evaluate measures the averages of the examples that it is asked for, in any order and number', async () => {
  const labels = Int32Array.from({ length: 600 }, (_, i) => (i * 7) % 2)
  const many = Uint8Array.from({ length: 600 * 6 }, (_, i) => (i * 2654435761) >>> 24)
  const examples = new Examples({ images: many, labels }, { shape: [2, 3, 1], name: 'many' })
  const options = { loss: 'sparseCategoricalCrossentropy', testTimeAugmentation: {} } as const
  const into = new Float32Array(1200)
  await evaluate(network, examples, { ...options, into })
  expect(into).toEqual(await createPredictor(network, options).outputs(many))
  const indices = Int32Array.of(599, 3, 3, 0)
  const few = await evaluate(network, examples, { ...options, indices })
  for (const same of [examples, { images: many, labels }])
    expect(await evaluate(network, same, { ...options, indices })).toEqual(few)
  expect(await evaluate(network, examples.take(indices), options)).toEqual(few)
})

test('the averages of one logit are measured as its own loss is', async () => {
  const shape = [1, 1, 1]
  const one = createNetwork(sequential([flatten(), dense({ units: 1 })], { inputShape: shape }), {
    backend: referenceBackend(),
  })
  one.weights = new Map([
    ['dense/kernel', Float32Array.of(2)],
    ['dense/bias', Float32Array.of(0)],
  ])
  const white = { images: Uint8Array.of(255), labels: Int32Array.of(1) }
  const loss = binaryCrossentropy({ fromLogits: true })
  const plain = await evaluate(one, white, { loss })
  // The loss is given here, and not in network.about.
  const averaged = await evaluate(one, white, { loss, testTimeAugmentation: {} })
  expect(averaged.loss).toBeCloseTo(Math.log(1 + Math.exp(-2)), 6)
  expect(averaged.loss).toBeCloseTo(plain.loss!, 6)
})
