import { expect, test } from 'vitest'
import { isCounts } from '../protocol/histogram.ts'
import { countsOf, isCounted } from './histograms.ts'

test('numbers are counted in 32 bins between the least and the largest', () => {
  const values = Float32Array.from({ length: 320 }, (_, i) => i / 319)
  const { kernel, bias } = countsOf(
    new Map([
      ['kernel', values],
      ['bias', new Float32Array(10)],
    ]),
  )
  expect(kernel).toEqual({ low: 0, high: 1, counts: Array(32).fill(10) })
  expect(bias).toEqual({ low: 0, high: 0, counts: [10, ...Array(31).fill(0)] })
})

test('of a large array a part is counted; one with a number that is not finite is left out', () => {
  const large = new Float32Array(1_000_000).map((_, i) => (i % 7) - 3)
  const broken = Float32Array.of(1, Number.NaN, 2)
  const found = countsOf(
    new Map([
      ['large', large],
      ['broken', broken],
      ['endless', Float32Array.of(Infinity)],
    ]),
  )
  expect(Object.keys(found)).toEqual(['large'])
  const { low, high, counts } = found.large!
  expect([low, high]).toEqual([-3, 3])
  const all = counts.reduce((sum, count) => sum + count, 0)
  expect(all).toBeGreaterThan(60_000)
  expect(all).toBeLessThanOrEqual(65_536)
})

test('at most about 60 epochs of a run are counted, the first and the last among them', () => {
  const counted = (epochs: number) => [...Array(epochs).keys()].filter(epoch => isCounted(epoch, epochs))
  expect(counted(3)).toEqual([0, 1, 2])
  for (const epochs of [1, 59, 61, 1000]) {
    const found = counted(epochs)
    expect([found[0], found.at(-1)]).toEqual([0, epochs - 1])
    expect(found.length).toBeLessThanOrEqual(61)
  }
})

test('what comes from elsewhere is checked', () => {
  const sound = { low: -1, high: 1, counts: Array(32).fill(1) }
  expect(isCounts({ a: sound })).toBe(true)
  expect(isCounts({})).toBe(true)
  for (const bad of [
    null,
    [],
    { a: null },
    { a: { ...sound, low: 2 } },
    { a: { ...sound, high: Number.NaN } },
    { a: { ...sound, counts: [1] } },
    { a: { ...sound, counts: Array(32).fill(-1) } },
  ])
    expect(isCounts(bad)).toBe(false)
})
