import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { goodTrials } from './good-trials.ts'

const losses = (objectives: number) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: objectives, maxLength: objectives }), {
    minLength: 1,
    maxLength: 15,
  })

const dominates = (one: readonly number[], other: readonly number[]): boolean =>
  one.every((loss, i) => loss <= other[i]!) && one.some((loss, i) => loss < other[i]!)

describe('good trials', () => {
  test('with one objective are those with the least loss, the earlier of equal ones', () => {
    expect(goodTrials([[3], [1], [2], [1]], 3)).toEqual([1, 3, 2])
    expect(goodTrials([[3], [1]], 5)).toEqual([0, 1])
  })

  test('with several are those that no other dominates', () => {
    const front = [
      [0, 4],
      [1, 1],
      [4, 0],
    ]
    expect(goodTrials([[5, 5], ...front, [1, 2]], 3).toSorted()).toEqual([1, 2, 3])
    expect(goodTrials([[5, 5], ...front, [1, 2]], 4).toSorted()).toEqual([1, 2, 3, 4])
  })

  test('of a front that is too long dominate the largest volume together', () => {
    const front = [
      [0, 10],
      [5, 5],
      [5.1, 4.9],
      [10, 0],
    ]
    expect(goodTrials(front, 1)).toEqual([1])
    expect(goodTrials(front, 3).toSorted()).toEqual([0, 1, 3])
  })

  test('are as many as asked for, and none of the others dominates one of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }).chain(losses), fc.nat({ max: 16 }), (all, count) => {
        const good = goodTrials(all, count)
        expect(new Set(good).size).toBe(Math.min(count, all.length))
        for (const [place, loss] of all.entries()) {
          if (!good.includes(place)) expect(good.some(one => dominates(loss, all[one]!))).toBe(false)
        }
      }),
    )
  })
})
