import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { otherEngine } from '../../test/support/engines.ts'
import { Interruption } from '../base/interruption.ts'
import { randomTranslation } from '../data/augment/index.ts'
import { fashionMnistMini, imageFolder, loadDataset } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { sequential } from '../model/graph.ts'
import { batchNormalization, conv2d, dense, dropout, flatten } from '../nn/layers/index.ts'
import { sgd } from '../nn/optimizers/index.ts'
import { cosineDecay } from '../nn/schedules/schedule.ts'
import { parseSlice, type SliceResult } from '../protocol/slice.ts'
import { encodePng } from '../show/png.ts'
import { openStore } from '../store/open.ts'
import type { RunStore } from '../store/store.ts'
import { earlyStopping } from '../train/callbacks/early-stopping.ts'
import { type ExperimentOptions, experiment } from '../train/experiment.ts'
import { runSlice, type SliceContext, UnfitWorker } from './slice.ts'

const backend = chooseBackend('auto', { threads: 1 })
const data = fashionMnistMini()
const run = 'abcdef123456'
let fingerprint: string
let folder: string
let store: RunStore
let study: string

beforeAll(async () => {
  fingerprint = (await loadDataset(data)).fingerprint
})
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-slice-'))
  store = await openStore(folder)
  study = await store.studies.add({ name: 'search', spec: {} })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Everything that a checkpoint must hold: momentum, moving statistics, a schedule, random streams, the state of a callback. */
const remembering = (train: Partial<ExperimentOptions['train']> = {}) =>
  experiment({
    name: 'search',
    data,
    models: {
      trial: sequential([
        conv2d({ filters: 2, kernelSize: 5, strides: 5 }),
        batchNormalization(),
        flatten(),
        dropout({ rate: 0.2 }),
        dense({ units: 10, activation: 'softmax' }),
      ]),
    },
    train: {
      optimizer: sgd({
        learningRate: cosineDecay({ initialLearningRate: 0.1, decaySteps: 150 }),
        momentum: 0.9,
      }),
      loss: 'sparseCategoricalCrossentropy',
      epochs: 6,
      validationSplit: 0.2,
      augmentation: [randomTranslation({ heightFactor: 0.1, widthFactor: 0.1 })],
      callbacks: [earlyStopping({ patience: 4, restoreBestWeights: true })],
      ...train,
    },
  })

const taskOf = (epochs: number, more: object = {}) =>
  parseSlice({
    ...{ experiment: remembering(), seed: 3, run, epochs, baseDir: folder },
    ...{ fingerprint, arithmetic: backend.arithmetic },
    ...more,
  })

const slice = (epochs: number, { task = {}, ...context }: { task?: object } & Partial<SliceContext> = {}) =>
  runSlice(taskOf(epochs, task), {
    ...{ store, backend, study, version: '0', loading: {}, signal: new AbortController().signal },
    onNotice: () => {},
    ...context,
  })

/** All that must be the same to the bit. */
async function outcome() {
  const timeless = <T extends object>(rows: readonly T[]) =>
    rows.map(row => ({ ...row, trainMs: 0, durationMs: 0 }))
  const { status, metrics, epochsDone } = await store.run(run)
  return {
    ...{ status, metrics, epochsDone },
    epochs: timeless(await store.epochs(run)),
    steps: timeless(await store.steps(run)),
    artefacts: (await store.artefacts(run)).map(({ name, sha256 }) => ({ name, sha256 })),
  }
}

const trained = (result: SliceResult) => {
  if (result.type === 'failed') throw new Error(result.reason)
  return result
}

async function uninterrupted() {
  await slice(6)
  const whole = await outcome()
  await store.move(run, 'bin')
  await store.gc(0)
  return whole
}

test.each([1, 2])(
  'pauses at rungs, on %i threads: the bits of an uninterrupted run',
  async threads => {
    const whole = await uninterrupted()
    expect(whole).toMatchObject({ status: 'finished', epochsDone: 6 })
    const own = { backend: chooseBackend('auto', { threads }) }
    expect(trained(await slice(1, own))).toMatchObject({ epochs: 1, isAtTarget: true, isDone: false })
    expect(await store.run(run)).toMatchObject({
      ...{ status: 'interrupted', reason: 'The search paused it after 1 epoch.', study },
    })
    const third = trained(await slice(3, own))
    expect(third).toMatchObject({ epochs: 3, isAtTarget: true, isDone: false, params: 570, latencyMs: null })
    expect(third.history.map(({ valLoss }) => valLoss)).toEqual(
      whole.epochs.slice(0, 3).map(({ metrics }) => metrics.valLoss),
    )
    // Another worker does it once more: nothing is trained.
    expect(await slice(3, own)).toEqual(third)
    expect(trained(await slice(6, own))).toMatchObject({ epochs: 6, isAtTarget: true, isDone: true })
    expect(await outcome()).toEqual(whole)
    expect(trained(await slice(6, own))).toMatchObject({ epochs: 6, isDone: true })
  },
  30_000,
)

test('time that is up ends a slice within an epoch; the next one goes on there', async () => {
  const whole = await uninterrupted()
  let now = 0
  const clock = () => (now += 400)
  let slices = 1
  for (; !trained(await slice(6, { clock, task: { seconds: 10 } })).isDone; slices++)
    expect(slices).toBeLessThan(1000)
  expect(slices).toBeGreaterThan(6)
  expect(await outcome()).toEqual(whole)
}, 30_000)

test('a worker that is stopped in the middle leaves a checkpoint, from which another one goes on', async () => {
  const whole = await uninterrupted()
  const controller = new AbortController()
  const stopped = slice(6, {
    signal: controller.signal,
    onTraining: event => event.type === 'step' && event.step === 70 && controller.abort(new Interruption()),
  })
  await expect(stopped).rejects.toThrow(Interruption)
  const [checkpoint] = await store.checkpoints.of(run)
  expect(checkpoint!.step).toBeGreaterThan(70)
  await slice(6)
  expect(await outcome()).toEqual(whole)
})

/** Leaves a run with its last checkpoint, and without its end. */
async function stopAfterLastEpoch() {
  const controller = new AbortController()
  const stopped = slice(6, {
    signal: controller.signal,
    onTraining: event => event.type === 'epoch' && event.epoch === 5 && controller.abort(new Interruption()),
  })
  await expect(stopped).rejects.toThrow(Interruption)
  const [checkpoint] = await store.checkpoints.of(run)
  expect(checkpoint!.epoch).toBe(6)
  return checkpoint!
}

test('a worker that dies between its last checkpoint and the end: the next one ends the run, with its files', async () => {
  const whole = await uninterrupted()
  await stopAfterLastEpoch()
  expect(trained(await slice(6))).toMatchObject({ epochs: 6, isAtTarget: true, isDone: true })
  expect(await outcome()).toEqual(whole)
})

test('a worker that dies right after the end of a run: the next one removes the checkpoints', async () => {
  await store.resume(run, await stopAfterLastEpoch())
  await store.end(run, { status: 'finished', text: '', seconds: 1 })
  expect(await store.checkpoints.of(run)).not.toEqual([])
  expect(trained(await slice(6))).toMatchObject({ isDone: true, seconds: 1 })
  expect(await store.checkpoints.of(run)).toEqual([])
})

test('the test images stay sealed', async () => {
  await slice(6)
  const { metrics } = await store.run(run)
  expect(Object.keys(metrics).filter(name => name.startsWith('test'))).toEqual([])
  expect((await store.artefacts(run)).map(({ name }) => name)).toEqual([
    'best.safetensors',
    'model.safetensors',
  ])
})

test('latency is measured at the target, where it is asked for', async () => {
  const result = trained(await slice(1, { task: { measure: ['latencyMs'] } }))
  expect(result.latencyMs).toBeGreaterThan(0)
})

test('early stopping ends a trial before its target', async () => {
  const train = { callbacks: [earlyStopping({ patience: 0, minDelta: 10 })] }
  const result = trained(await slice(6, { task: { experiment: remembering(train) } }))
  expect(result).toMatchObject({ epochs: 2, isAtTarget: true, isDone: true })
})

test('a trial that cannot be trained is a result, and stays one', async () => {
  const exploding = remembering({ optimizer: sgd({ learningRate: 1e30 }) })
  const first = await slice(6, { task: { experiment: exploding } })
  expect(first).toMatchObject({ type: 'failed', reason: expect.stringContaining('Lower the learning rate') })
  expect(await slice(6, { task: { experiment: exploding } })).toEqual(first)
  const other = await slice(6, { task: { experiment: {}, run: 'abcdef123457' } })
  expect(other).toMatchObject({
    ...{ type: 'failed', reason: expect.stringContaining('expected an experiment made by experiment') },
  })
})

test('a worker with other data or another engine refuses in words, and records nothing', async () => {
  const refused = async (task: object, ...words: string[]) => {
    const error = await slice(1, { task }).catch(error => error)
    expect(error).toBeInstanceOf(UnfitWorker)
    for (const word of words) expect(error.message).toContain(word)
  }
  await refused(
    { arithmetic: 'native (neon)' },
    'computes with native (neon)',
    `this worker with ${backend.arithmetic}`,
  )
  await refused(
    { fingerprint: 'f'.repeat(64) },
    'fingerprint ffffffffffff',
    fingerprint.slice(0, 12),
    '--data-dir',
  )
  const elsewhere = { ...remembering(), data: imageFolder({ path: 'photos' }) }
  await refused({ experiment: elsewhere }, 'lacks the data of the search (imageFolder)', 'photos')
  expect(await store.list({ study })).toEqual([])
})

test('a worker whose engine was built from other sources leaves the trial to others, and begins no run', async () => {
  await expect(slice(1, { backend: otherEngine(backend) })).rejects.toThrow(UnfitWorker)
  await expect(slice(1, { backend: otherEngine(backend) })).rejects.toThrow(
    'The engine was built from other sources than this Heddle has. Build it again with "npx heddle build-engine"',
  )
  expect(await store.list({ study })).toEqual([])
})

test('data of relative paths is found in the folder of data that a worker names, where the search has another', async () => {
  const here = join(folder, 'here')
  for (const [label, shade] of [
    ['dark', 40],
    ['bright', 200],
  ] as const) {
    mkdirSync(join(here, 'photos', label), { recursive: true })
    for (let i = 0; i < 6; i++)
      writeFileSync(
        join(here, 'photos', label, `${i}.png`),
        encodePng(new Uint8Array(64).fill(shade + i), [8, 8, 1]),
      )
  }
  const photos = imageFolder({ path: 'photos', imageSize: [8, 8] })
  const { fingerprint: own } = await loadDataset(photos, { baseDir: here })
  const task = {
    ...{
      experiment: { ...remembering({ spareOutputs: true }), data: photos },
      fingerprint: own,
      baseDir: '/on/another/machine',
    },
  }
  await expect(slice(1, { task })).rejects.toThrow('--data-dir')
  trained(await slice(1, { task, loading: { dataDir: here } }))
  expect((await store.run(run)).fingerprint).toBe(own)
})
