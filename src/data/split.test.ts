import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RandomStream } from '../base/random.ts'
import { lastAreFair, stratifiedSplit, validationSplit } from './split.ts'

test('validationSplit takes the last examples, as Keras does', () => {
  const { train, validation } = validationSplit(10, 0.2)
  expect([...train]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect([...validation]).toEqual([8, 9])
  // ⌊n · (1 − f)⌋ in floating point, as Python computes it.
  expect(validationSplit(60_000, 0.2).train.length).toBe(48_000)
  expect(validationSplit(60_000, 0.1).train.length).toBe(54_000)
  expect(validationSplit(11, 0.3).train.length).toBe(7)
})

test('validationSplit refuses to leave a side empty', () => {
  expect(() => validationSplit(10, 0)).toThrow('Holding out 0 of 10 examples leaves none to validate on.')
  expect(() => validationSplit(3, 0.9)).toThrow('Holding out 0.9 of 3 examples leaves none to train on.')
})

const problem = fc.record({
  labels: fc.array(fc.nat(6), { minLength: 1, maxLength: 300 }).map(labels => Int32Array.from(labels)),
  fraction: fc.double({ min: 0, max: 1, noNaN: true }),
  seed: fc.nat(),
})

test('stratifiedSplit is a partition, within one example of each class, with every class on both sides', () => {
  fc.assert(
    fc.property(problem, ({ labels, fraction, seed }) => {
      const { train, validation } = stratifiedSplit(labels, { fraction, seed, classCount: 7 })
      const all = [...train, ...validation].sort((a, b) => a - b)
      expect(all).toEqual([...labels.keys()])
      const isPart = fraction > 0 && fraction < 1
      let small = 0
      for (let label = 0; label < 7; label++) {
        const size = labels.filter(other => other === label).length
        const heldOut = validation.filter(i => labels[i] === label).length
        expect(Math.abs(heldOut - size * fraction)).toBeLessThanOrEqual(1)
        if (isPart && size >= 2) expect(heldOut).toBeGreaterThan(0)
        if (isPart && size >= 1) expect(heldOut).toBeLessThan(size)
        if (isPart && (size * fraction < 1 || size * (1 - fraction) < 1)) small++
      }
      expect(Math.abs(validation.length - labels.length * fraction)).toBeLessThanOrEqual(0.5 + small + 1e-9)
    }),
  )
})

test('lastAreFair: shuffled examples are, sorted ones are not, whichever way they are sorted', () => {
  const shuffled = new RandomStream(1).permutation(1000).map(i => i % 5)
  const fair = (labels: readonly number[] | Int32Array) =>
    lastAreFair(Int32Array.from(labels), { fraction: 0.2, classCount: 6 })
  expect(fair(shuffled)).toBe(true)
  expect(fair(shuffled.toSorted())).toBe(false)
  expect(fair(shuffled.toSorted().reverse())).toBe(false)
  // Two sorted halves, one after the other.
  expect(fair([...shuffled.subarray(0, 500).toSorted(), ...shuffled.subarray(500).toSorted()])).toBe(false)
  // Sorted but for one example of each class at the end.
  expect(fair([...shuffled.toSorted(), 0, 1, 2, 3, 4])).toBe(false)
  // A class that came late: all its examples, or nearly all of them, would be held out.
  expect(fair([...shuffled, 5, 5, 5])).toBe(false)
  expect(fair([5, ...shuffled, ...Array(60).fill(5)])).toBe(false)
  // A class that came first.
  expect(fair([5, 5, ...shuffled])).toBe(false)
  // One example cannot be on both sides: it is trained on.
  expect(fair([5, ...shuffled])).toBe(true)
})

test('a random order is called unfair less than once in a thousand draws', () => {
  const stream = new RandomStream(2)
  let unfair = 0
  for (let draw = 0; draw < 1000; draw++) {
    const labels = stream
      .split(`${draw}`)
      .permutation(300)
      .map(i => i % 3)
    if (!lastAreFair(labels, { fraction: 0.2, classCount: 3 })) unfair++
  }
  expect(unfair).toBeLessThanOrEqual(1)
})

test('stratifiedSplit depends on its seed and on nothing else', () => {
  const labels = Int32Array.from({ length: 200 }, (_, i) => i % 4)
  const split = (seed: number) => stratifiedSplit(labels, { fraction: 0.25, seed, classCount: 4 })
  expect(split(1)).toEqual(split(1))
  expect(split(1)).not.toEqual(split(2))
})
