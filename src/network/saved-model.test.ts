import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HeddleError } from '../base/errors.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import { readSafetensors, writeSafetensors } from '../model/files/safetensors.ts'
import type { SafeTensors } from '../model/files/safetensors-format.ts'
import { sequential } from '../model/graph.ts'
import { batchNormalization, conv2d, dense, flatten } from '../nn/layers/index.ts'
import { fit } from '../train/fit.ts'
import { decodeModel } from './decode-model.ts'
import { evaluate } from './evaluate.ts'
import { createNetwork } from './network.ts'
import { predict } from './predict.ts'
import { loadModel, saveModel } from './saved-model.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-models-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const spec = sequential([
  conv2d({ filters: 2, kernelSize: 3, strides: 3 }),
  batchNormalization(),
  flatten(),
  dense({ units: 10, activation: 'softmax' }),
])

test('a trained model comes back to the bit, moving statistics too, and answers the same', async () => {
  const data = await loadDataset(fashionMnistMini())
  const network = createNetwork(spec, { inputShape: data.imageShape, seed: 1 })
  const loss = 'sparseCategoricalCrossentropy'
  await fit(network, data, { optimizer: 'adam', loss, pixelRange: 'raw' })
  const path = join(folder, 'trained.safetensors')
  network.about = { ...network.about, temperature: 1.0625 }
  await saveModel(network, path)
  const loaded = await loadModel(path)
  expect(loaded.weights).toEqual(network.weights)
  expect(loaded.weights.get('batch_normalization/movingMean')!.some(mean => mean !== 0)).toBe(true)
  expect(loaded.model.spec).toEqual(spec)
  expect(loaded.about).toEqual(network.about)
  expect(loaded.about).toMatchObject({ classNames: data.classNames, pixelRange: 'raw', loss: { kind: loss } })
  const images = data.test.images.subarray(0, 8 * 784)
  const [first] = await predict(loaded, images)
  expect(first!.className).toBe(data.classNames[first!.class])
  expect(await predict(loaded, images)).toEqual(await predict(network, images, { pixelRange: 'raw' }))
  expect(await evaluate(loaded, data.test)).toEqual(
    await evaluate(network, data.test, { loss, pixelRange: 'raw' }),
  )
  expect(readdirSync(folder)).toEqual(['trained.safetensors'])
})

test.each(['0', '-1', '1e999', 'null1', '"2"'])(
  'a temperature of %s in a file is refused',
  async temperature => {
    const path = join(folder, 'bad.safetensors')
    await saveModel(createNetwork(spec, { inputShape: [9, 9, 1] }), path)
    const { metadata, ...file } = await readSafetensors(path)
    await writeSafetensors(path, { ...file, metadata: { ...metadata, temperature } })
    await expect(loadModel(path)).rejects.toThrow(
      /temperature must be a number above 0|"temperature" is not JSON/,
    )
  },
)

test('the old order of arguments is named', async () => {
  const network = createNetwork(spec, { inputShape: [9, 9, 1] })
  const swapped = saveModel as unknown as (path: string, network: object) => Promise<void>
  await expect(swapped('m.safetensors', network)).rejects.toThrow(
    'saveModel takes the network first: saveModel(network, path).',
  )
})

describe('a file that is not what it says', () => {
  const path = (): string => join(folder, 'changed.safetensors')
  const saved = async (): Promise<SafeTensors> => {
    const network = createNetwork(spec, { inputShape: [9, 9, 1] })
    await saveModel(network, path(), { classNames: ['a', 'b'] })
    return readSafetensors(path())
  }
  const changed = async (change: (file: SafeTensors) => SafeTensors): Promise<void> =>
    writeSafetensors(path(), change(await saved()))
  const metadata = (texts: Record<string, string>) => (file: SafeTensors) => ({
    ...file,
    metadata: { ...file.metadata, ...texts },
  })

  test.each([
    ['tensors of another program', metadata({ format: 'pt' }), 'it holds tensors, but no model of Heddle'],
    [
      'a newer format',
      metadata({ heddle: '2' }),
      'it was written by a newer Heddle (format 2, this one reads 1).',
    ],
    ['text that is no JSON', metadata({ model: '{' }), 'the metadata "model" is not JSON.'],
    [
      'text that is nested too deep',
      metadata({ classNames: `${'['.repeat(100)}${']'.repeat(100)}` }),
      'the metadata "classNames" is not JSON.',
    ],
    ['something that is no model', metadata({ model: '{"kind":"x"}' }), 'model: expected a model made by'],
    [
      'no shape',
      metadata({ inputShape: '[28,0,1]' }),
      'inputShape must be [height, width, channels], not [28,0,1].',
    ],
    ['no names', metadata({ classNames: '7' }), 'classNames must be a list of names, not 7.'],
    [
      'unknown pixels',
      metadata({ pixelRange: 'half' }),
      "pixelRange must be one of 'unit', 'raw', not \"half\".",
    ],
    [
      'missing weights',
      ({ tensors, ...file }: SafeTensors) => ({ ...file, tensors: new Map([...tensors].slice(1)) }),
      'the weights "conv2d/kernel" are missing.',
    ],
    [
      'weights of another shape',
      ({ tensors, ...file }: SafeTensors) => ({
        ...file,
        tensors: new Map([...tensors, ['dense/bias', { shape: [2, 5], values: new Float32Array(10) }]]),
      }),
      'the weights "dense/bias" have the shape [2, 5], but the model\'s have [10].',
    ],
    [
      'weights too many',
      ({ tensors, ...file }: SafeTensors) => ({
        ...file,
        tensors: new Map([...tensors, ['extra', { shape: [1], values: new Float32Array(1) }]]),
      }),
      'its model has no weights "extra".',
    ],
  ])('%s', async (_name, change, message) => {
    await changed(change)
    await expect(loadModel(path())).rejects.toThrow(`${path()}: ${message}`)
  })

  test('any text in the metadata is refused or read, never a crash', async () => {
    const file = await saved()
    const key = fc.constantFrom(...Object.keys(file.metadata))
    await fc.assert(
      fc.asyncProperty(key, fc.oneof(fc.json(), fc.string()), async (name, text) => {
        await writeSafetensors(path(), metadata({ [name]: text })(file))
        const error = await loadModel(path()).then(
          () => null,
          reason => reason as unknown,
        )
        if (error !== null) expect(error).toBeInstanceOf(HeddleError)
      }),
      { numRuns: 100 },
    )
  })
})

test('from memory it is the same network, and bad bytes are refused', async () => {
  const network = createNetwork(spec, { inputShape: [9, 9, 1], seed: 2 })
  const path = join(folder, 'memory.safetensors')
  await saveModel(network, path, { classNames: ['a', 'b'] })
  const bytes = readFileSync(path)
  const decoded = decodeModel(bytes, { backend: network.backend })
  expect(decoded.weights).toEqual(network.weights)
  expect(decoded.classNames).toEqual(['a', 'b'])
  const cut = (length: number) => () =>
    decodeModel(bytes.subarray(0, length), { backend: network.backend, name: 'It' })
  expect(cut(3)).toThrow('It is not a safetensors file: it has 3 bytes')
  expect(cut(bytes.length - 1)).toThrow('It: the safetensors header describes')
})
