import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type PreparationOptions, preparation, preparationSteps, prepare } from '../preparation.ts'
import { pictureHeader } from './format.ts'
import { decodePng } from './png.ts'

describe('a file says how large its picture is, before it is unpacked', () => {
  const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
  test.each([
    ['PNG', '89504e470d0a1a0a 0000000d 49484452 0000001c 0000000e', [28, 14]],
    ['JPEG', 'ffd8 ffe0 0004 0000 ffc2 0011 08 000e 001c', [28, 14]],
    ['GIF', '474946383961 1c00 0e00', [28, 14]],
    ['BMP, upside down', `${'424d'.padEnd(28, '0')}28000000 1c000000 f2ffffff`, [28, 14]],
    ['WebP', '52494646 00000000 57454250 56503820 00000000 000000 9d012a 1c00 0e00', [28, 14]],
    ['lossless WebP', '52494646 00000000 57454250 5650384c 00000000 2f 1b400300', [28, 14]],
    ['large WebP', '52494646 00000000 57454250 56503858 00000000 00000000 1b0000 0d0000', [28, 14]],
  ])('%s', (_name, hex, size) => {
    const { width, height } = pictureHeader(bytes(hex))
    expect([width, height]).toEqual(size)
  })

  test('a bomb is refused', () => {
    expect(() => pictureHeader(bytes('89504e470d0a1a0a 0000000d 49484452 0000ffff 0000ffff'))).toThrow(
      'it says that it has 65535 × 65535 pixels; at most 100 million are opened.',
    )
  })

  test.each([
    ['text', '68656c6c6f', 'it is not a whole PNG, JPEG, WebP, GIF or BMP file.'],
    ['nothing', '', 'it is empty.'],
    ['a JPEG that is cut short', 'ffd8 ffe0 0004 00', 'it is not a whole PNG'],
    ['a TIFF', '49492a00 08000000', 'it is a TIFF, which Heddle does not read. Convert it to PNG or JPEG.'],
    ['a sound in the container of WebP', '52494646 00000000 57415645 666d7420', 'it is not a whole PNG'],
  ])('%s is refused', (_name, hex, message) => expect(() => pictureHeader(bytes(hex))).toThrow(message))
})

describe('PNG files that are damaged are refused', () => {
  const whole = readFileSync(join(import.meta.dirname, '../../../test/parity/pictures/rgb-16.png'))
  test('cut at any place', async () => {
    for (let length = 30; length < whole.length; length += 97)
      await expect(decodePng(whole.subarray(0, length)), `${length} bytes`).rejects.toThrow(
        /the PNG is damaged: /,
      )
  })
  test('pixels that cannot be unpacked, and an unknown kind', async () => {
    const spoilt = Uint8Array.from(whole)
    spoilt.fill(0xff, 60, 200)
    await expect(decodePng(spoilt)).rejects.toThrow('the PNG is damaged: its pixels cannot be unpacked.')
    const odd = Uint8Array.from(whole)
    odd[24] = 3
    await expect(decodePng(odd)).rejects.toThrow('the PNG is damaged: it has colour type 2 with 3 bits.')
  })
})

test.each<PreparationOptions>([
  {},
  { invert: 'auto' },
  { invert: 'yes' },
  { crop: 'thing', fit: 'pad' },
  { fit: 'crop', interpolation: 'area' },
])(
  'a picture of the right size and mode needs no steps, and gets the bytes that all steps make: %j',
  options => {
    for (const channels of [1, 3] as const) {
      // A light border around something dark.
      const levels = Uint8Array.from({ length: 64 * channels }, (_, i) => (i % 5 === 0 ? 20 : 250 - (i % 9)))
      const picture = { width: 8, height: 8, channels, levels }
      const chosen = preparation({
        ...options,
        imageSize: 8,
        colorMode: channels === 1 ? 'grayscale' : 'rgb',
      })
      expect(prepare(picture, chosen)).toEqual(preparationSteps(picture, chosen).prepared)
    }
  },
)
