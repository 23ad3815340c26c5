import { expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { resolveBench } from './settings.ts'

test('the wasm engine is measured on its one thread', () => {
  expect(resolveBench({ backend: 'wasm' })).toMatchObject({ backend: 'wasm', threads: [1] })
  expect(resolveBench({ threads: '1,3' })).toMatchObject({ backend: 'native', threads: [1, 3] })
})

test.each([
  [{ backend: 'wasm', threads: '1,2' }, 'The wasm engine runs on one thread: give --threads 1.'],
  [{ backend: 'reference' }, `--backend must be one of 'native', 'wasm', not "reference".`],
  [{ resume: true }, '--resume needs --record <folder>: the results that it adds to.'],
])('%j is refused', (flags, message) => {
  expect(() => resolveBench(flags)).toThrow(UsageError)
  expect(() => resolveBench(flags)).toThrow(message)
})
