import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fuzzInputs } from '../../../test/support/fuzz.ts'
import { RandomStream } from '../../base/random.ts'
import { Dice, damaged } from '../../testing/dice.ts'
import { Segment, SegmentWriter } from './segment.ts'

const INPUTS = fuzzInputs(300)
const ROWS = 5

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-segment-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function sound(): Buffer {
  const writer = new SegmentWriter(join(folder, 'sound'), { root: '/photos', prepared: '{}', rowBytes: 12 })
  for (let row = 0; row < ROWS; row++)
    writer.add(`["cats/${row}.jpg",52,1,1]`, 0, new Uint8Array(12).fill(row))
  writer.finish()
  return readFileSync(writer.path)
}

test(`${INPUTS} damaged segments: every row can be read, or the file is refused`, () => {
  const dice = new Dice(new RandomStream(6))
  const whole = sound()
  let refused = 0
  for (let i = 0; i < INPUTS; i++) {
    const path = join(folder, 'damaged')
    // Most of the file is rows: half of the damage is done to the index and the footer behind them.
    const from = dice.roll(0, 1) === 0 ? 0 : ROWS * 12
    writeFileSync(path, Buffer.concat([whole.subarray(0, from), damaged(whole.subarray(from), dice)]))
    let segment: Segment
    try {
      segment = new Segment(path)
    } catch (error) {
      expect(error).toBeInstanceOf(Error)
      expect((error as Error).message).not.toMatch(/undefined|is not a function/)
      refused++
      continue
    }
    const { rows, rowBytes } = segment.index
    for (let row = 0; row < rows.length; row++) segment.read(row, new Uint8Array(rowBytes))
    expect(() => segment.read(rows.length, new Uint8Array(whole.length))).toThrow('ends before')
  }
  expect(refused).toBeGreaterThan(INPUTS / 3)
  expect(refused).toBeLessThan(INPUTS)
})

test('an index that lies about its length, its rows or their size is refused', () => {
  const whole = sound()
  const path = join(folder, 'lies')
  const refused = (bytes: Uint8Array, reason: string | RegExp): void => {
    writeFileSync(path, bytes)
    expect(() => new Segment(path)).toThrow(reason)
  }
  const lengthIs = (length: bigint): Buffer => {
    const bytes = Buffer.from(whole)
    bytes.writeBigUInt64LE(length, bytes.length - 8)
    return bytes
  }
  refused(lengthIs(2n ** 63n), 'another length')
  refused(lengthIs(2n ** 27n), 'another length')
  refused(lengthIs(0n), /JSON/)
  const text = whole.toString('latin1')
  refused(Buffer.from(text.replace('"rowBytes":12', '"rowBytes":99'), 'latin1'), 'does not fit')
  refused(Buffer.from(text.replace('"rows":[[', '"rows":[{'), 'latin1'), /JSON/)
  refused(whole.subarray(0, 10), 'too short')
})
