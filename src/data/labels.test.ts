import fc from 'fast-check'
import { expect, test } from 'vitest'
import { oneHot } from './labels.ts'

test('one row per label', () => {
  expect([...oneHot(Int32Array.of(2, 0), 3)]).toEqual([0, 0, 1, 1, 0, 0])
})

test('a label outside the classes is named', () => {
  expect(() => oneHot(Int32Array.of(0, 3), 3)).toThrow(
    'Example 1 has the label 3, but there are 3 classes (0 to 2). ' +
      "Correct the label, or the number of classes (the last layer's units).",
  )
  expect(() => oneHot(Int32Array.of(-1), 3)).toThrow('Example 0 has the label -1')
})

test('the place of the 1 gives the label back', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), labels => {
      const rows = oneHot(Int32Array.from(labels), 10)
      expect(labels.map((_, i) => rows.subarray(i * 10, i * 10 + 10).indexOf(1))).toEqual(labels)
      expect(rows.reduce((sum, value) => sum + value, 0)).toBe(labels.length)
    }),
  )
})
