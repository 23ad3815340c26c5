import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Corrections } from '../data/correct.ts'
import { corrected, type DataSource, fashionMnistMini, loadDataset } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { toSafetensors } from '../model/files/model-file.ts'
import { encodeSafetensors } from '../model/files/safetensors.ts'
import { sequential } from '../model/graph.ts'
import { createNetwork } from '../network/network.ts'
import { correctness } from '../network/predictions.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { openStore } from '../store/open.ts'
import type { RunStore } from '../store/store.ts'
import { experiment } from '../train/experiment.ts'
import { planExperiment } from '../train/run-experiment.ts'
import { commonTest, judgedPredictions } from './common-test.ts'
import { compareRuns } from './compare.ts'
import { describeRun } from './described.ts'
import { environmentOf } from './environment.ts'
import { groupRuns } from './groups.ts'
import { looksAt } from './looks.ts'

const backend = chooseBackend('auto')
const environment = environmentOf(backend, { version: '0', code: null })
const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
let folder: string
let store: RunStore
let fingerprint: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-common-test-'))
  store = await openStore(folder)
  fingerprint = (await loadDataset(fashionMnistMini())).fingerprint
})

afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A finished run whose network says class 0 of every test image. */
async function runOn(name: string, source: DataSource): Promise<string> {
  const data = await loadDataset(source)
  const spec = experiment({
    name,
    data: source,
    models: { linear },
    train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' },
  })
  const about = { source: { baseDir: folder, dataDir: null }, origins: {}, environment }
  const { models } = planExperiment(spec, data, { seeds: [1] })
  const id = await store.start(describeRun({ experiment: spec, ...models[0]! }, about))
  const { labels } = data.test
  const outputs = new Float32Array(10 * labels.length)
  for (let i = 0; i < labels.length; i++) outputs[10 * i] = 1
  const predictions = {
    metadata: { classNames: JSON.stringify(data.classNames) },
    tensors: new Map([
      ['outputs', { shape: [labels.length, 10], values: outputs }],
      ['labels', { shape: [labels.length], values: Float32Array.from(labels) }],
    ]),
  }
  await store.putArtefact(id, 'predictions.safetensors', encodeSafetensors(predictions))
  const { model, weights } = createNetwork(linear, { inputShape: data.imageShape, seed: 1, backend })
  const file = {
    model,
    weights,
    classNames: data.classNames,
    pixelRange: 'unit' as const,
    preparation: null,
    loss: null,
    temperature: null,
  }
  await store.putArtefact(id, 'model.safetensors', encodeSafetensors(toSafetensors(file)))
  await store.end(id, { status: 'finished', text: '' })
  return id
}

const marked = (train: Corrections, test: Corrections): DataSource =>
  corrected(fashionMnistMini(), { fingerprint, train, test })
const withTest = async (wanted: string[]) => commonTest(store, (await groupRuns(store, wanted)).groups)

test('training labels were corrected: before and after are compared on the same test, and both count its looks', async () => {
  const [before, after] = [
    await runOn('before', fashionMnistMini()),
    await runOn('after', marked({ 3: 'Coat' }, {})),
  ]
  const [a, b] = [await store.run(before), await store.run(after)]
  expect(a.fingerprint).not.toBe(b.fingerprint)
  expect(a.testFingerprint).toBe(b.testFingerprint)
  const { warnings, pairs } = await compareRuns(store, [before, after], { backend })
  expect(pairs[0]).toMatchObject({ difference: 0, verdict: 'no evidence' })
  expect(warnings).toContainEqual(
    expect.stringMatching(
      /^They were trained on different data: .* The test images and their labels are the same\.$/,
    ),
  )
  expect((await looksAt(store, a.fingerprint)).calls).toBe(1)
  expect((await looksAt(store, b.fingerprint)).calls).toBe(1)
})

test('test labels were corrected too: all are judged by the corrected ones', async () => {
  const data = await loadDataset(fashionMnistMini())
  const index = data.test.labels.findIndex(label => label !== 0)
  const before = await runOn('old-labels', fashionMnistMini())
  const after = await runOn('new-labels', marked({}, { [index]: data.classNames[0]! }))
  const { judge, notes } = await withTest([before, after])
  expect(judge.id).toBe(after)
  expect(notes.join()).toContain(
    'Test labels were corrected too: all models are judged by the corrected labels of ',
  )
  const hits = correctness(await judgedPredictions(store, await store.run(before), judge))
  expect(hits[index]).toBe(1)
  expect(hits).toEqual(correctness(await judgedPredictions(store, judge, judge)))
})

test('two corrections of the test labels, and other images: refused with what to do', async () => {
  const [one, other] = [
    await runOn('one', marked({}, { 0: 'Bag' })),
    await runOn('other', marked({}, { 1: 'Bag' })),
  ]
  await expect(withTest([one, other])).rejects.toThrow(
    /The test images are the same, but their labels are not, and there are several corrections: .* Give all models the data with the right test labels/,
  )
})
