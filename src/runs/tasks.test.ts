import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Interruption } from '../base/interruption.ts'
import { fashionMnistMini } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { sequential } from '../model/graph.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import type { DataAudit } from '../protocol/audit.ts'
import type { Comparison } from '../protocol/comparison.ts'
import type { ModelEvaluation } from '../protocol/evaluation.ts'
import { type ImageMap, usualUmap } from '../protocol/explanations.ts'
import { parseTask, type TaskEvent } from '../protocol/tasks.ts'
import { openStore } from '../store/open.ts'
import type { RunStore } from '../store/store.ts'
import { csvLogger } from '../train/callbacks/csv-logger.ts'
import { experiment } from '../train/experiment.ts'
import { runTask, type StoreTask } from './tasks.ts'

let folder: string
let store: RunStore
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-tasks-'))
  store = await openStore(folder)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const tiny = (epochs = 1) =>
  experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
    train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs },
  })

async function run(task: StoreTask, after?: (event: TaskEvent, stop: () => void) => void) {
  const controller = new AbortController()
  const events: TaskEvent[] = []
  const stop = (): void => controller.abort(new Interruption())
  const value = await runTask(task, {
    store,
    backend: chooseBackend('auto'),
    version: '0',
    signal: controller.signal,
    onEvent(event) {
      events.push(event)
      after?.(event, stop)
    },
  })
  return { value, events, runs: events.flatMap(event => (event.type === 'started' ? [event.run] : [])) }
}

const job = async (task: object, run: string | null = null) =>
  store.queue.add({ task, experiment: 'tiny', model: 'linear', seed: 1, run })

let first: string
test('train: a run of the store, as the command line makes one', async () => {
  const { runs } = await run(parseTask({ kind: 'train', experiment: tiny(), seed: 5 }) as StoreTask)
  first = runs[0]!
  expect(await store.run(first)).toMatchObject({ status: 'finished', seed: 5, epochsDone: 1 })
  const { source, options } = await store.detail(first)
  expect(source).toEqual({ baseDir: folder, dataDir: null })
  expect(options).toContainEqual({ name: 'seed', value: 5, origin: 'flag' })
})

test('train: an experiment that writes a log is refused, as the file could be any of yours', async () => {
  const path = join(folder, 'important.csv')
  const sound = tiny()
  const logs = { callbacks: [csvLogger({ path })] }
  for (const wrong of [
    { ...sound, train: { ...sound.train, ...logs } },
    { ...sound, overrides: { linear: logs } },
  ])
    await expect(run({ kind: 'train', experiment: wrong, seed: 1 })).rejects.toThrow(
      'csvLogger writes a file',
    )
  expect(existsSync(path)).toBe(false)
})

test('resume: a run that was stopped goes on to its end', async () => {
  const stopped = run({ kind: 'train', experiment: tiny(50), seed: 1 }, (event, stop) => {
    if (event.type === 'started') stop()
  })
  await expect(stopped).rejects.toThrow(Interruption)
  const { id, status } = await store.run(await store.find('last'))
  expect(status).toBe('interrupted')
  const { runs } = await run({ kind: 'resume', run: id })
  expect(runs).toEqual([id])
  expect(await store.run(id)).toMatchObject({ status: 'finished', epochsDone: 50 })
}, 30_000)

test('evaluate and compare: what the commands print', async () => {
  const { runs } = await run({ kind: 'train', experiment: tiny(), seed: 6 })
  const { value } = await run({ kind: 'evaluate', run: first, worst: 3, robustness: false })
  const evaluation = value as ModelEvaluation
  expect(evaluation.hardest).toHaveLength(3)
  expect(evaluation.model).toMatchObject({ run: first, name: 'tiny/linear, seed 5' })
  const compared = (await run({ kind: 'compare', runs: [first, runs[0]!] })).value as Comparison
  expect(compared.models.map(({ name }) => name)).toEqual(['tiny/linear, seed 5', 'tiny/linear, seed 6'])
  await expect(run({ kind: 'evaluate', run: 'ffffffffffff', worst: 3, robustness: false })).rejects.toThrow(
    'There is no run "ffffffffffff" in this store.',
  )
})

test('map: of the images of a run; one that is stopped has no result', async () => {
  const task = { kind: 'map', run: first, split: 'test', method: 'pca', layer: null, ...usualUmap } as const
  const map = (await run(task)).value as ImageMap
  expect([map.points.length, map.predicted.length, map.of]).toEqual([500, 500, 500])
  expect(Math.max(...map.confidence)).toBeLessThanOrEqual(1)
  const stopped = run(task, (event, stop) => {
    if ('text' in event && event.text.startsWith('Computing the outputs')) stop()
  })
  await expect(stopped).rejects.toThrow(Interruption)
})

test('audit: of a data source, without an experiment', async () => {
  const { value, events } = await run(parseTask({ kind: 'audit', data: fashionMnistMini() }) as StoreTask)
  const { dataset, labels } = value as DataAudit
  expect(dataset.name).toBe('fashion-mnist-mini')
  expect(labels).toMatchObject({ folds: 5, seed: 1 })
  const said = events.map(event => ('text' in event ? event.text : event.type))
  expect(said[0]).toBe('Auditing: comparing 2000 images …')
  expect(said).toContain('Auditing: labels: network 1 of 5, epoch 1 of 3 …')
}, 60_000)

test('job: the queue says how it ended', async () => {
  const done = await job({ kind: 'train', experiment: tiny(), seed: 7 })
  const { runs } = await run({ kind: 'job', id: done })
  expect(await store.queue.job(done)).toMatchObject({ state: 'done', run: runs[0], error: null })
  // Once.
  expect((await run({ kind: 'job', id: done })).value).toBe(null)

  const stopped = await job({ kind: 'train', experiment: tiny(50), seed: 7 })
  const stopping = run({ kind: 'job', id: stopped }, (event, stop) => {
    if (event.type === 'started') stop()
  })
  await expect(stopping).rejects.toThrow(Interruption)
  const { state, run: begun } = await store.queue.job(stopped)
  expect([state, (await store.run(begun!)).status]).toEqual(['stopped', 'interrupted'])

  for (const [task, error] of [
    [{ kind: 'train', experiment: {}, seed: 1 }, 'The experiment: expected an experiment made by experiment'],
    [{ kind: 'audit', data: {} }, 'The queue takes only trainings, not the task "audit".'],
    [
      { kind: 'resume', run: 'last' },
      'resume: run must be an id (12 digits and letters a to f), not "last".',
    ],
    [{ kind: 'rm' }, 'A task must be an object whose kind is one of train, resume, evaluate,'],
  ] as const) {
    const failed = await job(task)
    await expect(run({ kind: 'job', id: failed })).rejects.toThrow()
    const row = await store.queue.job(failed)
    expect([row.state, row.error]).toEqual(['failed', expect.stringContaining(error)])
  }
}, 30_000)
