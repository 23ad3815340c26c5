import { expect, test } from 'vitest'
import { classesOf, isLikePicture } from './dropped.ts'

test('a folder is a class; folders that hold everything, and parts of a dataset, are none', () => {
  expect(classesOf([['cat'], ['cat'], ['dog']])).toEqual(['cat', 'cat', 'dog'])
  expect(
    classesOf([
      ['photos', 'cat'],
      ['photos', 'dog', '2020'],
    ]),
  ).toEqual(['cat', 'dog'])
  expect(classesOf([['cat'], ['cat', 'old']])).toEqual(['cat', 'cat'])
  expect(
    classesOf([
      ['d', 'train', 'cat'],
      ['d', 'test', 'cat'],
      ['d', 'val', 'dog'],
    ]),
  ).toEqual(['cat', 'cat', 'dog'])
  // A part that has pictures of its own is no part.
  expect(classesOf([['train'], ['bus']])).toEqual(['train', 'bus'])
  expect(classesOf([[], ['cat']])).toEqual([null, 'cat'])
  expect(classesOf([[], []])).toEqual([null, null])
  expect(classesOf([])).toEqual([])
})

test('pictures by their names or kinds, also those that must be converted', () => {
  const like = (name: string, type = '') => isLikePicture({ name, type })
  expect(['a.JPG', 'b.webp', 'c.heic'].every(name => like(name))).toBe(true)
  expect(like('pasted', 'image/png')).toBe(true)
  expect(['notes.txt', 'Thumbs.db', 'jpg'].some(name => like(name))).toBe(false)
})
