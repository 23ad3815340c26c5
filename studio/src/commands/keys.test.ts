import { expect, test } from 'vitest'
import { foundBy, keyNames, keyOf, matchOf } from './keys.ts'

const commands = [{ keys: 'j' }, { keys: 'g r' }, { keys: 'g d' }, { keys: 'Mod+k' }, {}]
const typed = (...keys: string[]) => {
  const { command, rest } = matchOf(keys, commands)
  return [command?.keys ?? null, rest.join(' ')]
}

test('keys stand for a command alone or one after the other', () => {
  expect(typed('j')).toEqual(['j', ''])
  expect(typed('g')).toEqual([null, 'g'])
  expect(typed('g', 'r')).toEqual(['g r', ''])
  expect(typed('g', 'j')).toEqual(['j', ''])
  expect(typed('g', 'g')).toEqual([null, 'g'])
  expect(typed('x')).toEqual([null, ''])
})

test('a key is named as it is typed; modifiers alone are none', () => {
  const key = (name: string, held: Partial<KeyboardEvent> = {}) =>
    keyOf({ key: name, ctrlKey: false, metaKey: false, altKey: false, ...held })
  expect(key('?')).toBe('?')
  expect(key('K', { ctrlKey: true })).toBe('Mod+k')
  expect(key('k', { metaKey: true })).toBe('Mod+k')
  expect(key('Shift')).toBeNull()
  expect(key('x', { altKey: true })).toBeNull()
  expect(keyNames('Mod+k', true)).toEqual(['⌘ K'])
  expect(keyNames('g ArrowLeft', false)).toEqual(['g', '←'])
})

test('commands are found by the words of their names', () => {
  const named = ['Go to Runs', 'Compare the chosen runs', 'Runs that failed'].map(name => ({ name }))
  expect(foundBy('runs', named).map(({ name }) => name)).toEqual([
    'Runs that failed',
    'Go to Runs',
    'Compare the chosen runs',
  ])
  expect(foundBy('the RUNS', named)).toEqual([named[1]])
  expect(foundBy('', named)).toEqual(named)
})
