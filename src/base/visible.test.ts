import { expect, test } from 'vitest'
import { oneLine, visible } from './visible.ts'

test('what a terminal would obey is shown', () => {
  expect(visible('\u001b[2J\u001b]0;evil\u0007')).toBe('\\u001b[2J\\u001b]0;evil\\u0007')
  expect(visible('\u009b31m\u007f\r')).toBe('\\u009b31m\\u007f\\u000d')
  expect(visible('abc\u202etxt.exe')).toBe('abc\\u202etxt.exe')
  expect(visible('half \ud800 pair')).toBe('half \\ud800 pair')
})

test('words of any language, emoji, lines and tabs stay', () => {
  for (const text of ['naïve Größe', '日本語', 'T恤', '👩‍🔬', 'a\n\tb']) expect(visible(text)).toBe(text)
})

test('the JSON of a value stays the JSON of that value', () => {
  const value = { note: '\u009b2J\u007f\u202e\u001b[0m\n' }
  expect(JSON.parse(visible(JSON.stringify(value, null, 2)))).toEqual(value)
})

test('a cell has one line', () => {
  expect(oneLine('a\nb\tc\u001b')).toBe('a\\nb\\tc\\u001b')
})
