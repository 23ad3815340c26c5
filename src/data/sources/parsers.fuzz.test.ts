import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { fuzzInputs, refusals } from '../../../test/support/fuzz.ts'
import { type Dice, damaged } from '../../testing/dice.ts'
import { LabelledLines } from './csv-lines.ts'
import { imageDecoder } from './decode.ts'
import { parseIdx } from './idx.ts'

const INPUTS = fuzzInputs(300)
const refused = (seed: number, work: (dice: Dice) => unknown) =>
  refusals(work, { inputs: INPUTS, seed, longest: 1000 })

test(`${INPUTS} damaged CSV files: read, or refused in words`, async () => {
  const text = `label,pixel1,pixel2\n${Array.from({ length: 40 }, (_, i) => `${i % 3},${i},${255 - i}`).join('\n')}\n`
  const odd = [
    '"',
    ',',
    '\n',
    '\r',
    '\u0000',
    '\ufeff',
    '-1',
    '256',
    '1e9',
    'NaN',
    'x',
    '9'.repeat(400),
    '\u001b[2J',
    ';',
  ]
  const found = await refused(1, dice => {
    let bytes: Uint8Array = Buffer.from(text)
    if (dice.roll(0, 1) === 0) bytes = damaged(bytes, dice)
    else {
      const at = dice.roll(0, text.length)
      bytes = Buffer.from(text.slice(0, at) + dice.pick(odd) + text.slice(at + dice.roll(0, 5)))
    }
    const columns = dice.pick([null, 'label', 'first', 'last', 'pixel1', '-1', '7'] as const)
    const layout = {
      imageSize: dice.pick([2, 2, 2, 3]),
      labelColumn: columns,
      header: dice.pick([null, true, false]),
    }
    const chunk = dice.roll(1, bytes.length + 1)
    const lines = new LabelledLines('f.csv', layout as never)
    for (let from = 0; from < bytes.length; from += chunk) lines.push(bytes.subarray(from, from + chunk))
    return lines.end()
  })
  expect(found).toBeGreaterThan(INPUTS / 10)
})

test(`${INPUTS} damaged IDX files, plain and packed: read, or refused in words`, async () => {
  const plain = Buffer.from([0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2, ...Array(24).keys()])
  const packed = gzipSync(plain)
  const found = await refused(2, dice => {
    const bytes = damaged(dice.pick([plain, packed]), dice)
    return parseIdx(dice.roll(0, 3) === 0 ? gzipSync(bytes) : bytes, 'a.idx')
  })
  expect(found).toBeGreaterThan(INPUTS / 10)
})

test(`${INPUTS} damaged pictures: read, or refused in words`, async () => {
  const { default: sharp } = await import('sharp')
  const raw = { width: 12, height: 10, channels: 3 as const }
  const picture = sharp(Buffer.from(Array.from({ length: 360 }, (_, i) => (i * 7) % 256)), { raw })
  const sound = [
    await picture.png().toBuffer(),
    await picture.png({ palette: true }).toBuffer(),
    await picture.jpeg().toBuffer(),
    await picture.webp().toBuffer(),
    bmpOf(raw),
  ]
  const decode = await imageDecoder('rgb', [8, 8])
  for (const bytes of sound) expect((await decode(bytes)).pixels).toHaveLength(192)
  const found = await refused(3, dice => decode(damaged(dice.pick(sound), dice)))
  expect(found).toBeGreaterThan(INPUTS / 10)
})

/** 24 bits a pixel. */
function bmpOf({ width, height }: { readonly width: number; readonly height: number }): Buffer {
  const bytes = Buffer.alloc(54 + width * height * 3, 99)
  bytes.fill(0, 0, 54)
  bytes.write('BM')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(54, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(24, 28)
  return bytes
}
