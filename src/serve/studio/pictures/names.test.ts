import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanName, folded, freeName } from './names.ts'

test('a name is one part of a path on every system', () => {
  expect(cleanName('../../etc/passwd', 'class')).toBe('-..-etc-passwd')
  expect(cleanName('  .hidden ', 'class')).toBe('hidden')
  expect(cleanName('C:\\Users', 'class')).toBe('C-Users')
  expect(cleanName('con', 'class')).toBe('_con')
  expect(cleanName('Äpfel & Birnen', 'class')).toBe('Äpfel & Birnen')
  // A letter and its accent, and characters that turn the direction of text.
  expect(cleanName('A\u0308pfel\u202egpj', 'class')).toBe('Äpfel-gpj')
  expect(cleanName('猫', 'class')).toBe('猫')
  expect(cleanName('ä'.repeat(300), 'class')).toBe('ä'.repeat(90))
})

test('a text without a letter or a digit is refused in words, and so is the name of a part of a dataset', () => {
  expect(() => cleanName('../', 'class')).toThrow(
    'The name of a class needs a letter or a digit, and "../" has none.',
  )
  expect(() => cleanName('Test', 'class')).toThrow('A class cannot be called "Test"')
  expect(cleanName('test', 'file')).toBe('test')
})

test('a name made of any text stays in its folder and fits a file system', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), given => {
      let name: string
      try {
        name = cleanName(given, 'file')
      } catch {
        return
      }
      expect(name).not.toMatch(/[/\\\p{Cc}:]|^\.|[. ]$/u)
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(180)
      expect(cleanName(name, 'file')).toBe(name)
    }),
  )
})

test('the next free name keeps the ending', () => {
  const taken = new Set(['a.jpg', 'a-2.jpg'])
  expect(freeName('A.jpg', name => taken.has(folded(name)))).toBe('A-3.jpg')
  expect(freeName('b.jpg', () => false)).toBe('b.jpg')
})
