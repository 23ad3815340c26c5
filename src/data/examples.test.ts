import { describe, expect, test } from 'vitest'
import { HeddleError, UsageError } from '../base/errors.ts'
import { checkImageShape, Examples } from './examples.ts'

const about = { shape: [1, 2, 1], name: 'letters, test' } as const
const arrays = { images: Uint8Array.of(0, 1, 10, 11, 20, 21, 30, 31), labels: Int32Array.of(0, 1, 0, 2) }
const four = new Examples(arrays, about)

const bytesOf = ({ images }: Examples): number[] => [...images]
const labelsOf = ({ labels }: Examples): number[] => [...labels]

test('they know their number and the size of one image, also where there is none', () => {
  expect([four.count, four.size]).toEqual([4, 2])
  const none = four.first(0)
  expect([none.count, none.size]).toEqual([0, 2])
})

test('arrays that do not fit the shape are refused', () => {
  expect(() => new Examples({ ...arrays, images: new Uint8Array(9) }, about)).toThrow(
    new HeddleError('letters, test: 9 pixels do not make 4 images of 1 × 2 × 1 (8 pixels).'),
  )
})

test('plain arrays become examples, and examples stay themselves', () => {
  expect(Examples.of(arrays, about)).toEqual(four)
  expect(Examples.of(four, { ...about, name: 'others' })).toBe(four)
})

test('one image and the first ones are views; those that are taken are a copy', () => {
  const own = new Examples({ images: arrays.images.slice(), labels: arrays.labels }, about)
  const views = [own.at(0), own.first(1).images]
  const copies = [own.take([0]).images, own.where(() => true).images, own.followedBy(own).images]
  own.images[0] = 99
  expect(views.map(([first]) => first)).toEqual([99, 99])
  expect(copies.map(([first]) => first)).toEqual([0, 0, 0])
})

test('images are taken in the order of their indices, with labels and files', () => {
  const named = new Examples({ ...arrays, files: ['a', 'b', 'c', 'd'] }, about)
  const taken = named.take(Int32Array.of(3, 0, 3))
  expect(bytesOf(taken)).toEqual([30, 31, 0, 1, 30, 31])
  expect(labelsOf(taken)).toEqual([2, 0, 2])
  expect(taken.files).toEqual(['d', 'a', 'd'])
  expect(named.first(2).files).toEqual(['a', 'b'])
  expect([taken.shape, taken.name]).toEqual([[1, 2, 1], 'letters, test'])
})

test('where, ofClass, first, slice and followedBy', () => {
  expect(bytesOf(four.where(i => four.labels[i] === 0))).toEqual([0, 1, 20, 21])
  expect([four.ofClass(0), four.ofClass(0, 1), four.ofClass(9)]).toEqual([[0, 2], [0], []])
  expect([four.first(3).count, four.first(100).count]).toEqual([3, 4])
  expect([bytesOf(four.slice(1, 3)), labelsOf(four.slice(2, 9))]).toEqual([
    [10, 11, 20, 21],
    [0, 2],
  ])
  const both = four.first(1).followedBy(four.where(i => i === 3))
  expect([bytesOf(both), labelsOf(both)]).toEqual([
    [0, 1, 30, 31],
    [0, 2],
  ])
})

test.each([
  ['at', () => four.at(4)],
  ['check', () => four.check(4)],
  ['take', () => four.take([0, 4])],
])('%s: an index outside', (_, ask) => {
  expect(ask).toThrow(new UsageError('letters, test: there is no image 4, only 0 to 3.'))
})

test('indices below 0, and of nothing', () => {
  expect(() => four.at(-1)).toThrow('there is no image -1')
  expect(() => four.first(0).at(0)).toThrow(
    new UsageError('letters, test: there is no image 0, as there are none.'),
  )
})

describe('a network takes images of its own shape', () => {
  const photos = { name: 'photos', imageShape: [32, 32, 3] } as const

  test('not any images of as many bytes', () => {
    expect(() => checkImageShape(photos, [48, 64, 1])).toThrow(
      new UsageError('The model takes images of 48 × 64 × 1, but those of photos are 32 × 32 × 3.'),
    )
    expect(() => checkImageShape(photos, [32, 32, 1])).toThrow(UsageError)
    checkImageShape(photos, [32, 32, 3])
  })

  test('a network of rows or of plain numbers takes as many numbers', () => {
    checkImageShape(photos, [32, 96])
    checkImageShape(photos, [3072])
    expect(() => checkImageShape(photos, [3071])).toThrow(UsageError)
  })
})
