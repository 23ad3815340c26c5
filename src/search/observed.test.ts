import { expect, test } from 'vitest'
import { choice, logUniform, uniform } from './distributions/index.ts'
import { importanceOf } from './importance.ts'
import { observedSpace } from './observed.ts'

test('numbers are a range, of orders of magnitude where they span them; other values are a choice', () => {
  const points = [
    { rate: 0.001, batch: 32, pool: 'max', epochs: 5 },
    { rate: 0.1, batch: 64, pool: 'average', epochs: 5 },
    { rate: 0.01, batch: 32, epochs: 5, warmup: null },
    { rate: 0.01, batch: 32, epochs: 5, warmup: 3 },
  ]
  expect(observedSpace(points)).toEqual({
    rate: logUniform(0.001, 0.1),
    batch: uniform(32, 64),
    pool: choice(['max', 'average']),
    warmup: choice([null, 3]),
  })
  expect(observedSpace([])).toEqual({})
})

test('names of every run are no choice', () => {
  const points = Array.from({ length: 60 }, (_, i) => ({ name: `run ${i}`, depth: i % 2 }))
  expect(Object.keys(observedSpace(points))).toEqual(['depth'])
})

test('importance of what was observed names the parameter that matters, and the noun of what was measured', () => {
  const trials = Array.from({ length: 120 }, (_, i) => {
    const parameters = { rate: 10 ** -(1 + (i % 4)), batch: 2 ** (3 + (i % 5)) }
    return { parameters, losses: [Math.abs(Math.log10(parameters.rate) + 3) + 0.001 * (i % 7)] }
  })
  const space = observedSpace(trials.map(({ parameters }) => parameters))
  expect(importanceOf(space, trials, { seed: 1 })!.shares[0]!.parameter).toBe('rate')
  const { warning } = importanceOf(space, trials.slice(0, 3), { seed: 1, noun: 'configuration' })!
  expect(warning).toMatch(/^3 configurations cannot tell/)
})
