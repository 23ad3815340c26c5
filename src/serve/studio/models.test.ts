import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { preparation } from '../../data/preparation.ts'
import { fashionMnistMini } from '../../data/source.ts'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { type Answer, type Inspected, questions } from '../../insight/explain/asked-model.ts'
import { readModel } from '../../model/files/model-formats.ts'
import { encodeSafetensors } from '../../model/files/safetensors.ts'
import { readZip } from '../../model/files/zip.ts'
import { sequential } from '../../model/graph.ts'
import { goldenOf } from '../../network/golden.ts'
import { createNetwork, type Network } from '../../network/network.ts'
import { loadModel, saveModel } from '../../network/saved-model.ts'
import { conv2d, dense, flatten } from '../../nn/layers/index.ts'
import type { LayerActivations } from '../../protocol/explanations.ts'
import { fromJson } from '../../protocol/json.ts'
import { openStore } from '../../store/open.ts'
import { started } from '../../store/store.contract.ts'
import type { RunStore } from '../../store/store.ts'
import { experiment } from '../../train/experiment.ts'
import { type Studio, startStudio } from './server.ts'

const backend = referenceBackend()
const folder = mkdtempSync(join(tmpdir(), 'heddle-models-'))
const layers = [conv2d({ filters: 2, kernelSize: 3 }), flatten(), dense({ units: 3, activation: 'softmax' })]
let store: RunStore
let studio: Studio
let run: string
let model: Network

beforeAll(async () => {
  store = await openStore(join(folder, 'store'))
  studio = await startStudio({
    ...{ host: '127.0.0.1', port: 0, token: null, dataDir: undefined, experiments: [] },
    ...{ store, backend },
  })
  const network = createNetwork(sequential(layers), { inputShape: [5, 4, 1], backend, seed: 1 })
  const path = join(folder, 'model.safetensors')
  await saveModel(network, path, {
    classNames: ['a', 'b', 'c'],
    preparation: preparation({ colorMode: 'grayscale' }),
  })
  model = await loadModel(path, { backend })
  run = await store.start(started())
  await store.putArtefact(run, 'model.safetensors', [readFileSync(path)])
})

afterAll(async () => {
  await studio.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

/** What the server says to a page without an engine. */
async function ask(
  question: string,
  pixels = new Uint8Array(),
  { explain = null, of = run }: { readonly explain?: number | null; readonly of?: string } = {},
) {
  const reply = await fetch(`${studio.origin}api/runs/${of}/ask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${studio.key}` },
    body: JSON.stringify({ question, pixels: Buffer.from(pixels).toString('base64'), explain }),
  })
  return { status: reply.status, body: fromJson(await reply.text()) }
}

const picture = Uint8Array.from({ length: 20 }, (_, i) => 12 * i)
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('for a page without an engine, the server gives the answers that the engine in the browser would give', async () => {
  expect((await ask('facts')).body).toEqual(plain(await questions.facts(model)))
  expect((await ask('inspect')).body).toEqual(plain(await questions.inspect(model)))
  expect((await ask('maps', picture)).body).toEqual(plain(await questions.maps(model, picture)))
  for (const explain of [null, 2]) {
    const { durationMs, ...answer } = (await ask('answer', picture, { explain })).body as Answer
    const { durationMs: _, ...here } = await questions.answer(model, picture, explain)
    expect(answer).toEqual(plain(here))
    expect(answer.explained).toBe(explain ?? answer.predicted)
    expect(durationMs).toBeGreaterThan(0)
  }
})

test('a network leaves for other programs, with noise instead of pictures in its examples', async () => {
  const exported = (to: string) =>
    fetch(`${studio.origin}api/runs/${run}/export?to=${to}`, {
      headers: { authorization: `Bearer ${studio.key}` },
    })
  for (const to of ['keras', 'h5', 'onnx', 'safetensors']) {
    const reply = await exported(to)
    expect(reply.headers.get('content-disposition'), to).toBe('attachment')
    const file = await readModel(new Uint8Array(await reply.arrayBuffer()), { name: to })
    expect(file.classNames).toEqual(model.classNames)
    const golden = await goldenOf(model)
    expect(file.golden!.inputs).toEqual(golden.inputs)
  }
  // Files that belong together come as one archive.
  for (const [to, name] of [
    ['tfjs', 'model.json'],
    ['web', 'index.html'],
  ] as const)
    expect((await readZip(new Uint8Array(await (await exported(to)).arrayBuffer()), [name])).size).toBe(1)
  expect((await exported('pickle')).status).toBe(400)
})

test('what the network cannot be asked is refused in words', async () => {
  expect(await ask('answer', picture.subarray(1))).toEqual({
    status: 400,
    body: { error: 'The network takes 5 × 4 × 1 bytes, that is 20, not 19.' },
  })
  expect(await ask('answer', picture, { explain: 3 })).toEqual({
    status: 400,
    body: { error: `The run ${run} has 3 classes: the last one is 2.` },
  })
  expect((await ask('weights')).status).toBe(400)
})

test('of a network that is not finite, numbers stay numbers, and there is no answer', async () => {
  const { classNames } = model
  const network = model
  const kernel = network.weights.get('dense/kernel')!.slice()
  kernel[0] = Number.NaN
  kernel[1] = Infinity
  const broken = createNetwork(sequential(layers), { inputShape: [5, 4, 1], backend })
  broken.weights = new Map(network.weights)
    .set('dense/kernel', kernel)
    .set('dense/bias', Float32Array.of(Number.NaN, Number.NaN, Number.NaN))
  const path = join(folder, 'broken.safetensors')
  await saveModel(broken, path, { classNames, preparation: preparation({ colorMode: 'grayscale' }) })
  const of = await store.start(started({ seed: 2 }))
  await store.putArtefact(of, 'model.safetensors', [readFileSync(path)])

  const inspected = (await ask('inspect', undefined, { of })).body as Inspected
  const [weights, bias] = inspected.layers.find(({ name }) => name === 'dense')!.weights
  expect(weights).toMatchObject({ count: kernel.length, notFinite: 2 })
  expect([weights!.min, weights!.max, weights!.mean, weights!.std].every(Number.isFinite)).toBe(true)
  expect(weights!.bins.reduce((sum, bin) => sum + bin, 0)).toBe(kernel.length - 2)
  expect(bias).toMatchObject({ count: 3, notFinite: 3, mean: Number.NaN, bins: [] })
  const made = (await ask('maps', picture, { of })).body as LayerActivations[]
  expect(made.at(-1)!.maps[0]!.values).toEqual([Number.NaN, Number.NaN, Number.NaN])

  expect(await ask('answer', picture, { of })).toEqual({
    status: 409,
    body: {
      error:
        'The network\'s outputs for these images are not finite, from the layer "dense" on: there is nothing to explain.',
    },
  })
})

test('predictions are 12 bytes an image, however many classes there are: label, class, and how sure', async () => {
  const spec = experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: { linear: sequential(layers) },
    train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' },
  })
  const { detail } = started()
  const of = await store.start(started({ seed: 3, detail: { ...detail, spec } }))
  const predictions = {
    metadata: { classNames: JSON.stringify(['a', 'b', 'c']) },
    tensors: new Map([
      ['outputs', { shape: [2, 3], values: Float32Array.of(0.25, 0.75, 0, 0.5, 0.25, 0.25) }],
      ['labels', { shape: [2], values: Float32Array.of(1, 2) }],
    ]),
  }
  await store.putArtefact(of, 'predictions.safetensors', encodeSafetensors(predictions))
  const reply = await fetch(`${studio.origin}api/runs/${of}/predictions`, {
    headers: { authorization: `Bearer ${studio.key}` },
  })
  const bytes = await reply.arrayBuffer()
  const whole = [...new Int32Array(bytes, 0, 4)]
  const confidence = [...new Float32Array(bytes, 16)]
  expect([whole, confidence]).toEqual([
    [1, 2, 1, 0],
    [0.75, 0.5],
  ])
})
