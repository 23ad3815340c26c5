import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createDataset } from '../data/dataset.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { sequential } from '../model/graph.ts'
import { createNetwork } from '../network/network.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import type { TrainEvent } from '../protocol/events.ts'
import { openStore } from '../store/open.ts'
import { epochOf, started } from '../store/store.contract.ts'
import type { RunStore } from '../store/store.ts'
import type { Checkpoint } from '../train/checkpoint.ts'
import { trainSpec } from '../train/options.ts'
import { planTraining } from '../train/plan.ts'
import { NOT_BEGUN } from '../train/train-state.ts'
import { Recorder, type RecorderOptions, usualPolicy } from './record.ts'

const pixels = { images: new Uint8Array([1, 2, 3, 4]), labels: new Int32Array([0, 1]) }
const data = createDataset({
  name: 'two',
  classNames: ['a', 'b'],
  imageShape: [1, 2, 1],
  train: pixels,
  test: pixels,
})
const network = createNetwork(sequential([flatten(), dense({ units: 2, activation: 'softmax' })]), {
  inputShape: data.imageShape,
  seed: 1,
  backend: chooseBackend('auto'),
})
const spec = trainSpec({ optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy' })
const plan = planTraining(network.model, data, { spec, seed: 1 })

let above: string
let store: RunStore
let id: string
let now: number
let problems: string[]

beforeEach(async () => {
  above = mkdtempSync(join(tmpdir(), 'heddle-recorder-'))
  store = await openStore(join(above, 'store'))
  id = await store.start(started())
  now = 0
  problems = []
})
afterEach(async () => {
  await store.close()
  rmSync(above, { recursive: true, force: true })
})

function recorder(more: Partial<RecorderOptions> = {}): Recorder {
  const made = new Recorder({
    store,
    id,
    network,
    plan,
    policy: usualPolicy,
    signal: new AbortController().signal,
    onProblem: message => problems.push(message),
    clock: () => now,
    ...more,
  })
  made.onEvent({
    type: 'run-start',
    seed: 1,
    epochs: 3,
    stepsPerEpoch: 1,
    trainCount: 2,
    validationCount: 0,
    firstStep: 0,
  })
  return made
}
const ended = (epoch: number): TrainEvent => ({ type: 'epoch', ...epochOf(epoch) })
const result = { seconds: 1, test: { loss: 1, accuracy: 0.5, topKAccuracy: null } } as never
const checkpoint: Checkpoint = {
  train: { ...NOT_BEGUN, epoch: 1, step: 1, epochMs: 1, weights: network.weights, optimizer: new Map() },
  epochs: [epochOf(0).metrics],
  callbacks: [],
  elapsedMs: 1,
}
const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await new Promise(resolve => setTimeout(resolve, 5))
}

test('a stop that was asked for is passed on once, however long the training takes to stop', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const controller = new AbortController()
    let stops = 0
    const onStop = (): void => {
      stops++
      controller.abort(new Error('stopped'))
    }
    const made = recorder({ signal: controller.signal, onStop })
    await store.askToStop(id)
    for (let i = 0; i < 3; i++) {
      vi.advanceTimersByTime(10_000)
      await settled()
    }
    expect(stops).toBe(1)
    await made.onError(controller.signal.reason)
    expect(await store.run(id)).toMatchObject({ status: 'interrupted' })
  } finally {
    vi.useRealTimers()
  }
})

test('measurements that could not be written are announced once, kept, and written with the next ones', async () => {
  const made = recorder()
  renameSync(join(above, 'store'), join(above, 'away'))
  made.onEvent({ type: 'step', step: 0, epoch: 0, loss: 1, accuracy: 0.5, batchSize: 2 })
  made.onEvent(ended(0))
  await settled()
  made.onNotice('a notice')
  made.onEvent(ended(1))
  await settled()
  expect(await store.epochs(id)).toEqual([])
  renameSync(join(above, 'away'), join(above, 'store'))
  made.onEvent(ended(2))
  await made.onError(new Error('a reason'))
  expect((await store.epochs(id)).map(({ epoch }) => epoch)).toEqual([0, 1, 2])
  expect((await store.steps(id)).map(({ step }) => step)).toEqual([0])
  expect((await store.happenings(id)).map(({ kind }) => kind)).toEqual(['started', 'notice', 'failed'])
  expect(problems).toEqual([
    `Run ${id}: what was measured could not be kept: The run store ${join(above, 'store')} was moved or removed while it was ` +
      'written: what is measured from now on is not kept. Move it back, or begin the run again.',
  ])
})

test.each(['moved', 'removed'])(
  'a store that was %s until the end of a training: told, and no new one is begun',
  async how => {
    const made = recorder()
    made.onEvent(ended(0))
    await settled()
    if (how === 'moved') renameSync(join(above, 'store'), join(above, 'away'))
    else rmSync(join(above, 'store'), { recursive: true })
    await made.checkpoints.save(checkpoint)
    await made.onEnd(result, new Float32Array(4))
    expect(problems.length).toBeGreaterThan(0)
    for (const problem of problems) expect(problem).toContain('was moved or removed while it was written')
    expect(() => renameSync(join(above, 'store'), join(above, 'begun'))).toThrow('ENOENT')
  },
)

test('weights and gradients of an epoch are counted, and gradients of no other one stand for them', async () => {
  const made = recorder()
  made.onGradients(0, () => new Map([['dense/kernel', Float32Array.of(-1, 0, 1, 1)]]))
  made.onEvent(ended(0))
  made.onEvent(ended(1))
  await made.onError(new Error('a reason'))
  const [first, second] = await store.histograms(id)
  expect(Object.keys(first!.weights)).toEqual(['dense/kernel', 'dense/bias'])
  expect(first!.gradients!['dense/kernel']).toMatchObject({ low: -1, high: 1 })
  expect(second!.gradients).toBe(null)
})

test('no checkpoint is kept whose measurements are not: a run that goes on from it would lack them', async () => {
  // That epoch is there already: it cannot be recorded again.
  await store.record(id, { epochs: [epochOf(0)], steps: [], happenings: [] })
  const made = recorder()
  made.onEvent(ended(0))
  await made.checkpoints.save(checkpoint)
  await made.onError(new Error('a reason'))
  expect(await store.checkpoints.of(id)).toEqual([])
  expect(problems).toHaveLength(1)
  expect(problems[0]).toMatch(/what was measured could not be kept: .*UNIQUE/)
})

test('a checkpoint whose measurements are written is kept', async () => {
  const made = recorder()
  made.onEvent(ended(0))
  await made.checkpoints.save(checkpoint)
  await made.onError(new Error('a reason'))
  expect(await store.checkpoints.of(id)).toMatchObject([{ run: id, step: 1, epoch: 1 }])
  expect(problems).toEqual([])
})
