import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RandomStream } from '../../base/random.ts'
import { nearestRows } from './nearest-rows.ts'

test('the same as sorting all distances, of equal ones the first row first', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 })), {
        minLength: 4,
        maxLength: 30,
      }),
      async points => {
        const { indices, distances } = await nearestRows({ values: points.flat(), width: 2 }, 3)
        points.forEach(([x, y], i) => {
          const sorted = points
            .map(([u, v], j) => ({ j, distance: Math.sqrt((x - u) ** 2 + (y - v) ** 2) }))
            .filter(({ j }) => j !== i)
            .sort((a, b) => a.distance - b.distance || a.j - b.j)
            .slice(0, 3)
          expect([...indices.subarray(3 * i, 3 * i + 3)]).toEqual(sorted.map(({ j }) => j))
          expect([...distances.subarray(3 * i, 3 * i + 3)]).toEqual(sorted.map(({ distance }) => distance))
        })
      },
    ),
  )
})

test('says how far it is, and stops where its signal is aborted', async () => {
  const stream = new RandomStream(1)
  const values = Float64Array.from({ length: 3000 }, (_, i) => stream.uniform(i))
  const shares: number[] = []
  await nearestRows({ values, width: 1 }, 2, { onProgress: share => shares.push(share) })
  expect(shares.length).toBeGreaterThan(0)
  expect(shares.every((share, i) => share > (shares[i - 1] ?? 0) && share <= 1)).toBe(true)
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(nearestRows({ values, width: 1 }, 2, { signal })).rejects.toThrow('enough')
})
