import { describe, expect, test } from 'vitest'
import { maskBits, normalNumber, RandomStream, threefry } from './random.ts'

describe('threefry', () => {
  // The known answers that Random123 ships for threefry2x32, 20 rounds.
  test.each([
    { key: [0, 0], counter: [0, 0], words: [0x6b200159, 0x99ba4efe] },
    { key: [0xffffffff, 0xffffffff], counter: [0xffffffff, 0xffffffff], words: [0x1cb996fc, 0xbb002be7] },
    { key: [0x13198a2e, 0x03707344], counter: [0x243f6a88, 0x85a308d3], words: [0xc4923a9c, 0x483df7a0] },
  ] as const)('enciphers $counter under $key', ({ key, counter, words }) => {
    expect(threefry(key, counter)).toEqual(words)
  })

  // And those for 13 rounds.
  test.each([
    { key: [0, 0], counter: [0, 0], words: [0x9d1c5ec6, 0x8bd50731] },
    { key: [0xffffffff, 0xffffffff], counter: [0xffffffff, 0xffffffff], words: [0xfd36d048, 0x2d17272c] },
    { key: [0x13198a2e, 0x03707344], counter: [0x243f6a88, 0x85a308d3], words: [0xba3e4725, 0xf27d669e] },
  ] as const)('enciphers $counter under $key in 13 rounds', ({ key, counter, words }) => {
    expect(threefry(key, counter, 13)).toEqual(words)
  })
})

describe('RandomStream', () => {
  test('streams of different names and seeds differ, the same ones agree', () => {
    const draw = (seed: number, name: string) => new RandomStream(seed).split(name).uniform(7)
    expect(draw(1, 'shuffle')).toBe(draw(1, 'shuffle'))
    expect(
      new Set([draw(1, 'shuffle'), draw(1, 'dropout'), draw(2, 'shuffle'), draw(2 ** 40, 'shuffle')]).size,
    ).toBe(4)
  })

  test('uniform numbers have the mean and variance of U(0, 1)', () => {
    const stream = new RandomStream(3)
    const n = 20_000
    const draws = Array.from({ length: n }, (_, i) => stream.uniform(i))
    const mean = draws.reduce((sum, x) => sum + x, 0) / n
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n))
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n))
  })

  test('a permutation holds every number once and moves most of them', () => {
    const order = new RandomStream(1).permutation(1000)
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect(order.filter((value, i) => value === i).length).toBeLessThan(10)
  })

  test.each([-1, 1.5, Number.NaN, 2 ** 60])('the seed %s is refused', seed => {
    expect(() => new RandomStream(seed)).toThrow('A seed must be a whole number of at least 0')
  })
})

test('mask bits of a block of 64 come from 16 counters, four halves of words each', () => {
  const key = new RandomStream(9).key
  const [first, second] = threefry(key, [16 + 3, 5], 13)
  const bits = [3, 19, 35, 51].map(i => maskBits(key, 64 + i, 5))
  expect(bits).toEqual([first >>> 16, first & 0xffff, second >>> 16, second & 0xffff])
})

test('two normal numbers come from a counter, and agree with the formula', () => {
  const key = new RandomStream(9).key
  const [first, second] = threefry(key, [35, 5])
  const radius = Math.sqrt(-2 * Math.log(((first >>> 8) + 1) / 2 ** 24))
  const angle = (2 * Math.PI * (second >>> 8)) / 2 ** 24
  expect(normalNumber(key, 67, 5)).toBeCloseTo(radius * Math.cos(angle), 12)
  expect(normalNumber(key, 83, 5)).toBeCloseTo(radius * Math.sin(angle), 12)
})
