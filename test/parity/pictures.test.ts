import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodePng } from '../../src/data/pictures/png.ts'
import { preparation, prepare } from '../../src/data/preparation.ts'
import { imageDecoder } from '../../src/data/sources/decode.ts'

const folder = join(import.meta.dirname, 'pictures')
const { cases } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as {
  readonly cases: readonly {
    readonly file: string
    readonly preparation: Parameters<typeof preparation>[0] & {
      readonly colorMode: 'grayscale' | 'rgb'
      readonly imageSize?: readonly [number, number]
    }
    readonly size: readonly [number, number]
    readonly bytes: string
  }[]
}

const named = cases.map(one => ({ ...one, name: `${one.file} ${JSON.stringify(one.preparation)}` }))

describe('a picture becomes the bytes that Pillow makes of it', () => {
  test.each(named)('Node: $name', async ({ file, preparation: chosen, size, bytes }) => {
    const { colorMode, imageSize = null, ...rest } = chosen
    const decode = await imageDecoder(colorMode, imageSize, rest)
    const read = await decode(join(folder, file))
    expect(read.size).toEqual(size)
    expect([...read.pixels]).toEqual([...Buffer.from(bytes, 'base64')])
  })

  // What a browser's own decoder would cut to 8 bits or spoil by its colour management is decoded by the page itself.
  test.each(named.filter(({ file }) => file.endsWith('.png')))(
    'web page: $name',
    async ({ file, preparation: chosen, bytes }) => {
      const picture = await decodePng(readFileSync(join(folder, file)))
      expect([...prepare(picture, preparation(chosen)).bytes]).toEqual([...Buffer.from(bytes, 'base64')])
    },
  )
})
