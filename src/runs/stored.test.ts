import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { encodeSafetensors } from '../model/files/safetensors.ts'
import { openStore } from '../store/open.ts'
import type { RunStore } from '../store/store.ts'
import { differences } from './diff.ts'
import { environmentOf } from './environment.ts'
import { readPredictions, storedRun } from './stored.ts'

const environment = environmentOf(referenceBackend(), { version: '0', code: null })
let folder: string
let store: RunStore

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-stored-run-'))
  store = await openStore(join(folder, 'store'))
})

afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A run as an archive can bring it: its cells are sound, what they say need not be. */
function runOf(model: string, spec: object): Promise<string> {
  const names = ['experiment', 'configuration', 'modelHash', 'dataset', 'fingerprint', 'testFingerprint']
  const counts = { seed: 1, params: 1, batchSize: 1, epochs: 1, stepsPerEpoch: 1, testImages: 'x' }
  return store.start({
    ...Object.fromEntries(names.map(name => [name, 'x'])),
    ...counts,
    model,
    detail: { spec, source: { baseDir: '/', dataDir: null }, options: [], environment },
  } as never)
}

const node = { name: 'flatten', layer: { kind: 'flatten' }, inputs: [] }
const spec = (models: object): object => ({
  kind: 'experiment',
  name: 'x',
  data: { kind: 'fashionMnistMini' },
  models,
  train: { kind: 'train', optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' },
})

test.each([
  ['a', spec({ a: { kind: 'graph', nodes: 'x' } })],
  ['a', spec({ a: { kind: 'graph', nodes: [node, 'x'] } })],
  ['a', spec({ b: { kind: 'graph', nodes: [node] } })],
  ['__proto__', spec({ b: { kind: 'graph', nodes: [node] } })],
  ['constructor', spec({ b: { kind: 'graph', nodes: [node] } })],
  ['a', {}],
  ['a', { ...spec({}), models: null }],
])('a recorded experiment that is none is refused in words: model %s, %j', async (model, recorded) => {
  const wrong = expect.objectContaining({
    constructor: UsageError,
    message: expect.stringContaining('The recorded experiment'),
  })
  const id = await runOf(model, recorded)
  await expect(differences(store, id, id)).rejects.toThrow(wrong)
  await expect(storedRun(store, await store.run(id))).rejects.toThrow(wrong)
})

describe('a file of predictions that is none is refused in words', () => {
  const tensors = (outputs: number[], labels: number[]) =>
    new Map([
      ['outputs', { shape: [outputs.length], values: Float32Array.from(outputs) }],
      ['labels', { shape: [labels.length], values: Float32Array.from(labels) }],
    ])
  test.each([
    ['classNames no JSON', '["a', tensors([1, 0], [0])],
    ['classNames no list', '{"a":1}', tensors([1, 0], [0])],
    ['classNames of numbers', '[1,2]', tensors([1, 0], [0])],
    ['classNames nested', '['.repeat(100_000), tensors([1, 0], [0])],
    ['a label that is no class', '["a","b"]', tensors([1, 0], [7])],
    ['a label below 0', '["a","b"]', tensors([1, 0], [-1])],
    ['a label that is not whole', '["a","b"]', tensors([1, 0], [0.5])],
    ['no examples', '["a","b"]', tensors([], [])],
    ['outputs of other examples', '["a","b"]', tensors([1, 0, 1], [0, 1])],
    ['no tensors', '["a","b"]', new Map()],
  ])('%s', (_, classNames, tensors) => {
    const bytes = Buffer.concat(encodeSafetensors({ metadata: { classNames }, tensors }))
    expect(() => readPredictions({ bytes, where: 'a.safetensors' })).toThrow(
      /a.safetensors holds no predictions of Heddle/,
    )
  })
})
