import { describe, expect, test } from 'vitest'
import { median } from '../../base/maths.ts'
import type { ParameterValues } from '../../protocol/study.ts'
import { choice, logUniform, uniform, when } from '../distributions/index.ts'
import type { Space } from '../space.ts'
import { gaussianProcess, random, type SamplerSpec, suggest } from './index.ts'
import type { Observation } from './sampler.ts'

function searched(
  space: Space,
  trialOf: (parameters: ParameterValues, trial: number) => Omit<Observation, 'parameters'>,
  { sampler = gaussianProcess() as SamplerSpec, seed = 1, trials = 25 } = {},
): readonly Observation[] {
  const observations: Observation[] = []
  for (let trial = 0; trial < trials; trial++) {
    const parameters = suggest({ space, observations, seed, trial }, sampler)!
    observations.push({ parameters, ...trialOf(parameters, trial) })
  }
  return observations
}

const measured = (...losses: readonly number[]) => ({ losses, epochs: 1, hasFailed: false })
const least = (observations: readonly Observation[]): number =>
  Math.min(...observations.flatMap(({ losses }) => losses?.[0] ?? []))

describe('gaussianProcess', () => {
  const space = { rate: logUniform(1e-4, 1), drop: uniform(0, 1), kind: choice(['x', 'y']) }
  const lossOf = ({ rate, drop, kind }: ParameterValues): number =>
    (Math.log10(Number(rate)) + 1.7) ** 2 + (Number(drop) - 0.2) ** 2 + (kind === 'y' ? 0 : 0.5)

  test('finds far better points than random ones', () => {
    const bests = (sampler: SamplerSpec): readonly number[] =>
      [1, 2].map(seed => least(searched(space, point => measured(lossOf(point)), { sampler, seed })))
    expect(median(bests(gaussianProcess()))).toBeLessThan(0.1 * median(bests(random())))
  })

  test('proposes points further apart if it sees those that are being trained', () => {
    const done = searched(space, point => measured(lossOf(point)), { trials: 14 })
    const range = (isSeen: boolean): number => {
      const observations = [...done]
      const rates: number[] = []
      for (let trial = 14; trial < 20; trial++) {
        const parameters = suggest({ space, observations, seed: 1, trial }, gaussianProcess())!
        rates.push(Math.log10(Number(parameters.rate)))
        if (isSeen) observations.push({ parameters, losses: null, epochs: 0, hasFailed: false })
      }
      return Math.max(...rates) - Math.min(...rates)
    }
    expect(range(true)).toBeGreaterThan(5 * range(false))
  })

  test('keeps away from where trials fail', () => {
    const trials = searched({ a: uniform(0, 1) }, ({ a }) =>
      Number(a) > 0.6 ? { losses: null, epochs: 0, hasFailed: true } : measured(-Number(a)),
    )
    expect(trials.slice(12).filter(({ hasFailed }) => hasFailed).length).toBeLessThan(6)
    expect(least(trials)).toBeLessThan(-0.55)
  })

  test('learns from trials that stopped early what more epochs would give', () => {
    // After one epoch the loss is greater by 2, so that without the epochs as a coordinate these would look bad.
    const trials = searched({ a: uniform(0, 1) }, ({ a }, trial) => {
      const epochs = trial % 3 === 0 ? 9 : 1
      return { losses: [(Number(a) - 0.75) ** 2 + (epochs === 1 ? 2 : 0)], epochs, hasFailed: false }
    })
    const late = trials.slice(17).map(({ parameters }) => Number(parameters.a))
    expect(Math.abs(median(late) - 0.75)).toBeLessThan(0.03)
  })

  test('with several objectives and a condition finds points of the front between them', () => {
    const trials = searched(
      { kind: choice(['x', 'y']), a: when({ kind: 'y' }, uniform(0, 1)) },
      ({ kind, a }) => (kind === 'x' ? measured(3, 3) : measured(Number(a) ** 2, (Number(a) - 1) ** 2)),
    )
    const late = trials.slice(12)
    expect(late.filter(({ parameters }) => parameters.kind === 'y').length).toBeGreaterThan(10)
    const values = late.flatMap(({ parameters: { a } }) => (a === undefined ? [] : [Number(a)]))
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.4)
  })
})
