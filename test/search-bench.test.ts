import { expect, test } from 'vitest'
import { FUNCTIONS } from '../bench/search/functions.ts'
import { higherThan } from '../bench/search/statistics.ts'

/** Where each function of the benchmark is least, by its source. */
const MINIMA: Readonly<Record<string, readonly number[]>> = {
  'branin-2': [Math.PI, 2.275],
  'hartmann-3': [0.114614, 0.555649, 0.852547],
  'hartmann-6': [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573],
  'ackley-5': [0, 0, 0, 0, 0],
  'rosenbrock-4': [1, 1, 1, 1],
  'levy-5': [1, 1, 1, 1, 1],
  'styblinski-tang-4': [-2.903534, -2.903534, -2.903534, -2.903534],
  'rastrigin-4': [0, 0, 0, 0],
}

test.each(FUNCTIONS)('$name has the least value that regret counts from', ({ name, at, least, domain }) => {
  const place = MINIMA[name]!
  expect(at(place)).toBeCloseTo(least, 5)
  expect(place.every((value, i) => value >= domain[i]![0] && value <= domain[i]![1])).toBe(true)
  for (const [i, [low, high]] of domain.entries()) {
    for (const other of [low, (low + 2 * high) / 3]) expect(at(place.with(i, other))).toBeGreaterThan(least)
  }
})

test('the test of Mann and Whitney gives the p-values of scipy.stats.mannwhitneyu', () => {
  expect(higherThan([3, 4, 4, 7, 9], [1, 2, 4, 4, 5, 6])).toBeCloseTo(0.2001969744516901, 12)
  expect(higherThan([1, 1], [1, 1])).toBe(1)
})
