import { expect, test } from 'vitest'
import { minimise } from './minimise.ts'

test('finds the bottom of a curved valley (Rosenbrock)', () => {
  const found = minimise(
    ([x = 0, y = 0]) => ({
      value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
      gradient: Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
    }),
    Float64Array.of(-1.2, 1),
    { most: 200, tolerance: 1e-6 },
  )
  expect(found[0]).toBeCloseTo(1, 6)
  expect(found[1]).toBeCloseTo(1, 6)
})

test('ends where it is if the function has no value around', () => {
  const start = Float64Array.of(3)
  const found = minimise(([x]) => ({ value: x === 3 ? 1 : Infinity, gradient: Float64Array.of(1) }), start)
  expect([...found]).toEqual([3])
})
