import { expect, test } from 'vitest'
import { choose, kept, NONE, neighbour, neighbourTile } from './selection.ts'

const order = ['a', 'b', 'c', 'd', 'e']

test('a click selects one, with Ctrl one more or less, with Shift all up to it', () => {
  let now = choose(NONE, order, 'b', 'only')
  now = choose(now, order, 'd', 'range')
  expect([...now.ids]).toEqual(['b', 'c', 'd'])
  // The range begins where it began.
  now = choose(now, order, 'a', 'range')
  expect([...now.ids]).toEqual(['a', 'b'])
  now = choose(now, order, 'e', 'toggle')
  now = choose(now, order, 'a', 'toggle')
  expect([...now.ids]).toEqual(['b', 'e'])
  expect([...choose(now, order, 'c', 'only').ids]).toEqual(['c'])
  expect([...choose(NONE, order, 'c', 'range').ids]).toEqual(['c'])
})

test('what was moved or removed is selected no longer, and a neighbour is next', () => {
  const some = { ids: new Set(['b', 'c']), anchor: 'b' }
  expect(kept(some, order)).toBe(some)
  expect(kept(some, ['a', 'c'])).toEqual({ ids: new Set(['c']), anchor: null })
  expect(neighbour(order, 'b', new Set(['b', 'c']))).toBe('d')
  expect(neighbour(order, 'e', new Set(['d', 'e']))).toBe('c')
  expect(neighbour(order, 'a', new Set(order))).toBe(null)
})

test('arrow keys go along rows and to the nearest tile above or below, also into another class', () => {
  // Three in a row and one below; then a class with two.
  const at = (left: number, top: number) => ({ left, top })
  const boxes = [at(0, 0), at(10, 0), at(20, 0), at(0, 10), at(0, 50), at(10, 50)]
  const go = (from: number, key: string): number => neighbourTile(boxes, from, key)
  expect([go(0, 'ArrowRight'), go(2, 'ArrowRight'), go(5, 'ArrowRight')]).toEqual([1, 3, 5])
  expect([go(0, 'ArrowLeft'), go(4, 'ArrowLeft')]).toEqual([0, 3])
  expect([go(2, 'ArrowDown'), go(3, 'ArrowDown'), go(5, 'ArrowDown')]).toEqual([3, 4, 5])
  expect([go(5, 'ArrowUp'), go(3, 'ArrowUp'), go(1, 'ArrowUp')]).toEqual([3, 0, 0])
  expect([go(3, 'Home'), go(3, 'End')]).toEqual([0, 5])
})
