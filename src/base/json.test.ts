import { expect, test } from 'vitest'
import { boundedJson } from './json.ts'

test('depth and length are bounded, also where brackets stand in texts', () => {
  expect(boundedJson('{"a": [1, "]]]\\"[[["]}', 100)).toEqual({ a: [1, ']]]"[[['] })
  expect(boundedJson('['.repeat(64) + ']'.repeat(64), 1000)).toBeInstanceOf(Array)
  expect(() => boundedJson('['.repeat(65) + ']'.repeat(65), 1000)).toThrow('nested more than 64 levels deep')
  expect(() => boundedJson(`"${'x'.repeat(100)}"`, 50)).toThrow('longer than 50 characters')
  for (const text of ['', '"', '"\\', '{', ']', 'nul'])
    expect(() => boundedJson(text, 50)).toThrow(SyntaxError)
})
