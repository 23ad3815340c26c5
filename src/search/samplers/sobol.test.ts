import { expect, test } from 'vitest'
import { directionsOf, scrambledSobol, sobolNumber } from './sobol.ts'

test('the sequence without scrambling is that of Joe and Kuo (the same as scipy.stats.qmc.Sobol, in its order without Gray code)', () => {
  const dimensions = [0, 1, 2, 3, 7, 20, 40, 63]
  const at = (index: number): number[] =>
    dimensions.map(dimension => sobolNumber(directionsOf(dimension), index) / 2 ** 32)
  expect(at(0)).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  expect(at(1)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
  expect(at(3)).toEqual([0.75, 0.25, 0.25, 0.25, 0.75, 0.25, 0.25, 0.75])
  expect(at(2)).toEqual([0.25, 0.75, 0.75, 0.75, 0.25, 0.75, 0.75, 0.25])
  expect(at(6)).toEqual([0.375, 0.375, 0.625, 0.875, 0.875, 0.125, 0.875, 0.125])
  expect(at(7)).toEqual([0.875, 0.875, 0.125, 0.375, 0.375, 0.625, 0.375, 0.625])
})

test('scrambled, each dimension has one of 2^k points in each of 2^k equal parts', () => {
  const sequence = scrambledSobol(5, 64)
  const points = Array.from({ length: 64 }, (_, i) => sequence(i))
  for (let dimension = 0; dimension < 64; dimension++) {
    for (const count of [4, 16, 64]) {
      const parts = points.slice(0, count).map(point => Math.floor(point[dimension]! * count))
      expect(new Set(parts).size).toBe(count)
    }
  }
})

test('scrambled, the first two dimensions have one of 16 points in each of 4 × 4 squares', () => {
  for (let seed = 0; seed < 20; seed++) {
    const sequence = scrambledSobol(seed, 2)
    const squares = Array.from({ length: 16 }, (_, i) =>
      sequence(i)
        .map(place => Math.floor(place * 4))
        .join(),
    )
    expect(new Set(squares).size).toBe(16)
  }
})
