import { expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { readOptions } from '../command.ts'
import { type BenchSettings, benchOptions, benchSettings } from './settings.ts'

/** Of texts as they are typed. */
const settings = (typed: object): BenchSettings =>
  benchSettings(readOptions(benchOptions, { ...typed }, {}).values)

test('everything that can be left out is', () => {
  expect(settings({})).toMatchObject({
    model: ['002'],
    what: ['step'],
    batches: [64],
    backend: 'native',
    peers: 'found',
    rounds: 7,
    roundMs: 300,
    resume: false,
  })
  expect(settings({ peers: 'none', batch: ['report,32', '32'] })).toMatchObject({
    peers: [],
    batches: ['report', 32],
  })
})

test('both engines are measured on the threads that are asked for', () => {
  expect(settings({ backend: 'wasm', threads: '1,2' })).toMatchObject({ backend: 'wasm', threads: [1, 2] })
  expect(settings({ threads: '1,3' })).toMatchObject({ backend: 'native', threads: [1, 3] })
})

test.each([
  [{ backend: 'reference' }, `--backend must be one of 'native', 'wasm', not "reference".`],
  [{ seconds: '0' }, '--seconds must be a number above 0, such as 0.3, not "0".'],
  [{ resume: true }, '--resume needs --record <folder>: the results that it adds to.'],
])('%j is refused', (flags, message) => {
  expect(() => settings(flags)).toThrow(UsageError)
  expect(() => settings(flags)).toThrow(message)
})
