import { expect, test } from 'vitest'
import { numpyArray } from './numpy.ts'

test('numpyArray refuses what it cannot print as NumPy would', () => {
  expect(() => numpyArray(Uint8Array.of(1, 2, 3), [2, 2], 'uint8')).toThrow(
    'at most 1,000 whole numbers, not 3 of the shape 2 × 2.',
  )
  expect(() => numpyArray([0.5], [1], 'float32')).toThrow('numpyArray prints lists and tables')
})
