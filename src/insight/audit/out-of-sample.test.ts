import { expect, test } from 'vitest'
import { foldsOf } from './out-of-sample.ts'

test('folds are of one size, of every class and in all, where class counts do not divide', () => {
  const labels = Int32Array.from({ length: 10 * 6 }, (_, i) => i % 10)
  const fold = foldsOf(labels, { folds: 5, classes: 10, seed: 1 })
  const sizes = [0, 1, 2, 3, 4].map(k => fold.filter(own => own === k).length)
  // Six of each class: one fold of the class has two. Did all start at fold 0, it would have 20 examples and the others 10.
  expect(sizes).toEqual([12, 12, 12, 12, 12])
})
