import { expect, test } from 'vitest'
import { erfc } from './erfc.ts'
import { normalCdf, normalDensity, normalQuantile } from './normal.ts'

test('shares of the normal distribution as tables have them', () => {
  expect(normalDensity(0)).toBeCloseTo(0.3989422804014327, 15)
  expect(normalCdf(0)).toBe(0.5)
  expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 14)
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13)
  expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 9)
})

test('shares are those of the complementary error function', () => {
  for (let x = -12; x < 12; x += 0.01) {
    const exact = erfc(-x / Math.SQRT2) / 2
    expect(Math.abs(normalCdf(x) - exact)).toBeLessThan(5e-15)
    if (x < 0) expect(normalCdf(x) / exact).toBeCloseTo(1, 6)
  }
})

test('the quantile is the inverse of the share', () => {
  for (let share = 0.0005; share < 1; share += 0.0005) {
    expect(normalCdf(normalQuantile(share))).toBeCloseTo(share, 13)
  }
  expect(normalQuantile(0)).toBe(-Infinity)
  expect(normalQuantile(0.5)).toBeCloseTo(0, 15)
  expect(normalQuantile(1)).toBe(Infinity)
})
