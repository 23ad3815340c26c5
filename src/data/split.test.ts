import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stratifiedSplit, validationSplit } from './split.ts'

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

test('stratifiedSplit is a partition of the right size, within one example of each class', () => {
  fc.assert(
    fc.property(problem, ({ labels, fraction, seed }) => {
      const { train, validation } = stratifiedSplit(labels, { fraction, seed, classCount: 7 })
      const all = [...train, ...validation].sort((a, b) => a - b)
      expect(all).toEqual([...labels.keys()])
      expect(Math.abs(validation.length - labels.length * fraction)).toBeLessThanOrEqual(0.5 + 1e-9)
      for (let label = 0; label < 7; label++) {
        const size = labels.filter(other => other === label).length
        const heldOut = validation.filter(i => labels[i] === label).length
        expect(Math.abs(heldOut - size * fraction)).toBeLessThanOrEqual(1)
      }
    }),
  )
})

test('stratifiedSplit depends on its seed and on nothing else', () => {
  const labels = Int32Array.from({ length: 200 }, (_, i) => i % 4)
  const split = (seed: number) => stratifiedSplit(labels, { fraction: 0.25, seed, classCount: 4 })
  expect(split(1)).toEqual(split(1))
  expect(split(1)).not.toEqual(split(2))
})
