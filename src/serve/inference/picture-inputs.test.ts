import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { preparation } from '../../data/preparation.ts'
import { imageDecoder } from '../../data/sources/decode.ts'
import { PictureInputs, pngNow, TooLarge } from './picture-inputs.ts'

const folder = join(import.meta.dirname, '../../../test/parity/pictures')
const { cases } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
  readonly cases: readonly {
    readonly file: string
    readonly preparation: Parameters<typeof preparation>[0]
    readonly bytes: string
  }[]
}
const limits = { maxPixels: 1e6 }

/** The header of a PNG of that size, and pixels that are not there. */
function bomb(width: number, height: number): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const chunk = (name: string, data: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(name), data])
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    size.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(named))
    return Buffer.concat([size, named, sum])
  }
  const pixels = deflateSync(Buffer.alloc(1 << 20))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

describe('a small PNG is decoded at once, to the bytes that Pillow makes of it', () => {
  const named = cases.map(one => ({ ...one, name: `${one.file} ${JSON.stringify(one.preparation)}` }))
  test.each(named.filter(({ file }) => file.endsWith('.png')))(
    '$name',
    ({ file, preparation: chosen, bytes }) => {
      const input = pngNow(readFileSync(join(folder, file)), preparation(chosen))
      expect([...input]).toEqual([...Buffer.from(bytes, 'base64')])
    },
  )
})

test('a damaged PNG is refused', () => {
  const file = readFileSync(join(folder, 'grey.png'))
  const chosen = preparation({ colorMode: 'grayscale', imageSize: [8, 8] })
  const damaged = (at: number): Buffer => Buffer.from(file.map((byte, i) => (i === at ? byte ^ 255 : byte)))
  expect(() => pngNow(damaged(20), chosen)).toThrow(
    'the PNG is damaged: the check sum of its part "IHDR" is wrong.',
  )
  expect(() => pngNow(damaged(file.length - 20), chosen)).toThrow('the check sum of its part "IDAT" is wrong')
  expect(() => pngNow(file.subarray(0, 60), chosen)).toThrow('the PNG is damaged: it is cut short.')
})

test('other pictures are decoded on threads, to the same bytes', async () => {
  const inputs = new PictureInputs(limits)
  const chosen = preparation({ colorMode: 'grayscale', imageSize: [8, 8] })
  const decode = await imageDecoder('grayscale', [8, 8])
  const jpeg = readFileSync(join(folder, 'orientation-6.jpg'))
  const large = await sharp(jpeg).resize(300, 200).png().toBuffer()
  try {
    for (const file of [jpeg, large])
      expect(await inputs.input(file, chosen)).toEqual((await decode(file)).pixels)
    await expect(inputs.input(jpeg.subarray(0, 400), chosen)).rejects.toThrow()
    await expect(inputs.input(Buffer.from('<html>'), chosen)).rejects.toThrow('it is a web page')
    const all = await Promise.all(Array.from({ length: 5 }, () => inputs.input(jpeg, chosen)))
    expect(new Set(all.map(String)).size).toBe(1)
  } finally {
    await inputs.close()
  }
}, 60_000)

test('pictures with too many pixels are refused before they are unpacked', async () => {
  const inputs = new PictureInputs(limits)
  const chosen = preparation({ colorMode: 'rgb', imageSize: [8, 8] })
  await expect(inputs.input(bomb(5000, 4000), chosen)).rejects.toThrow(
    new TooLarge('it says that it has 5000 × 4000 pixels; this server takes at most 1 million.'),
  )
  await expect(inputs.input(bomb(60_000, 60_000), chosen)).rejects.toThrow('at most 100 million')
  await expect(inputs.input(bomb(65_535, 1000), chosen)).rejects.toThrow(TooLarge)
})
