import { describe, expect, test } from 'vitest'
import { type SeedSimulation, simulatedSeeds } from '../../../test/support/simulated-seeds.ts'
import { mean, statisticOf } from '../../base/maths.ts'
import { selectedDifference, selectedOf } from './selection.ts'
import { studentQuantile } from './uncertainty.ts'

const REPETITIONS = 1500

/** Many tables of values, each with a list for each candidate. */
function tables(simulation: SeedSimulation): number[][][] {
  return Array.from({ length: REPETITIONS }, (_, repetition) => simulatedSeeds(simulation, repetition))
}

const shareOf = (flags: readonly boolean[]): number => flags.filter(Boolean).length / flags.length

/** Three standard errors of a share of 5 %. */
const SLACK = 3 * Math.sqrt((0.05 * 0.95) / REPETITIONS)

const same = (count: number, value: number): number[] => Array<number>(count).fill(value)

describe.each<[string, SeedSimulation]>([
  ['four equal candidates, 5 seeds', { seeds: 5, means: same(4, 0), spreads: same(4, 1), common: 0 }],
  ['six equal candidates, 5 seeds', { seeds: 5, means: same(6, 0), spreads: same(6, 1), common: 0 }],
  ['seeds that matter to all alike', { seeds: 5, means: same(4, 0), spreads: same(4, 1), common: 0.6 }],
  ['two seeds', { seeds: 2, means: same(4, 0), spreads: same(4, 1), common: 0 }],
  ['three seeds', { seeds: 3, means: same(4, 0), spreads: same(4, 1), common: 0.3 }],
  ['one noisy candidate', { seeds: 5, means: same(4, 0), spreads: [3, 1, 1, 1], common: 0 }],
  ['a noisy starting point', { seeds: 5, means: same(4, 0), spreads: [1, 1, 1, 3], common: 0 }],
  [
    'a better candidate that varies less',
    { seeds: 5, means: [0.3, 0, 0, 0], spreads: [0.3, 1, 1, 1], common: 0 },
  ],
  ['two candidates, ten seeds', { seeds: 10, means: same(2, 0), spreads: same(2, 1), common: 0 }],
])('%s', (_, simulation) => {
  const all = tables(simulation)
  const start = simulation.means.length - 1

  test('the interval holds the true mean of the one that was chosen', () => {
    const holds = all.map(values => {
      const { place, estimate } = selectedOf(values)
      const truth = simulation.means[place]!
      return estimate!.low <= truth && truth <= estimate!.high
    })
    expect(shareOf(holds)).toBeGreaterThan(0.95 - SLACK)
  })

  test('the interval of the difference holds the true one, and equal candidates are not called better', () => {
    const found = all.map(values => {
      const others = values.slice(0, start).map(mean)
      const truth = simulation.means[others.indexOf(Math.max(...others))]! - simulation.means[start]!
      const { low, high } = selectedDifference(values, start)!
      return { holds: low <= truth && truth <= high, isWrong: low > 0 && truth <= 0 }
    })
    expect(shareOf(found.map(({ holds }) => holds))).toBeGreaterThan(0.95 - SLACK)
    expect(shareOf(found.map(({ isWrong }) => isWrong))).toBeLessThan(0.025 + SLACK)
  })
})

test('a t interval that ignores the choice among six is wrong in more than a tenth of cases', () => {
  const all = tables({ seeds: 5, means: same(6, 0), spreads: same(6, 1), common: 0 })
  const holds = all.map(values => {
    const chosen = statisticOf(values[selectedOf(values).place]!)
    return Math.abs(chosen.mean) <= (studentQuantile(4) * chosen.std) / Math.sqrt(5)
  })
  expect(shareOf(holds)).toBeLessThan(0.9)
})

test('a difference of three standard deviations is found with five seeds', () => {
  const all = tables({ seeds: 5, means: [3, 2.5, 2, 0], spreads: same(4, 1), common: 0 })
  expect(shareOf(all.map(values => selectedDifference(values, 3)!.low > 0))).toBeGreaterThan(0.9)
})

test('one candidate beside the starting point: the paired t interval', () => {
  // Differences 1, 2, 3: mean 2, standard error 1 / √3, t of 2 degrees of freedom.
  const {
    mean: centre,
    low,
    high,
  } = selectedDifference(
    [
      [2, 4, 6],
      [1, 2, 3],
    ],
    1,
  )!
  expect(centre).toBe(2)
  expect(high - 2).toBeCloseTo(studentQuantile(2) / Math.sqrt(3), 9)
  expect(2 - low).toBeCloseTo(high - 2, 9)
})

test('one candidate alone: its own t interval', () => {
  const { place, estimate } = selectedOf([[1, 2, 3]])
  expect(place).toBe(0)
  expect(estimate!.high - 2).toBeCloseTo(studentQuantile(2) / Math.sqrt(3), 9)
  expect(estimate!.low + estimate!.high).toBeCloseTo(4, 9)
})

test('one seed has no spread', () => {
  expect(selectedOf([[1], [2]])).toEqual({ place: 1, estimate: null })
  expect(selectedDifference([[1], [2]], 0)).toBeNull()
})

test('values without any spread are exact', () => {
  const values = [
    [5, 5],
    [3, 3],
  ]
  expect(selectedOf(values).estimate).toEqual({ mean: 5, low: 5, high: 5 })
  expect(selectedDifference(values, 1)).toEqual({ mean: 2, low: 2, high: 2 })
})
