import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { started } from '../../test/contracts/run-store.ts'
import { preparation } from '../data/preparation.ts'
import { referenceBackend } from '../engine/backends/reference.ts'
import { type Answer, questions } from '../explain/asked-model.ts'
import { conv2d, dense, flatten } from '../layers/index.ts'
import { sequential } from '../model/graph.ts'
import { RunStore } from '../store/run-store.ts'
import { createNetwork } from '../train/network.ts'
import { loadModel, type SavedModel, saveModel } from '../train/saved-model.ts'
import { type Studio, startStudio } from './server.ts'

const backend = referenceBackend()
const folder = mkdtempSync(join(tmpdir(), 'heddle-models-'))
let store: RunStore
let studio: Studio
let run: string
let model: SavedModel

beforeAll(async () => {
  store = await RunStore.open(join(folder, 'store'))
  studio = await startStudio({
    ...{ host: '127.0.0.1', port: 0, token: null, dataDir: undefined, experiments: [] },
    ...{ store, backend },
  })
  const layers = [
    conv2d({ filters: 2, kernelSize: 3 }),
    flatten(),
    dense({ units: 3, activation: 'softmax' }),
  ]
  const network = createNetwork(sequential(layers), { inputShape: [5, 4, 1], backend, seed: 1 })
  const path = join(folder, 'model.safetensors')
  await saveModel(path, network, {
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
async function ask(question: string, pixels = new Uint8Array(), explain: number | null = null) {
  const reply = await fetch(`${studio.origin}api/runs/${run}/ask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${studio.key}` },
    body: JSON.stringify({ question, pixels: Buffer.from(pixels).toString('base64'), explain }),
  })
  return { status: reply.status, body: await reply.json() }
}

const picture = Uint8Array.from({ length: 20 }, (_, i) => 12 * i)
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('a page without an engine is told by the server what the engine of a browser would tell', async () => {
  expect((await ask('facts')).body).toEqual(plain(await questions.facts(model)))
  expect((await ask('inspect')).body).toEqual(plain(await questions.inspect(model)))
  expect((await ask('maps', picture)).body).toEqual(plain(await questions.maps(model, picture)))
  for (const explain of [null, 2]) {
    const { durationMs, ...answer } = (await ask('answer', picture, explain)).body as Answer
    const { durationMs: _, ...here } = await questions.answer(model, picture, explain)
    expect(answer).toEqual(plain(here))
    expect(answer.explained).toBe(explain ?? answer.predicted)
    expect(durationMs).toBeGreaterThan(0)
  }
})

test('what the network cannot be asked is refused in words', async () => {
  expect(await ask('answer', picture.subarray(1))).toEqual({
    status: 400,
    body: { error: 'The network takes 5 × 4 × 1 bytes, that is 20, not 19.' },
  })
  expect(await ask('answer', picture, 3)).toEqual({
    status: 400,
    body: { error: `The run ${run} has 3 classes: the last one is 2.` },
  })
  expect((await ask('weights')).status).toBe(400)
})
