import { statisticOf } from 'heddle'
import { describe, expect, test } from 'vitest'
import { type Evidence, type Judgement, judge, type Measured, nearestEpoch, verdictOf } from './verdict.ts'

const measured = (
  name: Measured['name'],
  reported: number,
  values: readonly number[],
  imageError: number | null = 0.003,
): Judgement => judge({ name, reported, rounding: 0.00005, here: statisticOf(values), imageError })

const accuracy = (reported: number, ...values: number[]): Judgement =>
  measured('test accuracy', reported, values)
const loss = (reported: number, ...values: number[]): Judgement =>
  measured('test loss', reported, values, 0.005)

const verdict = (judgements: readonly Judgement[], others: Partial<Evidence> = {}): string =>
  verdictOf({
    seeds: judgements[0]?.here.n ?? 0,
    failures: 0,
    quick: false,
    classCount: 10,
    isFitted: false,
    judgements,
    histories: [],
    ...others,
  }).text

describe('a printed number beside those of the runs', () => {
  test('the images of both tests, the spread of the seeds by Student’s t, and the rounding count', () => {
    const { width } = accuracy(0.9, 0.91, 0.912, 0.914)
    const t = 4.302652729911275
    expect(width).toBeCloseTo(
      Math.hypot(1.959964 * 0.003 * Math.SQRT2, t * 0.002 * Math.sqrt(4 / 3)) + 0.00005,
      8,
    )
    expect(accuracy(0.9, 0.95).width).toBeCloseTo(1.959964 * 0.003 * Math.SQRT2 + 0.00005, 8)
  })

  test('more is better for an accuracy and worse for a loss', () => {
    expect(accuracy(0.9, 0.95, 0.951, 0.95).outcome).toBe('better')
    expect(loss(0.3, 0.4, 0.401, 0.4).outcome).toBe('worse')
    expect(loss(0.3, 0.2, 0.201, 0.2).outcome).toBe('better')
    expect(loss(0.3, 0.301, 0.302, 0.3).outcome).toBe('within')
  })

  test('one seed without a known noise, or a loss that is not a number, settles nothing', () => {
    expect(measured('training loss', 1.07, [1.05], null)).toMatchObject({ width: null, outcome: 'open' })
    expect(loss(7.49, 7.3, Number.NaN, 7.5).outcome).toBe('open')
  })
})

describe('a verdict', () => {
  test('one seed is never called seed noise', () => {
    expect(verdict([accuracy(0.903, 0.9004)])).toBe('within the noise of the test images (1 seed)')
    expect(verdict([accuracy(0.903, 0.88)])).toBe('not settled with one seed')
    expect(verdict([accuracy(0.9698, 0.992), loss(11.742665, 0.031)])).toBe('not settled with one seed')
  })

  test('several seeds: accuracy and loss decide together', () => {
    expect(verdict([accuracy(0.9, 0.9, 0.901, 0.902)])).toBe('within noise (3 seeds)')
    expect(verdict([accuracy(0.9, 0.93, 0.931, 0.93), loss(0.3, 0.25, 0.251, 0.25)])).toBe('better (3 seeds)')
    expect(verdict([accuracy(0.9, 0.87, 0.871, 0.87)])).toBe('worse (3 seeds)')
    expect(verdict([accuracy(0.9, 0.9, 0.901, 0.902), loss(0.3, 0.36, 0.361, 0.36)])).toBe(
      'accuracy within noise, loss worse (3 seeds)',
    )
    expect(verdict([accuracy(0.9, 0.93, 0.931, 0.93), loss(0.3, 0.36, 0.361, 0.36)])).toBe(
      'accuracy better, loss worse (3 seeds)',
    )
  })

  test('values that were fitted to the printed numbers are named with every verdict on them', () => {
    const isFitted = true
    expect(verdict([accuracy(0.9, 0.9, 0.901, 0.902)], { isFitted })).toBe(
      'within noise (3 seeds); values fitted',
    )
    expect(verdict([accuracy(0.903, 0.9004)], { isFitted })).toBe(
      'within the noise of the test images (1 seed); values fitted',
    )
    expect(verdict([], { isFitted, seeds: 3 })).toBe('nothing printed')
    expect(verdict([accuracy(0.903, 0.9004)], { isFitted, quick: true })).toBe('not comparable (quick)')
  })

  test('two networks below chance: neither is better', () => {
    expect(verdict([accuracy(0.056, 0.0819, 0.08, 0.081)])).toBe('both below chance')
    expect(verdict([accuracy(0.056, 0.0819)])).toBe('both below chance')
    expect(verdict([accuracy(0.056, 0.12, 0.1201, 0.12)])).toBe('not the same training or test (3 seeds)')
  })

  test('far from everything that any epoch measured: another training or test', () => {
    const history = {
      valLoss: [1, 0.1, 0.03],
      valAccuracy: [0.8, 0.96, 0.99],
      loss: [2, 1, 0.5],
      accuracy: [0.5, 0.8, 0.9],
    }
    const model1 = [accuracy(0.9698, 0.992, 0.9857, 0.9914), loss(11.742665, 0.031, 0.061, 0.036)]
    expect(verdict(model1, { histories: [history] })).toBe('not the same training or test (3 seeds)')
    const early = [accuracy(0.8, 0.99, 0.991, 0.99), loss(1, 0.03, 0.031, 0.03)]
    expect(verdict(early, { histories: [history] })).toBe('better (3 seeds)')
    expect(nearestEpoch(early, [history])).toBe(1)
    expect(nearestEpoch([...early, measured('training accuracy', 0.9, [0.9, 0.9])], [history])).toBeNull()
  })

  test('seeds that lie far apart agree with nothing', () => {
    expect(verdict([accuracy(0.235, 0.5754, 0.5405, 0.4246)])).toBe(
      'not settled: the seeds lie too far apart (3 seeds)',
    )
    expect(verdict([accuracy(0.235, 0.5754, 0.5405, 0.4246), loss(1.72, 1.46, 1.461, 1.46)])).toBe(
      'accuracy not settled, loss better (3 seeds)',
    )
    expect(verdict([accuracy(0.9, 0.9, 0.901, 0.902), loss(7.49, 7, 3, 11)])).toBe(
      'not settled: the seeds lie too far apart (3 seeds)',
    )
  })

  test('not above chance by more than the seeds and the images explain: neither is better', () => {
    expect(verdict([accuracy(0.056, 0.0899, 0.0813, 0.149)])).toBe('neither above chance')
    expect(verdict([accuracy(0.056, 0.104)])).toBe('neither above chance')
    expect(verdict([accuracy(0.108, 0.0899, 0.0813, 0.149)])).toBe(
      'not settled: the seeds lie too far apart (3 seeds)',
    )
  })

  test('trainings that failed are counted', () => {
    expect(verdict([], { failures: 1 })).toBe('failed')
    expect(verdict([])).toBe('not run')
    expect(verdict([accuracy(0.108, 0.11, 0.111, 0.112)], { failures: 7 })).toBe(
      'within noise (3 seeds); 7 of 10 trainings failed',
    )
  })
})
