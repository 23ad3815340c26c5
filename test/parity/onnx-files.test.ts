import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import { modelFormats, readModel } from '../../src/model/files/model-formats.ts'
import { decodeOnnx } from '../../src/model/files/onnx/decode.ts'
import { encodeOnnx } from '../../src/model/files/onnx/encode.ts'
import { goldenDifference, goldenOf } from '../../src/network/golden.ts'
import { Network } from '../../src/network/network.ts'
import { outputsOf } from '../../src/network/predict.ts'
import { modelFileOf } from '../../src/network/saved-model.ts'
import { relativeDifference } from '../../src/testing/compare.ts'
import { everyLayer, fileNameOf, missingKinds } from '../support/every-layer.ts'
import { hashOfGraph } from '../support/onnx-graph.ts'

const backend = chooseBackend('auto')
const folder = new URL('golden/onnx/', import.meta.url)
const files = readdirSync(folder).filter(file => file.endsWith('.onnx'))
const beside = async (name: string) => readFileSync(new URL(name, folder))

describe('files of three exporters, which make-onnx-files.py had them write', () => {
  const golden: {
    readonly inputs: readonly number[]
    readonly answers: Readonly<Record<string, readonly number[]>>
  } = JSON.parse(readFileSync(new URL('answers.json', folder), 'utf8'))

  test('there are five', () => expect(files).toEqual(Object.keys(golden.answers).toSorted()))

  test.each(files)('%s gives the outputs that ONNX Runtime gives', async file => {
    const read = await readModel(readFileSync(new URL(file, folder)), { name: file, beside })
    const network = new Network(read.model, read.weights, backend, read)
    const outputs = await outputsOf(network, Uint8Array.from(golden.inputs), { pixelRange: 'raw' })
    expect(relativeDifference(outputs, golden.answers[file]!)).toBeLessThan(1e-5)
    expect(read.remarks.some(remark => remark.includes('channels first'))).toBe(!file.startsWith('keras'))
  })

  test('weights in another file are asked for by its name', async () => {
    const bytes = readFileSync(new URL('dynamo-plain.onnx', folder))
    await expect(readModel(bytes, { name: 'it' })).rejects.toThrow(
      'it: its weights lie in the file "dynamo-plain.onnx.data"',
    )
    const short = async () => new Uint8Array(100)
    await expect(readModel(bytes, { name: 'it', beside: short })).rejects.toThrow('which has 100 bytes')
  })
})

test('what Heddle writes is what ONNX Runtime ran (if not: write-onnx-files.ts, then run-onnx-files.py)', async () => {
  const recorded: Readonly<Record<string, string>> = JSON.parse(
    readFileSync(new URL('written.json', folder), 'utf8'),
  )
  const networks = everyLayer({ count: 1, seed: 21 }, backend)
  const nothing = { inputs: new Uint8Array(0), outputs: new Float32Array(0) }
  let compared = 0
  for (const named of networks) {
    const { network } = named
    for (const layout of ['nhwc', 'nchw'] as const) {
      const file = `${fileNameOf(named)}-${layout}.onnx`
      if (!recorded[file]) continue
      const { pieces } = await modelFormats.onnx.write(modelFileOf(network), nothing, { layout })
      expect(hashOfGraph(Buffer.concat(pieces)), file).toBe(recorded[file])
      compared++
    }
  }
  expect(compared).toBeGreaterThan(60)
})

/** The file without what says which layers it was written from: then its operators are read. */
function withoutLayers(bytes: Uint8Array): Uint8Array {
  const model = decodeOnnx(bytes)
  const { model: _, ...about } = JSON.parse(model.metadata.get('heddle')!)
  return encodeOnnx({ ...model, metadata: new Map([['heddle', JSON.stringify(about)]]) })
}

/** Operators that Heddle writes for layers and reads as such only. */
const NOT_READ = /\((Gather|Where|Shape|Greater|Min)\)/

describe('what Heddle writes as ONNX, it reads again: the same layers, and the same bits of weights and outputs', () => {
  const networks = everyLayer({ count: 2, seed: 11 }, backend)
  test('the models have every layer', () => expect(missingKinds(networks)).toEqual([]))

  test.each(networks)('$name', async ({ network }) => {
    const golden = await goldenOf(network)
    for (const layout of ['nhwc', 'nchw'] as const) {
      const { pieces, layers } = await modelFormats.onnx.write(modelFileOf(network), golden, { layout })
      expect(layers).toHaveLength(network.model.layers.length)
      const bytes = Buffer.concat(pieces)
      const read = await readModel(bytes, { name: 'written' })
      expect(read.model.spec).toEqual({ ...network.model.spec, inputShape: read.model.spec.inputShape })
      for (const [name, values] of network.weights)
        expect(Buffer.from(read.weights.get(name)!.buffer).equals(Buffer.from(values.buffer)), name).toBe(
          true,
        )
      const again = new Network(read.model, read.weights, backend, read)
      expect(await goldenDifference(again, read.golden!)).toMatchObject({ largest: 0, changedLabels: 0 })
    }
  })

  test.each(networks)('by its operators alone: $name', async ({ network }) => {
    const golden = await goldenOf(network)
    for (const layout of ['nhwc', 'nchw'] as const) {
      const { pieces } = await modelFormats.onnx.write(modelFileOf(network), golden, { layout })
      const bytes = withoutLayers(Buffer.concat(pieces))
      const read = await readModel(bytes, { name: 'written' }).catch((error: Error) => error)
      if (read instanceof Error) {
        expect(read.message).toMatch(NOT_READ)
        continue
      }
      const again = new Network(read.model, read.weights, backend, read)
      const scale = Math.max(1, ...golden.outputs.map(Math.abs))
      expect((await goldenDifference(again, read.golden!))!.largest / scale).toBeLessThan(1e-5)
    }
  })
})
