import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeddleError } from '../../base/errors.ts'
import { parseIdx } from './idx.ts'

const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 9, 0, 7)
const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4)

test('labels and images, plain and gzip', () => {
  expect(parseIdx(labels, 'labels')).toEqual({ shape: [3], data: Uint8Array.of(9, 0, 7) })
  expect(parseIdx(images, 'images')).toEqual({ shape: [2, 1, 2], data: Uint8Array.of(1, 2, 3, 4) })
  const packed = parseIdx(gzipSync(images), 'images.gz')
  expect(packed.shape).toEqual([2, 1, 2])
  expect([...packed.data]).toEqual([1, 2, 3, 4])
})

test('a view into a larger buffer is read at its own offset', () => {
  const padded = Uint8Array.of(255, 255, ...labels)
  expect(parseIdx(padded.subarray(2), 'labels').data).toEqual(Uint8Array.of(9, 0, 7))
})

const withSize = (size: number) => {
  const bytes = labels.slice()
  new DataView(bytes.buffer).setUint32(4, size)
  return bytes
}

test.each([
  [
    'empty',
    new Uint8Array(0),
    /^f is not an IDX file of unsigned bytes: it starts with nothing \(it is empty\)/,
  ],
  ['an image', Uint8Array.of(0x89, 0x50, 0x4e, 0x47), /starts with 89 50 4e 47, expected 00 00 08/],
  ['floats', Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 0), /starts with 00 00 0d 01/],
  ['no dimensions', Uint8Array.of(0, 0, 8, 0), /1 to 4/],
  ['five dimensions', Uint8Array.of(0, 0, 8, 5), /1 to 4/],
  ['half a header', images.subarray(0, 9), /ends within its IDX header of 16 bytes/],
  ['truncated', labels.subarray(0, 10), /is cut off: its header announces 3, .* 11 bytes .* the file has 10/],
  ['left over', Uint8Array.of(...labels, 0), /has bytes left over: .* the file has 12/],
  ['a lying header', withSize(1_000_000), /is cut off: its header announces 1000000/],
  ['a header beyond memory', withSize(2 ** 32 - 1), /announces 4294967295, .* at most 2147483648 are read/],
  ['a lying header in gzip', gzipSync(withSize(1_000_000)), /cannot hold 1000008 bytes/],
  ['gzip of too little', gzipSync(withSize(200)), /unpacks to 11 bytes where 208 were expected/],
  ['gzip of too much', gzipSync(withSize(2)), /unpacks to more than 10 bytes/],
  ['truncated gzip', gzipSync(images).subarray(0, 30), /not a sound gzip file: unexpected end of file/],
  ['a flipped bit in gzip', gzipSync(images).fill(0, 25, 26), /is not a sound gzip file/],
])('refused: %s', (_name, bytes, message) => {
  expect(() => parseIdx(bytes, 'f')).toThrow(HeddleError)
  expect(() => parseIdx(bytes, 'f')).toThrow(message)
})

test('a gzip bomb of half a gigabyte behind an honest-looking header takes no memory', () => {
  // Members of a gzip file are unpacked one after the other: 512 of them make the bomb without making its content.
  const member = gzipSync(new Uint8Array(2 ** 20))
  const bomb = Buffer.concat([gzipSync(labels), ...Array<Buffer>(512).fill(member)])
  const before = process.resourceUsage().maxRSS
  expect(() => parseIdx(bomb, 'bomb.gz')).toThrow(/unpacks to more than 11 bytes/)
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(32 * 1024) // KiB
})

const almostIdx = fc
  .tuple(
    fc.integer({ min: 0, max: 6 }),
    fc.array(fc.oneof(fc.nat(4), fc.nat(2 ** 32 - 1)), { maxLength: 5 }),
    fc.uint8Array(),
  )
  .map(([dimensions, sizes, data]) => {
    const header = sizes.flatMap(size => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255])
    return Uint8Array.of(0, 0, 8, dimensions, ...header, ...data)
  })

test('arbitrary bytes are read or refused, and never anything else', () => {
  const bytes = fc.oneof(fc.uint8Array(), almostIdx)
  const file = fc.oneof(
    bytes,
    bytes.map(content => new Uint8Array(gzipSync(content))),
    fc.tuple(bytes, fc.nat(60), fc.nat(255)).map(([content, at, value]) => {
      const packed = new Uint8Array(gzipSync(content))
      packed[at % packed.length] = value
      return packed
    }),
  )
  fc.assert(
    fc.property(file, content => {
      try {
        const { shape, data } = parseIdx(content, 'fuzz')
        expect(data.length).toBe(shape.reduce((size, length) => size * length, 1))
      } catch (error) {
        expect(error).toBeInstanceOf(HeddleError)
      }
    }),
    { numRuns: 2000 },
  )
})
