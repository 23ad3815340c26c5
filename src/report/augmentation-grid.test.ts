import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { cutout, lowerAugmentation, randomFlip } from '../data/augment/index.ts'
import { augmentImage } from '../ops/augment.ts'
import { augmentationGrid, drawGrid, gridSvg } from './augmentation-grid.ts'
import { encodePng, type Picture } from './png.ts'

/** Reads back what `encodePng` writes: one chunk of unfiltered rows. */
function decodePng(file: Uint8Array): Picture {
  const bytes = Buffer.from(file)
  expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  const at = bytes.indexOf('IDAT')
  const rows = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)))
  const pixels = new Uint8Array(3 * width * height)
  for (let y = 0; y < height; y++) {
    expect(rows[y * (3 * width + 1)]).toBe(0)
    pixels.set(rows.subarray(y * (3 * width + 1) + 1, (y + 1) * (3 * width + 1)), 3 * width * y)
  }
  return { width, height, pixels }
}

test('a PNG holds the pixels that it was made of', () => {
  const picture = { width: 3, height: 2, pixels: Uint8Array.from({ length: 18 }, (_, i) => 14 * i) }
  expect(decodePng(encodePng(picture))).toEqual(picture)
})

test('other readers can read it', async context => {
  const sharp = await import('sharp').catch(() => null)
  if (!sharp) return context.skip('sharp is not installed')
  const pixels = Uint8Array.from({ length: 27 }, (_, i) => 9 * i)
  const { data, info } = await sharp
    .default(encodePng({ width: 9, height: 1, pixels }))
    .raw()
    .toBuffer({ resolveWithObject: true })
  expect([info.width, info.height, info.channels]).toEqual([9, 1, 3])
  expect([...data]).toEqual([...pixels])
})

const shape = [4, 3, 1] as const
const augment = {
  ops: lowerAugmentation([randomFlip(), cutout({ size: 2, probability: 0.5 })], shape),
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
  const { rows } = augmentationGrid(images, { augment, versions: 5 })
  expect(rows.map(row => row.images.length)).toEqual([6, 6])
  rows.forEach((row, position) => {
    expect(row.images[0]).toBe(images[position]!.pixels)
    row.images.slice(1).forEach((version, step) => {
      const expected = Float64Array.from(images[position]!.pixels)
      augmentImage(expected, { ...augment, step }, position)
      expect([...version]).toEqual([...expected])
    })
  })
  expect(new Set(rows[0]!.images.map(String)).size).toBeGreaterThan(2)
})

test('drawn: enlarged pixels, gaps of paper, gray in all three colours; the SVG has the names', () => {
  const grid = augmentationGrid(images, { augment, versions: 1 })
  const picture = drawGrid(grid, 2)
  expect([picture.width, picture.height]).toEqual([2 * (3 + 6 + 3), 2 * (4 + 2 + 4)])
  const at = (y: number, x: number): number[] => [
    ...picture.pixels.subarray(3 * (y * picture.width + x)).subarray(0, 3),
  ]
  expect(at(0, 0)).toEqual([1, 1, 1])
  expect(at(3, 5)).toEqual(new Array(3).fill(images[0]!.pixels[5]))
  expect(at(0, 6)).toEqual([255, 255, 255])
  expect(at(12, 0)).toEqual([11, 11, 11])
  const svg = gridSvg(grid)
  expect(svg).toContain('>b &amp; &lt;c></text>')
  expect(svg.match(/>(original|step \d)</g)).toEqual(['>original<', '>step 0<'])
})
