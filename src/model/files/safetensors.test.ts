import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HeddleError } from '../../base/errors.ts'
import { encodeSafetensors, readSafetensors, writeSafetensors } from './safetensors.ts'
import { decodeSafetensors, type SafeTensors } from './safetensors-format.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-safetensors-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const sample = {
  metadata: { format: 'heddle', model: '{"ä":1}' },
  tensors: new Map([
    ['a/kernel', { shape: [2, 2], values: Float32Array.of(1, -0, Number.NaN, 2 ** -149) }],
    ['b/bias', { shape: [1], values: Float32Array.of(3) }],
    ['empty', { shape: [0], values: new Float32Array(0) }],
  ]),
}

/** A file whose header is `header` as it stands, before `data` bytes. */
function lying(header: unknown, data = 4): string {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(text.length))
  return written(Buffer.concat([prefix, text, Buffer.alloc(data)]))
}

function written(bytes: Uint8Array): string {
  const path = join(folder, 'file.safetensors')
  writeFileSync(path, bytes)
  return path
}

/** From the disk as from memory: one result, or one refusal. */
async function read(path: string): Promise<SafeTensors> {
  const decoded = async () => decodeSafetensors(readFileSync(path), path)
  const [fromDisk, fromMemory] = await Promise.allSettled([readSafetensors(path), decoded()])
  expect(fromMemory).toEqual(fromDisk)
  if (fromDisk.status === 'rejected') throw fromDisk.reason
  return fromDisk.value
}

test('a file comes back as it was, to the bit, and its numbers are aligned', async () => {
  const path = join(folder, 'new', 'sample.safetensors')
  await writeSafetensors(path, sample)
  const file = await read(path)
  expect(file.metadata).toEqual(sample.metadata)
  expect([...file.tensors.keys()]).toEqual(['a/kernel', 'b/bias', 'empty'])
  for (const [name, { shape, values }] of sample.tensors) {
    expect(file.tensors.get(name)!.shape).toEqual(shape)
    expect(new Uint32Array(file.tensors.get(name)!.values.buffer)).toEqual(new Uint32Array(values.buffer))
  }
  expect(readFileSync(path).readBigUInt64LE() % 8n).toBe(0n)
})

describe('what is refused', () => {
  const tensor = { dtype: 'F32', shape: [1], data_offsets: [0, 4] }
  test.each([
    [
      'a shape that its bytes do not hold',
      { a: { ...tensor, shape: [2] } },
      'gives "a" 4 bytes, but its shape [2] needs 8',
    ],
    ['a shape beyond all numbers', { a: { ...tensor, shape: [2 ** 50, 2 ** 50] } }, 'gives "a" 4 bytes'],
    [
      'a negative size',
      { a: { ...tensor, shape: [-1] } },
      'gives "a" a shape that is not a list of at most 8 whole numbers',
    ],
    ['another type', { a: { ...tensor, dtype: 'F16' } }, 'gives "a" the type "F16"; only F32 is read'],
    ['no offsets', { a: { dtype: 'F32', shape: [1] } }, 'gives "a" no two data_offsets'],
    [
      'a tensor beyond the file',
      { a: { ...tensor, shape: [9], data_offsets: [0, 36] } },
      'describes 36 bytes of numbers, but the file has 4',
    ],
    [
      'tensors that share bytes',
      { a: tensor, b: tensor },
      'puts "b" at byte 0, but the tensor before it ends at 4',
    ],
    [
      'a gap',
      { a: { ...tensor, data_offsets: [4, 8] } },
      'puts "a" at byte 4, but the tensor before it ends at 0',
    ],
    ['bytes of no tensor', {}, 'describes 0 bytes of numbers, but the file has 4'],
    ['metadata that is no text', { __metadata__: { a: 1 } }, 'has a __metadata__ that is not texts by name'],
    ['a list', [], 'is not an object'],
    ['no JSON', '{"a":', 'is not JSON'],
  ])('%s', async (_name, header, message) => {
    const path = lying(header)
    await expect(read(path)).rejects.toThrow(`${path}: the safetensors header ${message}`)
  })

  test('a header longer than the file, or than any header, before memory is asked for', async () => {
    const prefix = Buffer.alloc(16)
    prefix.writeBigUInt64LE(999_999n)
    await expect(read(written(prefix))).rejects.toThrow(
      'a header of 999999 bytes is announced, but the file has 16 bytes: it is cut short or not a safetensors file.',
    )
    prefix.writeBigUInt64LE(2n ** 63n)
    await expect(read(written(prefix))).rejects.toThrow('which is impossible: at most 16000000 are read')
    await expect(read(written(Buffer.alloc(3)))).rejects.toThrow('is not a safetensors file: it has 3 bytes')
  })

  test('a file cut short at any byte', async () => {
    const whole = Buffer.concat(encodeSafetensors(sample))
    for (let length = 0; length < whole.length; length++) {
      const path = written(whole)
      truncateSync(path, length)
      await expect(read(path)).rejects.toThrow(HeddleError)
    }
  })

  test('a file that is not there', async () => {
    await expect(readSafetensors(join(folder, 'absent'))).rejects.toThrow(
      /absent cannot be read: there is no such file or folder \(ENOENT\)\. Check the name\./,
    )
  })
})

test('any damage is a HeddleError or another sound file, never a crash', async () => {
  const whole = Buffer.concat(encodeSafetensors(sample))
  const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(damage, async places => {
      const bytes = Buffer.from(whole)
      for (const [at, byte] of places) bytes[at] = byte
      const error = await read(written(bytes)).then(
        () => null,
        reason => reason as unknown,
      )
      if (error !== null) expect(error).toBeInstanceOf(HeddleError)
    }),
    { numRuns: 500 },
  )
})
