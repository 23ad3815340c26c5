import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hypervolume, nondominated, paretoFront } from './pareto.ts'

const losses = (objectives: number) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: objectives, maxLength: objectives }), {
    minLength: 1,
    maxLength: 15,
  })

const dominates = (one: readonly number[], other: readonly number[]): boolean =>
  one.every((loss, i) => loss <= other[i]!) && one.some((loss, i) => loss < other[i]!)

test('a front is what comparing all pairs leaves, in the same order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }).chain(losses), points => {
      const front = points.filter(point => !points.some(other => dominates(other, point)))
      expect(nondominated(points, point => point)).toEqual(front)
    }),
  )
})

test('models of which neither costs nor errs less than the other are both on the front', () => {
  const models = [
    { name: 'a', accuracy: 0.9, cost: 10 },
    { name: 'b', accuracy: 0.9, cost: 10 },
    { name: 'c', accuracy: 0.8, cost: 10 },
  ]
  expect(paretoFront(models).map(({ name }) => name)).toEqual(['a', 'b'])
})

test('a hypervolume is what counting cells gives', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }).chain(losses), points => {
      const limit = points[0]!.map(() => 8)
      const cells = limit.reduce<number[][]>(
        list => list.flatMap(cell => Array.from({ length: 8 }, (_, i) => [...cell, i])),
        [[]],
      )
      const covered = cells.filter(cell => points.some(point => point.every((loss, i) => loss <= cell[i]!)))
      expect(hypervolume(points, limit)).toBeCloseTo(covered.length, 9)
    }),
  )
})
