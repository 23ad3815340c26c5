import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { choice, type Distribution, intRange, logUniform, uniform, when } from '../distributions/index.ts'
import { countPoints, pointKey, problemOf, type Space } from '../space.ts'
import { gaussianProcess, grid, random, type SamplerSpec, samplers, sobol, suggest, tpe } from './index.ts'
import type { Observation, Question } from './sampler.ts'

const SPECS: readonly SamplerSpec[] = [
  tpe({ startTrials: 3 }),
  gaussianProcess({ startTrials: 3 }),
  random(),
  sobol(),
  grid({ levels: 3 }),
]

test('every sampler is tested', () => {
  expect(SPECS.map(({ kind }) => kind).sort()).toEqual(Object.keys(samplers.definitions).sort())
})

const continuous: fc.Arbitrary<Distribution> = fc.constantFrom(uniform(-3, 0.5), logUniform(1e-5, 10))
const discrete: fc.Arbitrary<Distribution> = fc.constantFrom<Distribution>(
  intRange(8, 24, { step: 8 }),
  intRange(1, 4, { log: true }),
  choice(['relu', 'tanh', null]),
  choice([{ kind: 'adam' }, { kind: 'sgd', momentum: 0.9 }]),
)

/** The first parameter is a choice, with one value of which some others are there. */
const spaceOf = (distribution: fc.Arbitrary<Distribution>): fc.Arbitrary<Space> =>
  fc
    .array(fc.tuple(distribution, fc.boolean()), { maxLength: 3 })
    .map(list =>
      Object.fromEntries<Distribution>([
        ['depth', choice([1, 2])],
        ...list.map(([one, isConditional], i): [string, Distribution] => [
          `p${i}`,
          isConditional ? when({ depth: 2 }, one) : one,
        ]),
      ]),
    )

type Outcome = 'measured' | 'running' | 'failed' | 'no number'
const outcomes = fc.infiniteStream(
  fc.record({
    outcome: fc.constantFrom<Outcome>('measured', 'measured', 'measured', 'running', 'failed', 'no number'),
    losses: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true })),
    epochs: fc.integer({ min: 1, max: 9 }),
  }),
)

function observed(
  parameters: Observation['parameters'],
  { outcome, losses, epochs }: { outcome: Outcome; losses: readonly number[]; epochs: number },
  objectives: number,
): Observation {
  const measured = outcome === 'measured' ? losses.slice(0, objectives) : [Number.NaN, 1].slice(0, objectives)
  const isRunning = outcome === 'running'
  return { parameters, losses: isRunning ? null : measured, epochs, hasFailed: outcome === 'failed' }
}

describe.each(SPECS.map(spec => [spec.kind, spec] as const))('%s', (_, spec) => {
  test('proposes points of the space, the same ones to the same question', () => {
    const trials = 8
    fc.assert(
      fc.property(
        spaceOf(fc.oneof(continuous, discrete)),
        outcomes,
        fc.nat(),
        fc.constantFrom(1, 2),
        (space, stream, seed, objectives) => {
          const observations: Observation[] = []
          for (let trial = 0; trial < trials; trial++) {
            const question: Question = { space, observations, seed, trial }
            const point = suggest(question, spec)
            expect(suggest(structuredClone(question), spec)).toEqual(point)
            if (point === null) break
            expect(problemOf(space, point)).toBeNull()
            observations.push(observed(point, stream.next().value, objectives))
          }
        },
      ),
      { numRuns: 15 },
    )
  })

  test('proposes each point of a finite space once, and then nothing', () => {
    fc.assert(
      fc.property(spaceOf(discrete), outcomes, fc.nat(), (space, stream, seed) => {
        const points = countPoints(space)!
        const observations: Observation[] = []
        for (let trial = 0; trial < points; trial++) {
          const point = suggest({ space, observations, seed, trial }, spec)
          observations.push(observed(point!, stream.next().value, 1))
        }
        expect(new Set(observations.map(({ parameters }) => pointKey(parameters))).size).toBe(points)
        expect(suggest({ space, observations, seed, trial: points }, spec)).toBeNull()
      }),
      { numRuns: 5 },
    )
  })

  test('does not propose what you tried yourself', () => {
    const space = { units: choice([16, 32]) }
    const given: Observation = { parameters: { units: 32 }, losses: null, epochs: 1, hasFailed: false }
    expect(suggest({ space, observations: [given], seed: 1, trial: 1 }, spec)).toEqual({ units: 16 })
  })

  test('goes on in a narrower space as if trials outside of it had not been', () => {
    const space = { units: choice([16, 32]), rate: uniform(0, 1) }
    const trial = (units: number, rate: number): Observation => ({
      parameters: { units, rate },
      losses: [rate],
      epochs: 1,
      hasFailed: false,
    })
    const inside = Array.from({ length: 5 }, (_, i) => trial(i % 2 ? 16 : 32, i / 5))
    const outside = [trial(64, 0.5), trial(16, 2)]
    const ask = (observations: readonly Observation[]): unknown =>
      suggest({ space, observations, seed: 1, trial: 7 }, spec)
    expect(ask([...outside, ...inside])).toEqual(ask(inside))
    expect(problemOf(space, ask([...outside, ...outside, ...outside]) as never)).toBeNull()
  })

  test.each([
    ['the largest numbers', [1e308, -1e308, 1.7e308, 0, -1.7e308, 3]],
    ['the smallest numbers', [5e-324, 0, -5e-324, 1e-310, 0, 5e-324]],
  ])('ends with losses among %s', (_, values) => {
    const space = { rate: uniform(0, 1), units: intRange(8, 64, { step: 8 }), kind: choice(['a', 'b', 'c']) }
    for (const objectives of [1, 2]) {
      const observations: Observation[] = []
      for (const [trial, value] of values.entries()) {
        const parameters = suggest({ space, observations, seed: 3, trial }, spec)!
        expect(problemOf(space, parameters)).toBeNull()
        const losses = [value, values.at(-1 - trial)!].slice(0, objectives)
        observations.push({ parameters, losses, epochs: 1, hasFailed: false })
      }
    }
  })

  test('has values of whole numbers of a wide range', () => {
    const space = { units: intRange(1, 1e9) }
    const point = suggest({ space, observations: [], seed: 1, trial: 0 }, spec)
    expect(problemOf(space, point!)).toBeNull()
  })
})

test('other seeds and other trials give other points', () => {
  const space = { a: uniform(0, 1) }
  for (const spec of [tpe(), random(), sobol()]) {
    const points = [0, 1, 2].flatMap(seed =>
      [0, 1, 2].map(trial => suggest({ space, observations: [], seed, trial }, spec)!.a),
    )
    expect(new Set(points).size).toBe(9)
  }
})

describe('grid', () => {
  test('spreads levels on the scale of the parameter, the last parameter varying fastest', () => {
    const space = { rate: logUniform(1e-3, 1e-1), drop: uniform(0, 0.5) }
    const observations: Observation[] = []
    for (let trial = 0; trial < 9; trial++) {
      const parameters = suggest({ space, observations, seed: 1, trial }, grid({ levels: 3 }))!
      observations.push({ parameters, losses: [1], epochs: 1, hasFailed: false })
    }
    expect(observations.map(({ parameters }) => Number((parameters.rate as number).toPrecision(10)))).toEqual(
      [0.001, 0.001, 0.001, 0.01, 0.01, 0.01, 0.1, 0.1, 0.1],
    )
    expect(observations.slice(0, 3).map(({ parameters }) => parameters.drop)).toEqual([0, 0.25, 0.5])
    expect(suggest({ space, observations, seed: 1, trial: 9 }, grid({ levels: 3 }))).toBeNull()
  })

  test('fills a hole', () => {
    const space = { units: choice([16, 32, 64]) }
    const observations = [16, 64].map(units => ({
      parameters: { units },
      losses: [1],
      epochs: 1,
      hasFailed: false,
    }))
    expect(suggest({ space, observations, seed: 1, trial: 2 }, grid())).toEqual({ units: 32 })
  })
})
