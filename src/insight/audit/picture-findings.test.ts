import { expect, test } from 'vitest'
import { type LookedAt, pictureFindings, SEEN_SIDE } from './picture-findings.ts'

/** A gradient whose place depends on `seed`: pictures of different seeds differ widely. */
function pixelsOf(seed: number, shift = 0): Uint8Array {
  return Uint8Array.from({ length: SEEN_SIDE * SEEN_SIDE * 3 }, (_, i) => ((i * (seed + 3)) % 199) + shift)
}

const one = (id: string, seed: number, more: Partial<LookedAt> = {}): LookedAt => ({
  id,
  width: 100,
  height: 100,
  pixels: pixelsOf(seed),
  unreadable: null,
  ...more,
})

const many = (name: string, count: number, from: number): LookedAt[] =>
  Array.from({ length: count }, (_, i) => one(`${name}/${i}`, from + i))

test('enough different pictures of two classes leave nothing to say', () => {
  const classes = [
    { name: 'cat', pictures: many('cat', 12, 0) },
    { name: 'dog', pictures: many('dog', 14, 20) },
  ]
  expect(pictureFindings(classes)).toEqual([])
})

test('counts: one class, classes that cannot be tested, few pictures, uneven ones', () => {
  const of = (...counts: number[]) =>
    pictureFindings(counts.map((count, k) => ({ name: `c${k}`, pictures: many(`c${k}`, count, 30 * k) })))
  expect(of().map(({ kind }) => kind)).toEqual(['classes'])
  expect(of(12).map(({ kind, severity }) => [kind, severity])).toEqual([['classes', 'error']])
  expect(of(12, 1, 0).map(({ text }) => text)).toEqual([
    'A class needs two pictures at least, one to learn and one to test: c1 (1) and c2 (0).',
  ])
  expect(of(9, 25).map(({ kind }) => kind)).toEqual(['few', 'uneven'])
  expect(of(9, 25)[1]!.text).toContain('c1 has 2.8 times as many pictures as c0')
})

test('what cannot be read is named and counts for nothing', () => {
  const broken = one('cat/x', 0, { pixels: null, unreadable: 'it is empty.' })
  const [few, unreadable] = pictureFindings([
    { name: 'cat', pictures: [...many('cat', 9, 0), broken] },
    { name: 'dog', pictures: many('dog', 12, 30) },
  ])
  expect(few!.text).toContain('cat (9)')
  expect(unreadable).toMatchObject({ kind: 'unreadable', pictures: ['cat/x'] })
  expect(unreadable!.text).toContain('such as cat/x: it is empty.')
})

test('copies: in one class, in two, and nearly alike', () => {
  const found = pictureFindings([
    {
      name: 'cat',
      pictures: [...many('cat', 12, 0), one('cat/again', 3), one('cat/near', 0, { pixels: pixelsOf(5, 2) })],
    },
    { name: 'dog', pictures: [...many('dog', 12, 30), one('dog/torn', 7)] },
  ])
  expect(found.map(({ kind, severity, pictures }) => [kind, severity, pictures])).toEqual([
    ['torn', 'error', ['cat/7', 'dog/torn']],
    ['copies', 'warning', ['cat/again']],
    ['alike', 'warning', ['cat/near']],
  ])
})

test('a single colour, small pictures and odd shapes are notes', () => {
  const odd = [
    one('cat/blank', 0, { pixels: new Uint8Array(SEEN_SIDE * SEEN_SIDE * 3).fill(250) }),
    one('cat/small', 70, { width: 16, height: 16 }),
    one('cat/wide', 71, { width: 900, height: 100 }),
  ]
  const found = pictureFindings([
    { name: 'cat', pictures: [...many('cat', 12, 0), ...odd] },
    { name: 'dog', pictures: many('dog', 12, 30) },
  ])
  expect(found.map(({ kind, pictures }) => [kind, pictures])).toEqual([
    ['blank', ['cat/blank']],
    ['small', ['cat/small']],
    ['shape', ['cat/wide']],
  ])
})

test('a class of one recording is tested on what it learned', () => {
  const frames = Array.from({ length: 12 }, (_, i) => one(`cat/camera-20261130093000-${100 + i}.jpg`, i))
  const classes = [
    { name: 'cat', pictures: frames },
    { name: 'dog', pictures: many('dog', 12, 30) },
  ]
  expect(pictureFindings(classes).map(({ kind, text }) => [kind, text.slice(0, 41)])).toEqual([
    ['recording', 'cat: all pictures are of one recording, s'],
  ])
})
