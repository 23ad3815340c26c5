import { expect, test } from 'vitest'
import { referenceBackend } from '../engine/backends/reference.ts'
import { modelFormats, readModel } from '../model/files/model-formats.ts'
import { sequential } from '../model/graph.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { goldenDifference, goldenOf, outputDifference } from './golden.ts'
import { createNetwork } from './network.ts'
import { modelFileOf } from './saved-model.ts'

const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), {
  inputShape: [2, 2, 1],
  backend: referenceBackend(),
})

test('its examples are pictures of the data, at equal distances, and noise where there is none', async () => {
  const images = Uint8Array.from({ length: 32 * 4 }, (_, i) => i)
  const { inputs } = await goldenOf(network, images)
  expect(inputs).toEqual(Uint8Array.from({ length: 16 * 4 }, (_, i) => (i >> 2) * 8 + (i & 3)))
  expect((await goldenOf(network, images.subarray(0, 12))).inputs).toEqual(images.subarray(0, 12))
  const noise = await goldenOf(network)
  expect(noise.inputs).toHaveLength(64)
  expect(new Set(noise.inputs).size).toBeGreaterThan(32)
  expect(await goldenOf(network)).toEqual(noise)
})

test.each(Object.entries(modelFormats))(
  '%s carries them, and the model is held to them',
  async (_, format) => {
    const golden = await goldenOf(network)
    const { pieces, beside = new Map() } = await format.write(modelFileOf(network), golden)
    const read = await readModel(Buffer.concat(pieces), {
      name: 'It',
      beside: async name => Buffer.concat(beside.get(name)!),
    })
    expect(read.golden).toEqual(golden)
    expect(await goldenDifference(network, read.golden!)).toEqual({
      examples: 16,
      largest: 0,
      changedLabels: 0,
      isClose: true,
    })
    const other = createNetwork(network.model.spec, {
      inputShape: [2, 2, 1],
      seed: 9,
      backend: network.backend,
    })
    expect(await goldenDifference(other, golden)).toMatchObject({ isClose: false })
  },
)

test('outputs that differ are measured; what is no number is far, and another size no comparison', () => {
  const expected = Float32Array.of(0.75, 0.25, 0.5, 0.5)
  const compare = (...outputs: readonly number[]) =>
    outputDifference(Float32Array.from(outputs), { expected, classes: 2 })
  expect(compare(0.25, 0.75, 0.5, 0.5)).toEqual({
    examples: 2,
    largest: 0.5,
    changedLabels: 1,
    isClose: false,
  })
  expect(compare(0.75, 0.25, 0.5, 0.5 + 2 ** -14)).toMatchObject({ changedLabels: 1, isClose: true })
  expect(compare(0.75, Number.NaN, 0.5, 0.5)).toMatchObject({ largest: Number.NaN, isClose: false })
  expect(compare(0.75, 0.25)).toBeNull()
})
