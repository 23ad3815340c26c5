import { expect, test } from 'vitest'
import { auc } from './auc.ts'

const value = (labels: readonly number[], outputs: readonly number[], classes: number): number => {
  const sums = auc.init(classes)
  const counts = { count: labels.length, loss: 0, correct: 0, topCorrect: 0 }
  auc.add(sums, { ...counts, labels: Int32Array.from(labels), outputs: Float32Array.from(outputs) })
  return auc.value(sums)
}

test('1 where every image of a class comes before the others, a half where all are alike', () => {
  expect(value([0, 0, 1], [0.9, 0.1, 0.6, 0.4, 0.5, 0.5], 2)).toBe(1)
  expect(value([1, 1, 0], [0.9, 0.1, 0.6, 0.4, 0.5, 0.5], 2)).toBe(0)
  expect(value([0, 1, 0, 1], [1, 0, 1, 0, 1, 0, 1, 0], 2)).toBe(0.5)
})

test('by hand: of six pairs four are in order and one is a tie', () => {
  // Class 0 has 0.8, 0.5 and 0.3; the others 0.5 and 0.2 for it.
  const outputs = [0.8, 0.5, 0.3, 0.5, 0.2].flatMap(p => [p, 1 - p])
  expect(value([0, 0, 0, 1, 1], outputs, 2)).toBeCloseTo(4.5 / 6, 12)
})

test('a class without images is left out, and what is no number comes last', () => {
  expect(value([0, 1], [0.7, 0.2, 0.1, 0.4, 0.5, 0.1], 3)).toBe(1)
  // Class 0 is found behind the other image, class 1 before it.
  expect(value([0, 1], [Number.NaN, Number.NaN, 0.2, 0.8], 2)).toBe(0.5)
  expect(value([0, 0], [0.7, 0.3, 0.4, 0.6], 2)).toBeNaN()
})
