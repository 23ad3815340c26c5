import { describe, expect, test } from 'vitest'
import { corrupt, corruptionKinds, strengthsOf } from './corruptions.ts'

const shape = [28, 28, 1] as const
/** A cross whose arms are of different lengths, so that no turn or shift leaves it as it is. */
const cross = Uint8Array.from({ length: 784 }, (_, i) => {
  const [y, x] = [Math.floor(i / 28), i % 28]
  return (x === 14 && y > 6 && y < 20) || (y === 10 && x > 9 && x < 22) ? 200 : 0
})
const ten = new Uint8Array(10 * 784)
for (let i = 0; i < 10; i++) ten.set(cross, i * 784)
const sum = (image: Uint8Array): number => image.reduce((total, byte) => total + byte, 0)
const differing = (a: Uint8Array, b: Uint8Array): number => a.filter((byte, i) => byte !== b[i]).length

describe.each(corruptionKinds)('%s', kind => {
  const { strengths } = strengthsOf(kind, shape)

  test('the same seed spoils the same way, another one in another', () => {
    const strength = strengths[2]!
    const once = corrupt(ten, { kind, strength, shape, seed: 1 })
    expect(once).toEqual(corrupt(ten, { kind, strength, shape, seed: 1 }))
    const isRandom = kind !== 'blur' && kind !== 'contrast'
    expect(differing(once, corrupt(ten, { kind, strength, shape, seed: 2 })) > 0).toBe(isRandom)
  })

  test('every strength spoils more than the one before', () => {
    const damage = strengths.map(strength => {
      const spoilt = corrupt(ten, { kind, strength, shape })
      return spoilt.reduce((total, byte, i) => total + Math.abs(byte - ten[i]!), 0)
    })
    expect(damage[0]).toBeGreaterThan(0)
    for (let i = 1; i < damage.length; i++) expect(damage[i]).toBeGreaterThanOrEqual(damage[i - 1]!)
  })
})

test('a shift moves the image by whole pixels, up, down, left or right', () => {
  const moved = corrupt(ten, { kind: 'shift', strength: 3, shape })
  const ways = new Set<string>()
  for (let i = 0; i < 10; i++) {
    const image = moved.subarray(i * 784, (i + 1) * 784)
    for (const [name, by] of [
      ['left', -3],
      ['right', 3],
      ['up', -84],
      ['down', 84],
    ] as const) {
      if (cross.every((byte, p) => byte === 0 || image[p + by] === byte)) ways.add(name)
    }
    expect(sum(image)).toBe(sum(cross))
  }
  expect(ways.size).toBeGreaterThan(1)
})

test('a blur keeps a plain image and spreads a point by its Gaussian', () => {
  const plain = new Uint8Array(784).fill(90)
  expect(corrupt(plain, { kind: 'blur', strength: 2, shape })).toEqual(plain)
  const point = new Uint8Array(784)
  point[14 * 28 + 14] = 255
  const spread = corrupt(point, { kind: 'blur', strength: 1, shape })
  // Of radius 2: weights exp(-k² / 2), their sum 1.
  const total = [-2, -1, 0, 1, 2].reduce((all, k) => all + Math.exp((-k * k) / 2), 0)
  expect(spread[14 * 28 + 14]).toBe(Math.round(255 / total ** 2))
  expect(spread[14 * 28 + 16]).toBe(Math.round((255 * Math.exp(-2)) / total ** 2))
  expect(spread[14 * 28 + 17]).toBe(0)
})

test('noise has the deviation that it is said to have', () => {
  const grey = new Uint8Array(20 * 784).fill(128)
  const noisy = corrupt(grey, { kind: 'noise', strength: 8, shape })
  const variance = noisy.reduce((total, byte) => total + (byte - 128) ** 2, 0) / noisy.length
  expect(Math.sqrt(variance) / 255).toBeCloseTo(0.08, 2)
})

test('occlusion hides a square of that many pixels, colour and all', () => {
  const white = new Uint8Array(5 * 28 * 28 * 3).fill(255)
  const hidden = corrupt(white, { kind: 'occlusion', strength: 8, shape: [28, 28, 3] })
  expect(hidden.filter(byte => byte === 0).length).toBe(5 * 8 * 8 * 3)
})

test('strengths in pixels grow with the image', () => {
  expect(strengthsOf('shift', [56, 56, 3])).toEqual({ unit: 'pixels', strengths: [2, 4, 6, 8, 10] })
  expect(strengthsOf('rotation', [56, 56, 3]).strengths).toEqual([5, 10, 20, 30, 45])
})
