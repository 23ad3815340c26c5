import { expect, test } from 'vitest'
import { RandomStream } from '../base/random.ts'
import { orthogonalize } from './muon.ts'

const random = new RandomStream(1)

/** M·Mᵀ of the shorter side. */
function gram(values: Float64Array, rows: number, columns: number): number[][] {
  const at = (i: number, k: number): number => values[rows <= columns ? i * columns + k : k * columns + i]!
  const [shorter, longer] = [Math.min(rows, columns), Math.max(rows, columns)]
  return Array.from({ length: shorter }, (_, i) =>
    Array.from({ length: shorter }, (_, j) => {
      let sum = 0
      for (let k = 0; k < longer; k++) sum += at(i, k) * at(j, k)
      return sum
    }),
  )
}

test.each([
  [4, 9],
  [9, 4],
  [5, 5],
  [1, 7],
  [7, 1],
])('%i × %i: ten steps bring the singular values near 1', (rows, columns) => {
  const values = Float64Array.from(
    { length: rows * columns },
    (_, i) => random.uniform(i) / 4 + Number(i % (columns + 1) === 0),
  )
  orthogonalize({ values, rows, columns }, 10)
  const products = gram(values, rows, columns)
  // The trace is the sum of the squares, which all are in range where M·Mᵀ is near the unit matrix.
  for (const [i, row] of products.entries()) {
    const beside = row.reduce((sum, value, j) => sum + (i === j ? 0 : Math.abs(value)), 0)
    expect(row[i]! - beside).toBeGreaterThan(0.2)
    expect(row[i]! + beside).toBeLessThan(1.9)
  }
})

test('the direction of a rank-one matrix stays, and zeros stay zeros', () => {
  const values = Float64Array.of(2, 4, -1, -2)
  orthogonalize({ values, rows: 2, columns: 2 }, 5)
  expect(values[1]! / values[0]!).toBeCloseTo(2, 10)
  expect(values[2]! / values[0]!).toBeCloseTo(-0.5, 10)
  const zeros = new Float32Array(6)
  orthogonalize({ values: zeros, rows: 2, columns: 3 }, 5)
  expect([...zeros]).toEqual([0, 0, 0, 0, 0, 0])
})
