import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fuzzInputs, refusals } from '../../../test/support/fuzz.ts'
import { batchNormalization, conv2d, dense, flatten } from '../../nn/layers/index.ts'
import { changedJson, type Dice, damaged } from '../../testing/dice.ts'
import { sequential } from '../graph.ts'
import { buildModel } from '../model.ts'
import { tfjsFormat } from './tfjs/tfjs-format.ts'
import { parseNames } from './weights/names.ts'
import { readWeights } from './weights/read-weights.ts'

const INPUTS = fuzzInputs(100)
const refused = (work: (dice: Dice) => unknown) => refusals(work, { inputs: INPUTS, seed: 5, longest: 3000 })

const golden = (name: string): Buffer =>
  readFileSync(new URL(`../../../test/parity/golden/${name}`, import.meta.url))

test.each(['sequential', 'functional'])(
  `${INPUTS} changed or damaged %s models of TensorFlow.js: read, or refused in words`,
  async name => {
    const [model, weights] = [golden(`tfjs/${name}/model.json`), golden(`tfjs/${name}/weights.bin`)]
    const read = (json: Uint8Array, bytes: Uint8Array) =>
      tfjsFormat.read(json, { name: 'model.json', beside: async () => bytes })
    const text = model.toString()
    expect(await refused(dice => read(damaged(model, dice), weights))).toBeGreaterThan(0)
    expect(await refused(dice => read(model, damaged(weights, dice)))).toBeGreaterThan(0)
    const changed = (dice: Dice) => read(Buffer.from(JSON.stringify(changedJson(text, dice))), weights)
    expect(await refused(changed)).toBeGreaterThan(INPUTS / 4)
  },
)

const network = sequential([
  conv2d({ filters: 4, kernelSize: 3, padding: 'same' }),
  batchNormalization(),
  flatten(),
  dense({ units: 3 }),
])
const into = { name: 'weights', model: buildModel(network, [6, 5, 3]), pixelRange: 'unit' } as const

test.each(['pytorch.safetensors', 'keras2.h5', 'keras3.weights.h5'])(
  `${INPUTS} damaged copies of the weights %s: read, or refused in words`,
  async file => {
    const sound = golden(`weights/${file}`)
    const work = (dice: Dice) => readWeights(damaged(sound, dice), { ...into, names: null })
    expect(await refused(work)).toBeGreaterThan(0)
  },
)

test(`${INPUTS} changed maps of names: taken, or refused in words`, async () => {
  const sound = golden('weights/pytorch.safetensors')
  const map = JSON.stringify({
    conv2d: 'stem',
    batch_normalization: 'norm',
    'dense/kernel': 'fc.weight',
    'dense/bias': 'fc.bias',
    unused: ['deep', 'slope'],
  })
  const work = (dice: Dice) => readWeights(sound, { ...into, names: parseNames(changedJson(map, dice)) })
  expect(await refused(work)).toBe(INPUTS)
})

test('weights that announce more than there is, or more than can be, are refused before memory is asked for', async () => {
  const manifest = (weights: unknown, paths: unknown = ['w.bin']) =>
    tfjsFormat.read(
      Buffer.from(
        JSON.stringify({
          modelTopology: { class_name: 'Sequential', config: [] },
          weightsManifest: [{ paths, weights }],
        }),
      ),
      { name: 'm', beside: async () => new Uint8Array(8) },
    )
  const array = { name: 'a/kernel', shape: [2 ** 40, 2 ** 12], dtype: 'float32' }
  await expect(manifest([array])).rejects.toThrow('but the files beside it have 8')
  await expect(manifest([{ ...array, shape: [-1] }])).rejects.toThrow('have the shape')
  await expect(manifest([{ ...array, dtype: 'string' }])).rejects.toThrow('only float32 is read')
  await expect(manifest(Array(20_001).fill(array))).rejects.toThrow('more than')
  await expect(manifest([], Array(10_001).fill('w.bin'))).rejects.toThrow('more than')
  await expect(tfjsFormat.read(Buffer.from('{"a":'.repeat(100_000)), { name: 'm' })).rejects.toThrow(
    'nested more than 64 levels deep',
  )
})
