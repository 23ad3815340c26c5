import { describe, expect, test } from 'vitest'
import { fashionMnistPreparation } from '../../../src/data/preparation.ts'
import type { Picture } from '../parts/pixels.tsx'
import { stroke } from './brush.ts'
import { type PhotoOptions, photoSteps } from './photo.ts'

const options: PhotoOptions = fashionMnistPreparation

/** A dark red thing of 40 × 20 pixels on a wall that is not quite white. */
const photo: Picture = {
  width: 100,
  height: 80,
  channels: 3,
  bytes: Uint8Array.from({ length: 100 * 80 * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % 100, Math.floor(i / 300), i % 3]
    const isThing = x >= 30 && x < 70 && y >= 10 && y < 30
    return isThing ? [100, 20, 20][c]! : 235 + ((x * 7 + y * 13) % 5)
  }),
}

describe('a photo becomes what the network takes', () => {
  test('cropped to the thing, grey, light on black, its longer side as long as the input', () => {
    const steps = photoSteps(photo, [28, 28, 1], options)
    expect(steps.map(({ name, note }) => `${name}: ${note}`)).toEqual([
      'Photo: 100 × 80',
      'Cropped: 40 × 20',
      'Grey: luma of Rec. 601',
      'Inverted: its background made black',
      'Scaled: 28 × 28, centred',
    ])
    // A row of the thing from border to border, and black above it.
    const { bytes } = steps.at(-1)!.picture
    expect(Math.min(...bytes.subarray(14 * 28, 15 * 28))).toBeGreaterThan(200)
    expect(Math.max(...bytes.subarray(0, 7 * 28))).toBe(0)
  })

  test('what is not cropped keeps its background, which becomes black', () => {
    const wide = photoSteps(photo, [28, 28, 1], { ...options, crop: 'none' })
    expect(wide[2]!.name).toBe('Inverted')
    const { bytes } = wide.at(-1)!.picture
    // 28 × 22, so three rows of black above and below.
    expect([...bytes.subarray(0, 3 * 28)].every(byte => byte === 0)).toBe(true)
    const middle = bytes[(3 + 5) * 28 + 14]!
    expect(middle).toBeGreaterThan(200)
    expect(Math.max(...bytes.subarray(20 * 28, 21 * 28))).toBeLessThan(6)
  })

  test('in colour where the network sees colours', () => {
    const steps = photoSteps(photo, [32, 48, 3], { ...options, invert: 'no' })
    expect(steps.map(({ name }) => name)).toEqual(['Photo', 'Cropped', 'Scaled'])
    const { picture } = steps.at(-1)!
    expect(picture.bytes.length).toBe(32 * 48 * 3)
    expect([...picture.bytes.subarray(16 * 48 * 3, 16 * 48 * 3 + 3)]).toEqual([100, 20, 20])
  })

  test('a picture of one colour stays whole', () => {
    const plain = { ...photo, bytes: new Uint8Array(photo.bytes.length).fill(90) }
    const steps = photoSteps(plain, [28, 28, 1], options)
    expect(steps[1]!.note).toBe('100 × 80')
    expect(steps.at(-1)!.picture.bytes[14 * 28 + 14]).toBe(90)
  })

  test('an image of the right size stays as it is, to the byte', () => {
    const bytes = Uint8Array.from({ length: 28 * 28 * 3 }, (_, i) => (Math.floor(i / 3) * 37) % 256)
    const steps = photoSteps({ width: 28, height: 28, channels: 3, bytes }, [28, 28, 1], {
      crop: 'none',
      tolerance: 0.1,
      invert: 'no',
    })
    expect(steps.at(-1)!.picture.bytes).toEqual(bytes.filter((_, i) => i % 3 === 0))
  })
})

test('a stroke is full along its line and soft at its edge; erasing takes it away', () => {
  const blank: Picture = { width: 9, height: 5, channels: 1, bytes: new Uint8Array(45) }
  const line = [
    [1.5, 2.5],
    [7.5, 2.5],
  ] as const
  const drawn = stroke(blank, line, { radius: 1, erases: false })
  expect([...drawn.bytes.subarray(18, 27)]).toEqual([128, 255, 255, 255, 255, 255, 255, 255, 128])
  expect([...drawn.bytes.subarray(9, 18)].slice(1, 8)).toEqual(Array(7).fill(128))
  expect(drawn.bytes[4]).toBe(0)
  const erased = stroke(drawn, line, { radius: 2, erases: true })
  expect(Math.max(...erased.bytes)).toBe(0)
})
