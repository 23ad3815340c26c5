import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RandomStream } from '../base/random.ts'
import { epochOrder } from './loader.ts'

test('every epoch visits every index once', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(), { maxLength: 100 }),
      fc.nat(),
      fc.nat(1000),
      (indices, seed, epoch) => {
        const order = epochOrder(Int32Array.from(indices), new RandomStream(seed), epoch)
        expect([...order].sort((a, b) => a - b)).toEqual([...indices].sort((a, b) => a - b))
      },
    ),
  )
})

test('the order depends on seed and epoch only, whatever was asked before', () => {
  const indices = Int32Array.from({ length: 1000 }, (_, i) => i)
  const stream = new RandomStream(7).split('shuffle')
  const third = epochOrder(indices, stream, 3)
  epochOrder(indices, stream, 0)
  expect(epochOrder(indices, new RandomStream(7).split('shuffle'), 3)).toEqual(third)
  expect(epochOrder(indices, stream, 4)).not.toEqual(third)
  expect(epochOrder(indices, new RandomStream(8).split('shuffle'), 3)).not.toEqual(third)
})
