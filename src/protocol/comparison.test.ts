import { expect, test } from 'vitest'
import { LEVEL, pText } from './comparison.ts'

test('a p-value is written on its side of the level', () => {
  expect([0.0004, 0.0123, 0.0494, 0.0496, 0.04999, 0.05, 0.0504, 1].map(pText)).toEqual([
    '< 0.001',
    '0.012',
    '0.049',
    '0.0496',
    '0.04999',
    '0.050',
    '0.050',
    '1.000',
  ])
  for (const p of [LEVEL - 1e-6, LEVEL - 1e-12, LEVEL - 2e-17]) {
    expect(Number(pText(p)) < LEVEL).toBe(p < LEVEL)
  }
})
