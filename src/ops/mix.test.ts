import { describe, expect, test } from 'vitest'
import { keptShare, type Mix, type MixOp, mixesOf, mixImage } from './mix.ts'
import type { ImageShape } from './resample.ts'

const shape: ImageShape = [8, 6, 2]

function mixed(mixes: readonly MixOp[], step = 0, count = 64): (Mix | null)[] {
  return mixesOf({ mixes, shape, key: [7, 9], step }, { count })
}

const mixup = (alpha: number, probability = 1): MixOp => ({ kind: 'mixup', alpha, probability })
const cutmix = (alpha: number, probability = 1): MixOp => ({ kind: 'cutmix', alpha, probability })

const manySteps = Array.from({ length: 100 }, (_, step) => step)

describe('partners', () => {
  test('every image is the partner of one other, and never of itself', () => {
    for (const count of [2, 3, 17]) {
      const partners = manySteps.map(step => mixed([mixup(1)], step, count).map(mix => mix!.partner))
      for (const row of partners) {
        expect(row.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
        expect(row.every((partner, place) => partner !== place)).toBe(true)
      }
      expect(new Set(partners.map(String)).size).toBe(count - 1)
    }
  })

  test('a batch of one image stays as it is', () => {
    expect(mixed([mixup(1)], 0, 1)).toEqual([null])
  })

  test('an image is mixed once: what is listed first comes first', () => {
    const all = manySteps.flatMap(step => mixed([mixup(1, 0.5), cutmix(1, 0.5)], step))
    const shares = [
      all.filter(mix => mix && mix.share > 0).length,
      all.filter(mix => mix?.share === 0).length,
      all.filter(mix => mix === null).length,
    ].map(count => count / all.length)
    // 6400 draws: five standard deviations are 0.03.
    expect(Math.abs(shares[0]! - 0.5)).toBeLessThan(0.03)
    expect(Math.abs(shares[1]! - 0.25)).toBeLessThan(0.03)
    expect(Math.abs(shares[2]! - 0.25)).toBeLessThan(0.03)
  })
})

// The variance of Beta(a, a) is 1 / (4 (2a + 1)); 6400 draws.
test.each([0.01, 0.2, 1, 5, 1000])('shares are from Beta(alpha, alpha): %f', alpha => {
  const shares = manySteps.flatMap(step => mixed([mixup(alpha)], step).map(mix => mix!.share))
  const mean = shares.reduce((sum, x) => sum + x, 0) / shares.length
  const variance = shares.reduce((sum, x) => sum + (x - mean) ** 2, 0) / shares.length
  const expected = 1 / (4 * (2 * alpha + 1))
  expect(shares.every(share => share >= 0 && share <= 1)).toBe(true)
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(expected / shares.length))
  expect(Math.abs(variance / expected - 1)).toBeLessThan(0.1)
})

test('an image keeps the share of its pixels that the rectangle leaves', () => {
  const [height, width, channels] = shape
  const kept = manySteps.flatMap(step =>
    mixed([cutmix(1)], step).map(mix => {
      const image = new Float64Array(height * width * channels).fill(1)
      mixImage(image, new Float64Array(image.length), mix!, shape)
      const share = image.reduce((sum, x) => sum + x, 0) / image.length
      expect(keptShare(mix!, shape)).toBeCloseTo(share, 12)
      return share
    }),
  )
  // The largest rectangle is one pixel smaller than the image on each side.
  expect(Math.min(...kept)).toBeCloseTo(1 - (7 * 5) / 48, 12)
  expect(Math.max(...kept)).toBe(1)
})
