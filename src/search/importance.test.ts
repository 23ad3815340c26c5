import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { normalNumber, RandomStream } from '../base/random.ts'
import type { ParameterValues } from '../protocol/study.ts'
import { importanceOf, type MeasuredTrial } from './importance.ts'
import { parseSpace } from './parse-space.ts'
import { pointAt } from './space.ts'

interface Case {
  readonly name: string
  readonly space: object
  readonly trials: readonly { readonly parameters: ParameterValues; readonly loss: number }[]
  readonly importance: Readonly<Record<string, number>>
}

const golden = JSON.parse(
  readFileSync(new URL('../../test/parity/golden/importance.json', import.meta.url), 'utf8'),
) as readonly Case[]

describe('PED-ANOVA as Optuna 5 computes it', () => {
  test.each(golden.map(one => [one.name, one] as const))('%s', (_, { space, trials, importance }) => {
    const measured = trials.map(({ parameters, loss }) => ({ parameters, losses: [loss] }))
    const { shares } = importanceOf(parseSpace(space, 'space'), measured, { seed: 0 })!
    expect(shares.map(({ parameter }) => parameter).sort()).toEqual(Object.keys(importance).sort())
    for (const { parameter, share } of shares) expect(share, parameter).toBeCloseTo(importance[parameter]!, 8)
  })
})

const space = parseSpace(
  {
    activation: { kind: 'choice', values: ['relu', 'tanh', 'elu', 'selu'] },
    depth: { kind: 'intRange', low: 1, high: 6 },
    flip: { kind: 'choice', values: [true, false] },
  },
  'space',
)

/** Trials drawn at random; `lossesOf` is given the point and a number from N(0, 1). */
function drawn(
  count: number,
  seed: number,
  lossesOf: (point: ParameterValues, noise: number) => number[],
): MeasuredTrial[] {
  const random = new RandomStream(seed)
  return Array.from({ length: count }, (_, i) => {
    const parameters = pointAt(
      space,
      [0, 1, 2].map(axis => random.uniform(4 * i + axis)),
    )
    return { parameters, losses: lossesOf(parameters, normalNumber(random.key, i, 1)) }
  })
}

const nothingMatters = (_: ParameterValues, noise: number): number[] => [noise]
const depthMatters = ({ depth }: ParameterValues, noise: number): number[] => [(depth as number) + noise]
const CANNOT_TELL = 'cannot tell which parameter matters'

describe('what trials cannot tell', () => {
  const repeated = <T>(count: number, work: (seed: number) => T): T[] =>
    Array.from({ length: count }, (_, seed) => work(seed))

  test('where no parameter matters, 30 trials say so in 95 % of searches', () => {
    const warned = repeated(150, seed => {
      const { warning } = importanceOf(space, drawn(30, seed, nothingMatters), { seed })!
      return warning?.includes(CANNOT_TELL) ?? false
    })
    // Less three standard errors of a share of 5 %.
    expect(warned.filter(Boolean).length / 150).toBeGreaterThan(0.95 - 3 * Math.sqrt((0.05 * 0.95) / 150))
  })

  test('a parameter that matters a lot is found by 100 trials, and is the first one', () => {
    const found = repeated(30, seed => {
      const { shares, warning } = importanceOf(space, drawn(100, seed, depthMatters), { seed })!
      return shares[0]!.parameter === 'depth' && !warning?.includes(CANNOT_TELL)
    })
    expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(28)
  })

  test('with 8 trials, one is good: whatever it has in common with itself is chance', () => {
    const { warning } = importanceOf(space, drawn(8, 1, depthMatters), { seed: 1 })!
    expect(warning).toBe(
      '8 trials cannot tell which parameter matters: trials that are drawn at random give such shares too. More trials may tell.',
    )
  })

  test('2,000 trials have nothing to warn of', () => {
    const { shares, warning } = importanceOf(space, drawn(2000, 1, depthMatters), { seed: 1 })!
    expect(warning).toBeNull()
    const [depth, ...others] = shares
    expect(depth!.low).toBeGreaterThan(0.9)
    expect(others.every(({ high }) => high < 0.05)).toBe(true)
  })

  test('which of two that matter alike matters more stays open', () => {
    const trials = drawn(400, 3, ({ depth, activation }, noise) => [
      (depth === 1 ? 0 : 2) + (activation === 'relu' ? 0 : 2) + noise,
    ])
    const { warning } = importanceOf(space, trials, { seed: 1 })!
    expect(warning).toMatch(/Which of (depth and activation|activation and depth) matters more is open/)
  })
})

test('with several objectives, good trials are those of the first Pareto fronts', () => {
  // Every depth is on a front; to flip is worse in both objectives.
  const trials = drawn(300, 2, ({ depth, flip }) => [
    Number(depth) + 10 * Number(flip),
    10 * Number(flip) - Number(depth),
  ])
  expect(importanceOf(space, trials, { seed: 1 })!.shares[0]!.parameter).toBe('flip')
})

test('trials of which none is better than another tell nothing: equal shares', () => {
  const { shares } = importanceOf(
    space,
    drawn(20, 1, () => [1]),
    { seed: 1 },
  )!
  expect(shares.map(({ share }) => share)).toEqual([1 / 3, 1 / 3, 1 / 3])
})

test('the same trials and seed have the same answer', () => {
  const trials = drawn(30, 4, depthMatters)
  expect(importanceOf(space, trials, { seed: 4 })).toEqual(importanceOf(space, trials, { seed: 4 }))
})

test('one trial has nothing to be compared with', () => {
  expect(importanceOf(space, drawn(1, 1, depthMatters), { seed: 1 })).toBeNull()
})
