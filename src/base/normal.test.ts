import { expect, test } from 'vitest'
import { normalCdf, normalDensity, normalQuantile } from './normal.ts'

test('shares of the normal distribution as tables have them', () => {
  expect(normalDensity(0)).toBeCloseTo(0.3989422804014327, 15)
  expect(normalCdf(0)).toBe(0.5)
  expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 14)
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13)
  expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 10)
})

test('the quantile is the inverse of the share', () => {
  for (let share = 0.0005; share < 1; share += 0.0005) {
    expect(normalCdf(normalQuantile(share))).toBeCloseTo(share, 13)
  }
  expect(normalQuantile(0)).toBe(-Infinity)
  expect(normalQuantile(0.5)).toBeCloseTo(0, 15)
  expect(normalQuantile(1)).toBe(Infinity)
})
