import { beforeAll, expect, test } from 'vitest'
import type { Dataset } from '../dataset.ts'
import type { LabelledImages } from '../examples.ts'
import { validationSplit } from '../split.ts'
import { loadFashionMnist } from './fashion-mnist.ts'
import { loadFashionMnistMini } from './fashion-mnist-mini.ts'

const IMAGE = 28 * 28
let full: Dataset
let mini: Dataset

beforeAll(async () => {
  full = await loadFashionMnist()
  mini = await loadFashionMnistMini()
}, 300_000)

/** Mean and standard deviation of pixels / 255, from exact integer sums. */
function moments(pixels: Uint8Array): { mean: number; std: number } {
  let sum = 0
  let squares = 0
  for (const pixel of pixels) {
    sum += pixel
    squares += pixel * pixel
  }
  const mean = sum / pixels.length
  return { mean: mean / 255, std: Math.sqrt(squares / pixels.length - mean * mean) / 255 }
}

function countPerClass(labels: Int32Array): number[] {
  const counts = Array<number>(10).fill(0)
  for (const label of labels) counts[label]!++
  return counts
}

test('labels, sizes and balance', () => {
  expect(full.imageShape).toEqual([28, 28, 1])
  expect([...full.train.labels.subarray(0, 12)]).toEqual([9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9])
  expect([...full.test.labels.subarray(0, 10)]).toEqual([9, 2, 1, 1, 6, 1, 4, 6, 5, 7])
  expect(countPerClass(full.train.labels)).toEqual(Array(10).fill(6000))
  expect(countPerClass(full.test.labels)).toEqual(Array(10).fill(1000))
  expect(full.classNames[full.train.labels[0]!]).toBe('Ankle boot')
})

test('mean and standard deviation', () => {
  const train = moments(full.train.images)
  expect(train.mean).toBeCloseTo(0.2860405969887955, 14)
  expect(train.std).toBeCloseTo(0.3530242445149226, 10)
  const test = moments(full.test.images)
  expect(test.mean).toBeCloseTo(0.286849, 6)
  expect(test.std).toBeCloseTo(0.352444, 6)
})

test('mean of each class', () => {
  const sums = Array<number>(10).fill(0)
  full.train.labels.forEach((label, i) => {
    for (const pixel of full.train.images.subarray(i * IMAGE, (i + 1) * IMAGE)) sums[label]! += pixel
  })
  const means = sums.map(sum => sum / 6000 / IMAGE / 255)
  const expected = [0.326, 0.223, 0.377, 0.259, 0.385, 0.137, 0.332, 0.168, 0.354, 0.301]
  means.forEach((mean, label) => {
    expect(mean).toBeCloseTo(expected[label]!, 3)
  })
})

test('classes within the validation splits of Keras', () => {
  const { labels } = full.train
  const counts = (indices: Int32Array) => countPerClass(indices.map(i => labels[i]!))
  const fifth = validationSplit(60_000, 0.2)
  expect(counts(fifth.train)).toEqual([4764, 4794, 4768, 4796, 4785, 4806, 4851, 4820, 4820, 4796])
  expect(counts(fifth.validation)).toEqual([1236, 1206, 1232, 1204, 1215, 1194, 1149, 1180, 1180, 1204])
  const tenth = validationSplit(60_000, 0.1)
  expect(counts(tenth.validation)).toEqual([630, 584, 602, 605, 633, 591, 565, 555, 616, 619])
})

test('the built-in subset is the first of each class, in order', () => {
  const firstOfEach = ({ images, labels }: LabelledImages, perClass: number): LabelledImages => {
    const taken = Array<number>(10).fill(0)
    const chosen = [...labels.keys()].filter(i => taken[labels[i]!]!++ < perClass)
    return {
      images: Uint8Array.from(chosen.flatMap(i => [...images.subarray(i * IMAGE, (i + 1) * IMAGE)])),
      labels: Int32Array.from(chosen, i => labels[i]!),
    }
  }
  for (const [subset, whole, perClass] of [
    [mini.train, full.train, 150],
    [mini.test, full.test, 50],
  ] as const) {
    const expected = firstOfEach(whole, perClass)
    expect(subset.labels).toEqual(expected.labels)
    expect(Buffer.compare(subset.images, expected.images)).toBe(0)
  }
})

test('one fingerprint per content', async () => {
  expect((await loadFashionMnistMini()).fingerprint).toBe(mini.fingerprint)
  expect(mini.fingerprint).not.toBe(full.fingerprint)
})
