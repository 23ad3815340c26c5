import { expect, test } from 'vitest'
import { RandomStream } from '../../base/random.ts'
import { nearestRows } from './nearest-rows.ts'
import { fitNearness, umapLayout } from './umap-layout.ts'

test.each([
  // As umap-learn 0.5 finds them with a spread of 1.
  [0, 1.932, 0.7905],
  [0.1, 1.577, 0.8951],
  [0.5, 0.583, 1.334],
])('the curve of the least distance %d', (minDist, a, b) => {
  const found = fitNearness(minDist)
  expect(found.a).toBeCloseTo(a, 2)
  expect(found.b).toBeCloseTo(b, 3)
})

/** Two groups of rows that are far apart, laid out from a start that mixes them. */
async function twoGroups(seed: number): Promise<Float64Array> {
  const stream = new RandomStream(seed)
  const values = Float64Array.from({ length: 40 * 3 }, (_, i) => stream.uniform(i) + (i < 60 ? 0 : 50))
  const points = Float64Array.from({ length: 80 }, (_, i) => 10 * stream.uniform(1000 + i))
  let drawn = 2000
  const near = await nearestRows({ values, width: 3 }, 5)
  await umapLayout(near, { minDist: 0.1, points, random: () => stream.uniform(drawn++) })
  return points
}

test('rows that are near lie near, and groups lie apart', async () => {
  const points = await twoGroups(1)
  const distance = (i: number, j: number): number =>
    Math.hypot(points[2 * i]! - points[2 * j]!, points[2 * i + 1]! - points[2 * j + 1]!)
  const nearestOf = (i: number): number =>
    [...Array(40).keys()].filter(j => j !== i).toSorted((a, b) => distance(i, a) - distance(i, b))[0]!
  for (let i = 0; i < 40; i++) expect(nearestOf(i) < 20).toBe(i < 20)
  expect(await twoGroups(1)).toEqual(points)
})

test('copies of one row do not break it, and an aborted signal ends it', async () => {
  const near = await nearestRows({ values: new Float64Array(20), width: 1 }, 4)
  const stream = new RandomStream(3)
  const points = Float64Array.from({ length: 40 }, (_, i) => stream.uniform(i))
  let drawn = 40
  const options = { minDist: 0.1, points, random: () => stream.uniform(drawn++) }
  await umapLayout(near, options)
  expect(points.every(Number.isFinite)).toBe(true)
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(umapLayout(near, { ...options, signal })).rejects.toThrow('enough')
})
