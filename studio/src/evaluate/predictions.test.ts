import { expect, test } from 'vitest'
import { confusedWith, ofCell } from './predictions.ts'

const predictions = {
  labels: Int32Array.of(0, 0, 1, 2, 2, 2),
  predicted: Int32Array.of(1, 0, 0, 1, 1, 2),
  confidence: Float32Array.of(0.9, 0.8, 0.7, 0.5, 0.6, 1),
}

test('pairs of a class that is looked for, as a label and as a prediction', () => {
  expect(confusedWith(predictions, new Set([1]))).toEqual([
    { label: 2, predicted: 1, count: 2 },
    { label: 0, predicted: 1, count: 1 },
    { label: 1, predicted: 0, count: 1 },
  ])
  expect(confusedWith(predictions, new Set([0])).map(({ count }) => count)).toEqual([1, 1])
  expect(confusedWith(predictions, new Set())).toEqual([])
})

test('the images of a cell, the surest first', () => {
  expect(ofCell(predictions, { label: 2, predicted: 1 })).toEqual([4, 3])
})
