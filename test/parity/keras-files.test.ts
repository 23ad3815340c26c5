import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { modelFormats, readModel } from '../../src/model/files/model-formats.ts'
import { goldenDifference, goldenOf } from '../../src/network/golden.ts'
import { Network } from '../../src/network/network.ts'
import { outputsOf } from '../../src/network/predict.ts'
import { modelFileOf } from '../../src/network/saved-model.ts'
import { definitionOf } from '../../src/nn/layers/index.ts'
import { relativeDifference } from '../../src/testing/compare.ts'
import { everyLayer, missingKinds } from '../support/every-layer.ts'

const backend = chooseBackend('auto')
const folder = new URL('golden/keras/', import.meta.url)
const files = readdirSync(folder).filter(file => /\.(keras|h5)$/.test(file))

interface Answers {
  readonly inputs: readonly number[]
  readonly models: Readonly<Record<string, readonly number[]>>
}

describe('files that Keras 2.15 and 3.15 wrote', () => {
  test('there are both kinds of both', () => expect(files).toHaveLength(8))

  test.each(files)('%s gives the outputs that Keras gives', async file => {
    const [, keras, model] = /^(\w+)-(\w+)\./.exec(file)!
    const answers: Answers = JSON.parse(readFileSync(new URL(`${keras}.json`, folder), 'utf8'))
    const read = await readModel(readFileSync(new URL(file, folder)), { name: file })
    const network = new Network(read.model, read.weights, backend, read)
    const outputs = await outputsOf(network, Uint8Array.from(answers.inputs), { pixelRange: 'raw' })
    expect(relativeDifference(outputs, answers.models[model!]!)).toBeLessThan(1e-5)
  })
})

const NOTHING = { inputs: new Uint8Array(0), outputs: new Float32Array(0) }

/** What Keras does not have. */
function refusalOf({ model }: Network): string | null {
  const refusals = model.layers.map(({ layer }) => definitionOf(layer).keras?.refused?.(layer) ?? null)
  return refusals.find(text => text !== null) ?? null
}

describe('what Heddle writes for Keras, it reads again: the same bits of weights and outputs', () => {
  const networks = everyLayer({ count: 2, seed: 11 }, backend)
  test('the models have every layer', () => expect(missingKinds(networks)).toEqual([]))

  test.each(networks)('$name', async ({ network }) => {
    const refusal = refusalOf(network)
    if (refusal !== null) {
      await expect(modelFormats.keras.write(modelFileOf(network), NOTHING)).rejects.toThrow(refusal)
      return
    }
    const golden = await goldenOf(network)
    for (const format of [modelFormats.keras, modelFormats.h5]) {
      const { pieces, layers } = await format.write(modelFileOf(network), golden)
      expect(layers).toHaveLength(network.model.layers.length)
      const read = await readModel(Buffer.concat(pieces), { name: 'written' })
      for (const [name, values] of network.weights)
        expect(Buffer.from(read.weights.get(name)!.buffer).equals(Buffer.from(values.buffer)), name).toBe(
          true,
        )
      expect(read.golden?.inputs.length).toBe(golden.inputs.length)
      const again = new Network(read.model, read.weights, backend, read)
      expect(await goldenDifference(again, read.golden!)).toMatchObject({ largest: 0, changedLabels: 0 })
    }
  })
})
