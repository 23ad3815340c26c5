import { describe, expect, test } from 'vitest'
import { mean, median } from '../../base/maths.ts'
import type { ParameterValues } from '../../protocol/study.ts'
import { choice, uniform, when } from '../distributions/index.ts'
import type { Space } from '../space.ts'
import { random, type SamplerSpec, suggest, tpe } from './index.ts'
import type { Observation } from './sampler.ts'

/** A search in which each trial has its result before the next is asked for; `null`: the trial failed. */
function searched(
  space: Space,
  lossesOf: (parameters: ParameterValues) => readonly number[] | null,
  { sampler = tpe() as SamplerSpec, seed = 1, trials = 60 } = {},
): readonly Observation[] {
  const observations: Observation[] = []
  for (let trial = 0; trial < trials; trial++) {
    const parameters = suggest({ space, observations, seed, trial }, sampler)!
    const losses = lossesOf(parameters)
    observations.push({ parameters, losses, epochs: 1, hasFailed: losses === null })
  }
  return observations
}

const least = (observations: readonly Observation[]): number =>
  Math.min(...observations.map(({ losses }) => losses![0]!))

describe('tpe', () => {
  const space = {
    a: uniform(-1, 2),
    b: uniform(0, 5),
    kind: choice(['x', 'y', 'z']),
    c: when({ kind: 'y' }, uniform(0, 1)),
  }
  const lossOf = ({ a, b, kind, c = 0 }: ParameterValues): number =>
    (Number(a) - 0.3) ** 2 + (Number(b) - 4) ** 2 + (kind === 'y' ? Number(c) : 2)

  test('finds better points than random ones, also where a parameter has a condition', () => {
    const bests = (sampler: SamplerSpec): readonly number[] =>
      Array.from({ length: 9 }, (_, seed) =>
        least(searched(space, point => [lossOf(point)], { sampler, seed })),
      )
    expect(median(bests(tpe()))).toBeLessThan(0.5 * median(bests(random())))
  })

  const cube = { a: uniform(0, 1), b: uniform(0, 1), c: uniform(0, 1) }
  const bowl = ({ b, c }: ParameterValues): number => (Number(b) - 0.3) ** 2 + (Number(c) - 0.7) ** 2
  const seeds = [0, 1, 2, 3, 4, 5]

  test('keeps away from where trials fail', () => {
    const shares = seeds.map(seed => {
      const trials = searched(cube, point => (Number(point.a) > 0.5 ? null : [bowl(point)]), { seed })
      return trials.slice(20).filter(({ hasFailed }) => hasFailed).length / 40
    })
    // Half of the space fails.
    expect(mean(shares)).toBeLessThan(0.35)
  })

  test('keeps away from trials that are being trained', () => {
    const space = { a: uniform(0, 1) }
    const trial = (a: number, losses: readonly number[] | null): Observation => ({
      parameters: { a },
      losses,
      epochs: 1,
      hasFailed: false,
    })
    const done = Array.from({ length: 30 }, (_, i) => trial(i / 30, [Math.abs(i / 30 - 0.5)]))
    const running = [0.485, 0.495, 0.505, 0.515].map(a => trial(a, null))
    const distance = (observations: readonly Observation[]): number =>
      mean(
        Array.from({ length: 20 }, (_, seed) =>
          Math.abs(Number(suggest({ space, observations, seed, trial: 40 }, tpe())!.a) - 0.5),
        ),
      )
    expect(distance([...done, ...running])).toBeGreaterThan(4 * distance(done))
  })

  test('with several objectives finds the front between them', () => {
    const trials = searched(
      { a: uniform(0, 1), b: uniform(0, 1) },
      ({ a, b }) => [Number(a) ** 2 + Number(b), (Number(a) - 1) ** 2 + Number(b)],
      { trials: 80 },
    )
    // The front is b = 0 with any a.
    const late = trials.slice(40)
    expect(median(late.map(({ parameters }) => Number(parameters.b)))).toBeLessThan(0.2)
    const firsts = late.map(({ parameters }) => Number(parameters.a))
    expect(Math.min(...firsts)).toBeLessThan(0.25)
    expect(Math.max(...firsts)).toBeGreaterThan(0.75)
  })
})
