import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDataset } from '../data/dataset.ts'
import { fashionMnistMini } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { sequential } from '../model/graph.ts'
import { pretrained } from '../model/pretrained.ts'
import { decodeModel } from '../network/decode-model.ts'
import { createNetwork } from '../network/network.ts'
import { saveModel } from '../network/saved-model.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { sgd } from '../nn/optimizers/index.ts'
import { openStore } from '../store/open.ts'
import type { RunStore } from '../store/store.ts'
import { type ExperimentSpec, experiment } from '../train/experiment.ts'
import { withPretrainedParts } from '../train/pretrained-parts.ts'
import { planExperiment, runExperiment } from '../train/run-experiment.ts'
import { configurationOf } from './described.ts'
import { usualPolicy } from './record.ts'
import { recordingIn } from './recording.ts'
import { resumeRun } from './resume.ts'

const pixels = { images: new Uint8Array([1, 200, 30, 4, 90, 60]), labels: new Int32Array([0, 1, 0]) }
const data = createDataset({
  name: 'three',
  classNames: ['a', 'b'],
  imageShape: [1, 2, 1],
  train: pixels,
  test: pixels,
})
const backend = chooseBackend('auto')
const quiet = () => {}
let folder: string
let store: RunStore

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-pretrained-run-'))
  store = await openStore(join(folder, 'store'))
  await writeBackbone(join(folder, 'base.safetensors'), 1)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function writeBackbone(path: string, seed: number): Promise<void> {
  const spec = sequential([flatten(), dense({ units: 3 }), dense({ units: 2, activation: 'softmax' })])
  await saveModel(createNetwork(spec, { inputShape: data.imageShape, seed, backend }), path)
}

const written = (file = 'base.safetensors'): ExperimentSpec =>
  experiment({
    name: 'transfer',
    data: fashionMnistMini(),
    models: { one: sequential([pretrained({ file }), dense({ units: 2, activation: 'softmax' })]) },
    train: {
      optimizer: sgd({ learningRate: 0.5 }),
      loss: 'sparseCategoricalCrossentropy',
      epochs: 3,
      batchSize: 2,
    },
  })

test('the content of the file is part of what a run is, and its place is not', async () => {
  const configuration = async (file?: string) =>
    configurationOf(await withPretrainedParts(written(file), { baseDir: folder }), 'one', data)
  const first = await configuration()
  await writeBackbone(join(folder, 'moved.safetensors'), 1)
  expect(await configuration('moved.safetensors')).toBe(first)
  await writeBackbone(join(folder, 'moved.safetensors'), 2)
  expect(await configuration('moved.safetensors')).not.toBe(first)
})

test('a run that stopped at once goes on without the file, to the same bits', async () => {
  const spec = await withPretrainedParts(written(), { baseDir: folder })
  const recorded = async (stop: AbortController, onEvent = quiet) => {
    const { signal } = stop
    const { follow, lastId } = await recordingIn(store, {
      ...{ experiment: spec, backend, version: '0', policy: usualPolicy, signal, onNotice: quiet },
      ...{ source: { baseDir: folder, dataDir: null }, origins: {} },
    })
    const ended = runExperiment(spec, data, {
      ...{ seeds: [1], backend, signal, follow, onEvent },
      baseDir: folder,
    })
    await ended.catch(error => expect(signal.aborted, String(error)).toBe(true))
    return lastId()!
  }
  const weightsOf = async (id: string) =>
    decodeModel((await store.artefact(id, 'model.safetensors'))!.bytes, { backend }).weights
  const whole = await recorded(new AbortController())
  const stop = new AbortController()
  const stopped = await recorded(stop, () => stop.abort(new Error('stopped')))
  expect((await store.checkpoints.of(stopped)).map(({ step }) => step)).toEqual([0])
  rmSync(join(folder, 'base.safetensors'))
  const { plan } = planExperiment(spec, data, { seeds: [1], resume: true }).models[0]!
  await resumeRun({
    ...{ store, run: await store.run(stopped), experiment: spec, plan, backend, policy: usualPolicy },
    ...{ signal: new AbortController().signal, onNotice: quiet, onProblem: quiet, onEvent: quiet },
  })
  expect(await weightsOf(stopped)).toEqual(await weightsOf(whole))
})
