import { expect, test } from 'vitest'
import { argMax, mean, median, quantile, statisticOf, sum } from './maths.ts'

test('sums and means of lists and of typed arrays; of nothing there is no mean', () => {
  expect([sum([1, 2, 4]), sum(Uint8Array.of(200, 100)), sum([])]).toEqual([7, 300, 0])
  expect([mean([1, 2, 6]), mean(Float32Array.of(0.5, 1.5)), mean([])]).toEqual([3, 1, Number.NaN])
})

test('the deviation is that of a sample, and 0 for one value', () => {
  expect(statisticOf([1, 2, 3, 6])).toEqual({ mean: 3, std: Math.sqrt(14 / 3), n: 4 })
  expect(statisticOf([0.9])).toEqual({ mean: 0.9, std: 0, n: 1 })
})

test('quantiles are in proportion between neighbours, as of NumPy, and leave the list as it is', () => {
  const values = [4, 1, 3, 2]
  expect([0, 0.25, 0.5, 0.9, 1].map(share => quantile(values, share))).toEqual([1, 1.75, 2.5, 3.7, 4])
  expect(values).toEqual([4, 1, 3, 2])
  expect([median([3, 1, 2]), median([10, 9, 100]), median([1, 2])]).toEqual([2, 10, 1.5])
})

test('the first of equal values is the largest; a part of a list counts from its start', () => {
  expect(argMax([1, 3, 3])).toBe(1)
  expect(argMax(Float32Array.of(9, 0, 0.2, 0.8), 2, 2)).toBe(1)
})
