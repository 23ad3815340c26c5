import { describe, expect, test } from 'vitest'
import { type Simulation, simulate } from '../../../test/support/simulated-models.ts'
import { sentenceOf } from '../compare/verdict.ts'
import { differenceOf, hitsOf, intervalOf } from './difference.ts'
import { detectableDifference, seedsNeeded } from './seeds-needed.ts'
import { halfWidth, tailBeyond } from './uncertainty.ts'

describe('a tail and its inverse', () => {
  test.each([
    [0.05, 2],
    [1e-3, 4.7],
    [1e-9, 4],
    [0.4, 31],
  ])('level %d, %d degrees of freedom', (level, degrees) => {
    const uncertainty = { images: { variance: 2, degrees: 50 }, seeds: { variance: 3, degrees } }
    expect(tailBeyond(halfWidth(level, uncertainty), uncertainty) / level).toBeCloseTo(1, 9)
  })

  test('31 seeds’ degrees of freedom are not infinite', () => {
    const half = halfWidth(0.05, { images: { variance: 0, degrees: 9 }, seeds: { variance: 1, degrees: 31 } })
    expect(half).toBeCloseTo(2.0395, 4)
  })

  test('infinitely many degrees of freedom are a normal distribution, and what is no number of them has no tail', () => {
    const half = (degrees: number) =>
      halfWidth(0.05, { images: { variance: 0, degrees: 9 }, seeds: { variance: 1, degrees } })
    expect(half(Infinity)).toBeCloseTo(1.96, 3)
    expect(half(Number.NaN)).toBeNaN()
    expect(half(0)).toBeNaN()
  })

  test('far out it is not zero: what a thousand pairs need', () => {
    const uncertainty = { images: { variance: 1, degrees: 999 }, seeds: null }
    expect(tailBeyond(10, uncertainty)).toBeGreaterThan(0)
    expect(tailBeyond(10, uncertainty)).toBeLessThan(1e-20)
  })
})

test('the spread of runs is that of a sample, and their luck with the images counts once', () => {
  const runs = [Uint8Array.of(1, 1, 0, 0), Uint8Array.of(1, 1, 1, 0)]
  const hits = hitsOf({ name: 'a', runs })
  // Accuracies 1/2 and 3/4: s² = 1/32, half a hit² = 1/64; two runs.
  expect(hits.spread).toBeCloseTo((1 / 32 + 1 / 64) / 2, 12)
  // The mean square of runs by images: (1/8 · 4 / 4 ... one image of four with a variance of 1/2) less s², over 3.
  expect(hits.luck).toBeCloseTo((1 / 8 - 1 / 32) / 3 / 2, 12)
})

test('ten seeds of one model do not know the spread of the other, of which there are three', () => {
  const runs = (count: number, apart: number): Uint8Array[] =>
    Array.from({ length: count }, (_, k) =>
      Uint8Array.from({ length: 200 }, (_, i) => Number(i < 150 + apart * k)),
    )
  const { seeds, images } = differenceOf(
    hitsOf({ name: 'a', runs: runs(3, 12) }),
    hitsOf({ name: 'b', runs: runs(10, 0) }),
  ).uncertainty
  // Welch's degrees are almost the three runs' 2, those of equal spreads would be 11; half way to three runs each: 3.
  expect(seeds!.degrees / Math.sqrt(1 + images.variance / seeds!.variance)).toBeLessThan(3.2)
})

/** Of 400 simulated comparisons: how many find a difference, and how many intervals hold the true one. */
function calibration(simulation: Simulation, repetitions = 400) {
  const truth = simulation.models[1]!.accuracy - simulation.models[0]!.accuracy
  let [found, holds] = [0, 0]
  for (let r = 0; r < repetitions; r++) {
    const [a, b] = simulate(simulation, r).map(({ runs }) => hitsOf({ name: 'model', runs }))
    const measured = differenceOf(a!, b!)
    const [low, high] = intervalOf(measured)
    if (measured.pValue < 0.05) found++
    expect(measured.pValue < 0.05).toBe(low > 0 || high < 0)
    if (low <= truth && truth <= high) holds++
  }
  return { found: found / repetitions, holds: holds / repetitions }
}

describe('equal models are found different as often as promised', () => {
  const two = (seeds: number, seedSpread: number, difference = 0): Simulation => ({
    images: 400,
    ownDifficulty: 0,
    models: [
      { accuracy: 0.9, seedSpread, seeds },
      { accuracy: 0.9 + difference, seedSpread, seeds },
    ],
  })

  // The standard error of a share of 5 % in 400 is 1.1 points: three of them, around 3.5 to 6.5 %.
  test.each([
    ['one seed', two(1, 0)],
    ['three seeds that differ by their images only', two(3, 0)],
    ['three seeds with a spread', two(3, 0.015)],
    ['ten seeds', two(10, 0.004)],
  ])('%s', (_, simulation) => {
    const { found, holds } = calibration(simulation)
    expect(found).toBeGreaterThan(0.035 - 3 * 0.011)
    expect(found).toBeLessThan(0.065 + 3 * 0.011)
    expect(holds).toBe(1 - found)
  })

  test('a true difference of one point is in the interval', () => {
    const { holds } = calibration(two(3, 0.004, 0.01))
    expect(Math.abs(holds - 0.95)).toBeLessThan(0.015 + 3 * 0.011)
  })
})

test('seeds needed are always more than there are, and in order', () => {
  let [ranges, open] = [0, 0]
  for (let r = 0; r < 400; r++) {
    const seeds = [2, 3, 5][r % 3]!
    const models = [0.9, 0.905 + 0.02 * (r % 2)].map(accuracy => ({ accuracy, seedSpread: 0.008, seeds }))
    const [a, b] = simulate({ images: 1000, ownDifficulty: 0, models }, r).map(({ runs }) =>
      hitsOf({ name: 'model', runs }),
    )
    const measured = differenceOf(a!, b!)
    if (measured.pValue < 0.05) continue
    const needed = seedsNeeded(measured, [a!, b!], 0.05)
    if (needed === null) continue
    if (needed.most === null) open++
    else ranges++
    expect(needed.least).toBeGreaterThan(seeds)
    if (needed.most !== null) expect(needed.most).toBeGreaterThanOrEqual(needed.least)
  }
  // Both answers are given.
  expect(Math.min(ranges, open)).toBeGreaterThan(5)
})

test('what is detectable is more than what is not found', () => {
  const uncertainty = { images: { variance: 0.003 ** 2, degrees: 9999 }, seeds: null }
  expect(detectableDifference(uncertainty, 0.05)).toBeCloseTo(0.003 * (1.96 + 0.8416), 5)
  expect(detectableDifference(uncertainty, 0.05 / 231)).toBeGreaterThan(halfWidth(0.05 / 231, uncertainty))
})

describe('the sentence says why an interval and a verdict disagree, and what more seeds could do', () => {
  const comparison = {
    first: 'a',
    second: 'b',
    images: 400,
    seeds: [3, 3] as const,
    difference: 0.02,
    interval: [0.001, 0.039] as const,
    imageVariance: 0.00005,
    seedVariance: 0.00005,
    pValue: 0.04,
    correctedP: 0.4,
    discordance: null,
    detectable: 0.03,
    seedsNeeded: { least: 4, most: 30 },
    verdict: 'no evidence' as const,
  }

  test('before and after the correction', () => {
    expect(sentenceOf(comparison, 10)).toBe(
      'No evidence of a difference between a and b: +2.00 points, 95 % interval +0.10 to +3.90, p = 0.400 corrected for 10 pairs ' +
        '(400 images, 3 seeds each); without the correction p = 0.040, but among 10 pairs of equal models such a gap is not rare; ' +
        'between 4 and 30 seeds of each would show such a difference.',
    )
  })

  test.each([
    [{ least: 4, most: null }, 'how many seeds would show one cannot be estimated yet: at least 4 of each.'],
    [{ least: 4, most: 4 }, 'about 4 seeds of each would show such a difference.'],
    [null, 'no number of seeds would show such a difference on 400 images: more test images are needed.'],
  ])('%j', (needed, end) => {
    expect(sentenceOf({ ...comparison, pValue: 0.4, seedsNeeded: needed }, 10).endsWith(`; ${end}`)).toBe(
      true,
    )
  })
})
