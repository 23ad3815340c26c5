import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { Interruption } from '../base/interruption.ts'
import { fashionMnistMini, loadDataset } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { sequential } from '../model/graph.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import type { SliceResult } from '../protocol/slice.ts'
import { openStore } from '../store/open.ts'
import type { RunStore } from '../store/store.ts'
import { experiment } from '../train/experiment.ts'
import { UnfitWorker } from './slice.ts'
import { type WorkerEvent, type WorkerOptions, work } from './worker.ts'

const backend = chooseBackend('auto', { threads: 1 })
let fingerprint: string
let folder: string
let store: RunStore
let study: string

beforeAll(async () => {
  fingerprint = (await loadDataset(fashionMnistMini())).fingerprint
})
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-worker-'))
  store = await openStore(folder)
  study = await store.studies.add({ name: 'search', spec: {} })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const runOf = (trial: number) => `aaaaaaaaaa${String(trial).padStart(2, '0')}`

const taskOf = (trial: number, more: object = {}) => ({
  kind: 'slice',
  experiment: experiment({
    name: 'search',
    data: fashionMnistMini(),
    models: { trial: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
    train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs: 2, validationSplit: 0.2 },
  }),
  ...{
    seed: trial,
    run: runOf(trial),
    epochs: 1,
    baseDir: folder,
    fingerprint,
    arithmetic: backend.arithmetic,
  },
  ...more,
})

const place = 0
async function add(trials: number, more: object = {}, of = study): Promise<void> {
  const slices = Array.from({ length: trials }, (_, trial) => ({
    ...{ study: of, trial, run: runOf(trial), task: taskOf(trial, more) },
  }))
  await store.studies.append(of, place, [], slices)
}

async function workUntil(options: Partial<WorkerOptions> = {}) {
  const events: WorkerEvent[] = []
  const end = await work({
    ...{ store, backend, version: '0', signal: new AbortController().signal, idleMs: 0 },
    ...options,
    onEvent(event) {
      events.push(event)
      options.onEvent?.(event)
    },
  })
  const said = events.flatMap(event => (event.type === 'notice' ? [event.text] : []))
  return { end, types: events.map(({ type }) => type), said }
}

const results = async () =>
  (await store.slices.ends(study)).map(({ trial, result }) => {
    const slice = result as SliceResult
    return slice.type === 'trained' ? [trial, slice.epochs] : [trial, slice.reason]
  })

test('does what waits in its order, and ends when there has been no work for long enough', async () => {
  await add(3)
  const { end, types } = await workUntil()
  expect([end, types]).toEqual(['idle', ['claimed', 'ended', 'claimed', 'ended', 'claimed', 'ended']])
  expect(await results()).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
  ])
  expect(await store.slices.count(study)).toEqual({ waiting: 0, running: 0 })
})

test('ends after the number of slices that it was asked for', async () => {
  await add(2)
  expect((await workUntil({ most: 1 })).end).toBe('most')
  expect(await store.slices.count(study)).toEqual({ waiting: 1, running: 0 })
})

test('a slice whose time is up is followed by the next one of the same trial', async () => {
  let now = 0
  const clock = () => (now += 5000)
  await add(1, { epochs: 2 })
  const { types } = await workUntil({ clock })
  expect(types.filter(type => type === 'cut').length).toBeGreaterThan(0)
  expect(types.at(-1)).toBe('ended')
  expect(await results()).toEqual([[0, 2]])
})

test('a worker that is stopped gives its slice back, with a checkpoint', async () => {
  await add(1)
  const controller = new AbortController()
  const { end, types } = await workUntil({
    signal: controller.signal,
    onTraining: event => event.type === 'step' && event.step === 5 && controller.abort(new Interruption()),
  })
  expect([end, types]).toEqual(['stopped', ['claimed', 'released']])
  expect(await store.slices.count(study)).toEqual({ waiting: 1, running: 0 })
  expect(await store.checkpoints.of(runOf(0))).toHaveLength(1)
  await workUntil()
  expect(await results()).toEqual([[0, 1]])
})

test('a slice that was taken away meanwhile is dropped, and the worker goes on', async () => {
  await add(2)
  const other = await openStore(folder)
  let isTaken = false
  const { types } = await workUntil({
    onEvent(event) {
      if (event.type !== 'claimed' || isTaken) return
      isTaken = true
      void other.slices.next(event.slice)
    },
  })
  await other.close()
  expect(types.filter(type => type === 'lost' || type === 'released')).toHaveLength(1)
  expect(types.filter(type => type === 'ended')).toHaveLength(2)
  expect((await results()).sort()).toEqual([
    [0, 1],
    [1, 1],
  ])
})

test('tasks that are wrong, and slices that killed their workers, are failures of their trials', async () => {
  await store.studies.append(
    study,
    0,
    [],
    [
      { study, trial: 0, run: runOf(0), task: { kind: 'slice', run: runOf(0) } },
      { study, trial: 1, run: runOf(1), task: taskOf(2) },
      { study, trial: 2, run: runOf(2), task: taskOf(2) },
    ],
  )
  for (let i = 0; i < 2; i++) await store.slices.claim()
  for (let i = 0; i < 20; i++) await store.slices.release((await store.slices.claim())!)
  await store.close()
  store = await openStore(folder)
  await workUntil()
  expect(await results()).toEqual([
    [2, expect.stringMatching(/^It was begun 20 times and never came to an end: its workers died/)],
  ])
})

test('a slice whose workers are killed again and again goes on where they left checkpoints', async () => {
  await add(1)
  await workUntil()
  const next = { study, trial: 0, run: runOf(0), task: taskOf(0, { epochs: 2 }) }
  await store.studies.append(study, 0, [], [next])
  for (let i = 0; i < 25; i++) {
    const slice = (await store.slices.claim())!
    await store.resume(runOf(0), { epoch: 1, step: 38 + i })
    await store.slices.release(slice)
  }
  await store.close()
  store = await openStore(folder)
  await workUntil()
  expect(await results()).toEqual([
    [0, 1],
    [0, 2],
  ])
})

test('an unfit worker refuses in words; without a certain search it does the others', async () => {
  const other = await store.studies.add({ name: 'other', spec: {} })
  await add(1, { fingerprint: 'f'.repeat(64) }, other)
  await expect(workUntil({ study: other })).rejects.toThrow(UnfitWorker)
  expect(await store.slices.count(other)).toEqual({ waiting: 1, running: 0 })
  await store.studies.append(study, 0, [], [{ study, trial: 7, run: runOf(7), task: taskOf(7) }])
  const { types, said } = await workUntil()
  expect(types).toEqual(['claimed', 'released', 'notice', 'claimed', 'ended'])
  expect(said).toEqual([
    expect.stringMatching(/fingerprint ffffffffffff.*This worker leaves that search to others\.$/),
  ])
  expect(await store.slices.count(other)).toEqual({ waiting: 1, running: 0 })
})

test('a worker of one search ends with it', async () => {
  await add(1)
  const end = (reason: string) => ({ type: 'end', reason, text: '' })
  await store.studies.append(study, 0, [end('interrupted'), { type: 'resume' }, end('budget')])
  expect((await workUntil({ study, idleMs: Infinity })).end).toBe('study ended')
  expect(await results()).toEqual([[0, 1]])
})

test('a slice that cannot be recorded is given back and done again, and the message comes once', async () => {
  await add(1)
  const checkpoints = join(folder, 'checkpoints')
  rmSync(checkpoints, { recursive: true, force: true })
  writeFileSync(checkpoints, 'no folder')
  let released = 0
  const { types, said } = await workUntil({
    onEvent(event) {
      if (event.type === 'released' && ++released === 2) rmSync(checkpoints)
    },
  })
  expect(types.filter(type => type !== 'notice')).toEqual([
    'claimed',
    'released',
    'claimed',
    'released',
    'claimed',
    'ended',
  ])
  expect(said).toEqual([expect.stringMatching(/a checkpoint could not be kept: .*Trying again\.$/)])
  expect(await results()).toEqual([[0, 1]])
})
