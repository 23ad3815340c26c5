import { expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import { RandomStream } from '../base/random.ts'
import { createDataset, type Dataset } from '../data/dataset.ts'
import { type TrainOptions, trainSpec } from './options.ts'
import { checkTwoClasses, noticesOf, type Sides, sidesOf } from './sides.ts'

/** Images of one pixel, with these labels. */
function dataOf(
  labels: readonly number[],
  { test: tested = labels, validation }: { test?: readonly number[]; validation?: readonly number[] } = {},
): Dataset {
  const examples = (of: readonly number[]) => ({
    images: new Uint8Array(of.length),
    labels: Int32Array.from(of),
  })
  return createDataset({
    name: 'letters',
    classNames: ['a', 'b', 'c', 'd'],
    imageShape: [1, 1, 1],
    train: examples(labels),
    ...(validation && { validation: examples(validation) }),
    test: examples(tested),
  })
}

const spec = (options: Partial<TrainOptions>) =>
  trainSpec({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', ...options })

const counts = (labels: Int32Array | number[]): number[] =>
  [0, 1, 2, 3].map(label => [...labels].filter(other => other === label).length)

const sidesCounted = ({ examples, train, validation }: Sides) => ({
  train: counts(train.map(i => examples.labels[i]!)),
  validation: counts(validation!.indices.map(i => validation!.examples.labels[i]!)),
})

const sorted = Array.from({ length: 100 }, (_, i) => Math.floor(i / 25))
const shuffled = [...new RandomStream(1).permutation(1000)].map(i => i % 4)

test('sorted examples are split with every class on both sides', () => {
  const equal = { train: [20, 20, 20, 20], validation: [5, 5, 5, 5] }
  for (const labels of [sorted, sorted.toReversed()]) {
    expect(sidesCounted(sidesOf(spec({ validationSplit: 0.2 }), dataOf(labels), 1))).toEqual(equal)
  }
})

test('shuffled examples are split as Keras does: the last ones, whatever the seed', () => {
  const data = dataOf(shuffled)
  const { train, validation } = sidesOf(spec({ validationSplit: 0.2 }), data, 1)
  expect(train).toEqual(Int32Array.from({ length: 800 }, (_, i) => i))
  expect(validation!.indices).toEqual(Int32Array.from({ length: 200 }, (_, i) => 800 + i))
  expect(sidesOf(spec({ validationSplit: 0.2, stratify: false }), data, 2)).toEqual(
    sidesOf(spec({ validationSplit: 0.2 }), data, 1),
  )
  expect(sidesOf(spec({ validationSplit: 0.2, stratify: true }), data, 1).train).not.toEqual(train)
})

test('stratify: false takes the last ones of sorted examples too, and says which classes are missing where', () => {
  const asked = spec({ validationSplit: 0.3, stratify: false })
  const sides = sidesOf(asked, dataOf(sorted), 1)
  expect(sidesCounted(sides)).toEqual({ train: [25, 25, 20, 0], validation: [0, 0, 5, 25] })
  expect(noticesOf(sides, dataOf(sorted), asked)).toEqual([
    'The training images lack the class d. The network cannot learn it. ' +
      'Leave stratify: false out, so that the split takes images of every class.',
    'The validation images lack the classes a and b. Validation accuracy and loss say nothing about them. ' +
      'Leave stratify: false out, so that the split takes images of every class.',
  ])
})

test('a class of two has one on each side; a class of one is trained on, and the run says what it does not measure', () => {
  const data = dataOf([...sorted.map(label => label % 2), 2, 2, 3], { test: [0, 1] })
  const asked = spec({ validationSplit: 0.1 })
  const sides = sidesOf(asked, data, 7)
  expect(sidesCounted(sides)).toEqual({ train: [45, 45, 1, 1], validation: [5, 5, 1, 0] })
  expect(noticesOf(sides, data, asked)).toEqual([
    'The validation images lack the class d. Validation accuracy and loss say nothing about it. ' +
      'Add images: a class needs one in each of training, validation and test.',
    'The test images lack the classes c and d. Test accuracy says nothing about them. ' +
      'Add images: a class needs one in each of training, validation and test.',
  ])
})

test('validation images of a single class are called that', () => {
  const data = dataOf(sorted, { validation: [1, 1] })
  const [notice] = noticesOf(sidesOf(spec({}), data, 1), data, spec({}))
  expect(notice).toContain('lack the classes a, c and d: they are all of one class.')
})

test('a validation part of the data is the validation data, unless another is asked for', () => {
  const data = dataOf(sorted, { validation: [0, 1, 2, 3, 3] })
  expect(sidesCounted(sidesOf(spec({}), data, 1))).toEqual({
    train: [25, 25, 25, 25],
    validation: [1, 1, 1, 2],
  })
  const message = 'letters has 5 validation images of its own, and the training asks for validation'
  expect(() => sidesOf(spec({ validationSplit: 0.2 }), data, 1)).toThrow(`${message}Split: 0.2. Leave`)
  expect(() => sidesOf(spec({ validationData: 'test' }), data, 1)).toThrow(`${message}Data: "test". Leave`)
})

test('a split that leaves a side empty is refused', () => {
  expect(() => sidesOf(spec({ validationSplit: 0.2 }), dataOf([0, 1, 2, 3]), 1)).toThrow(
    new UsageError(
      'Holding out 0.2 of 4 examples leaves none to validate on. A class needs two training images to give one of them away: add images.',
    ),
  )
})

test('training on one class is refused', () => {
  const refusal = (data: Dataset, asked = spec({})): string => {
    try {
      checkTwoClasses(sidesOf(asked, data, 1), data)
      return ''
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError)
      return (error as Error).message
    }
  }
  const one = createDataset({
    name: 'photos',
    classNames: ['only'],
    imageShape: [1, 1, 1],
    train: { images: new Uint8Array(2), labels: new Int32Array(2) },
    test: { images: new Uint8Array(1), labels: new Int32Array(1) },
  })
  expect(refusal(one)).toContain('photos has one class only, "only": every network would be right')
  expect(refusal(one)).toContain('the path may be one level too deep or too high')
  expect(refusal(dataOf([2, 2, 2]))).toBe(
    'All 3 training images of letters are of one class, "c": the network would always answer "c", and would have learned ' +
      'nothing. Train on images of at least two classes.',
  )
  expect(refusal(dataOf([0, 0, 1]), spec({ validationSplit: 0.3, stratify: false }))).toContain(
    'All 2 training images of letters are of one class, "a"',
  )
  expect(refusal(dataOf([0, 1]))).toBe('')
})
