import { expect, test } from 'vitest'
import { checkedTag } from './tag.ts'

test.each(['baseline', 'two words', '👍🏽 good', 'données', 'базовый', '👩‍🔬', 'a:b/c_d-1.0', '<b>'])(
  '"%s" is a tag',
  tag => {
    expect(checkedTag(` ${tag} `)).toBe(tag)
  },
)

test.each([
  ['  ', 'A tag needs at least one letter or sign.'],
  ['a\nb', 'A tag is one line of text: take line breaks and control characters out of it.'],
  ['\u001b[2J', 'A tag is one line of text: take line breaks and control characters out of it.'],
  ['a\u202eb', 'A tag is one line of text: take line breaks and control characters out of it.'],
  ['x'.repeat(101), 'A tag has at most 100 letters, and this one has 101: put long text into the note.'],
])('%j is none', (text, message) => {
  expect(() => checkedTag(text)).toThrow(message)
})
