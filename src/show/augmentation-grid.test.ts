import { expect, test } from 'vitest'
import { cutout, lowerAugmentation, randomFlip } from '../data/augment/index.ts'
import { augmentedVersions } from '../data/augment/versions.ts'
import { augmentImage } from '../ops/augment.ts'
import { augmentationGrid } from './augmentation-grid.ts'
import { svgOf } from './picture.ts'

const shape = [4, 3, 1] as const
const augment = {
  ...lowerAugmentation([randomFlip(), cutout({ size: 2, probability: 0.5 })], shape),
  shape,
  white: 255,
  key: [1, 2] as const,
  step: 0,
}
const images = ['a', 'b & <c>'].map((label, n) => ({
  label,
  pixels: Uint8Array.from({ length: 12 }, (_, i) => 20 * i + 10 * n + 1),
}))

test('a row for each image: the original, then what each step makes of it at its place in the batch', () => {
  const rows = augmentedVersions(images, { augment, versions: 5 })
  expect(rows.map(row => row.length)).toEqual([6, 6])
  rows.forEach((row, position) => {
    expect(row[0]).toBe(images[position]!.pixels)
    row.slice(1).forEach((version, step) => {
      const expected = Float64Array.from(images[position]!.pixels)
      augmentImage(expected, { ...augment, step }, position)
      expect([...version]).toEqual([...expected])
    })
  })
  expect(new Set(rows[0]!.map(String)).size).toBeGreaterThan(2)
})

test('the picture names each image and each step', () => {
  const svg = svgOf(augmentationGrid(images, { augment, versions: 1 }))
  expect(svg).toContain('>b &amp; &lt;c&gt;</text>')
  expect(svg.match(/>(original|version \d)</g)).toEqual([
    '>original<',
    '>version 1<',
    '>original<',
    '>version 1<',
  ])
})
