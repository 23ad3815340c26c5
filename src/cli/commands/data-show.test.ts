import { expect, test } from 'vitest'
import { textArt } from './data-show.ts'

test('two characters to a pixel, trailing black left out', () => {
  expect(textArt(Uint8Array.of(0, 255, 128, 0), [2, 2, 1])).toBe('  @@\n++')
})

test('colours count as their mean', () => {
  expect(textArt(Uint8Array.of(255, 255, 255, 255, 0, 129), [1, 2, 3])).toBe('@@++')
})
