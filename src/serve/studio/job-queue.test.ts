import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fashionMnistMini } from '../../data/source.ts'
import { sequential } from '../../model/graph.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { processIdentity } from '../../store/process-identity.ts'
import { openStore } from '../../store/sqlite/open.ts'
import { started } from '../../store/store.contract.ts'
import type { RunStore } from '../../store/store.ts'
import { experiment } from '../../train/experiment.ts'
import { JobQueue } from './job-queue.ts'
import { stateAfter } from './kept-job.ts'

let folder: string
let store: RunStore
let queue: JobQueue | undefined
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-queue-'))
  store = await openStore(folder)
})
afterEach(async () => {
  await queue?.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

/** A queue whose first place is taken by a training of this very process: what is added waits. */
async function busyQueue(): Promise<JobQueue> {
  const job = {
    ...{ id: '0123456789ab', experiment: 'e', model: 'm', seed: 1, run: 'ffffffffffff', state: 'running' },
    ...{ createdAt: 1, args: ['resume', 'ffffffffffff'], owner: processIdentity() },
  }
  mkdirSync(join(folder, 'jobs'))
  writeFileSync(join(folder, 'jobs', `${job.id}.json`), JSON.stringify(job))
  return JobQueue.open(store, undefined)
}

async function interruptedRun(): Promise<string> {
  const id = await store.start(started())
  await store.end(id, { status: 'interrupted', text: 'Ctrl-C' })
  return id
}

test('a run that is resumed twice, at once or later, is one job', async () => {
  queue = await busyQueue()
  const [run, other] = [await interruptedRun(), await interruptedRun()]
  const [first, second] = await Promise.all([queue.resume(run), queue.resume(run)])
  expect(second).toEqual(first)
  expect(await queue.resume(run)).toMatchObject({ id: first.id, state: 'queued', run })
  expect((await queue.resume(other)).id).not.toBe(first.id)
  expect(queue.jobs.map(job => job.run).sort()).toEqual([run, other, 'ffffffffffff'].sort())
  // What was taken out of the queue may be queued again.
  await queue.stop(first.id)
  expect((await queue.resume(run)).id).not.toBe(first.id)
})

test('what ends a process: done, stopped, failed', () => {
  const ended = (exitCode: number | null, signalCode: NodeJS.Signals | null = null) =>
    stateAfter({ exitCode, signalCode })
  expect([0, 1, 2, 3, 129, 130, 143].map(code => ended(code))).toEqual([
    ...['done', 'failed', 'failed', 'failed'],
    ...['stopped', 'stopped', 'stopped'],
  ])
  expect((['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const).map(name => ended(null, name))).toEqual([
    ...['stopped', 'stopped', 'stopped', null],
  ])
  expect(ended(null)).toBe(null)
})

test('a training that is stopped before it has recorded anything is stopped, and not failed', async () => {
  queue = await JobQueue.open(store, undefined)
  const layers = [flatten(), dense({ units: 10, activation: 'softmax' })]
  const loss = 'sparseCategoricalCrossentropy'
  const spec = experiment({
    name: 'long',
    data: fashionMnistMini(),
    models: { linear: sequential(layers) },
    train: { optimizer: 'adam', loss, epochs: 1000 },
  })
  const { id } = await queue.train(spec, 1)
  const state = async (wanted: string): Promise<void> => {
    await expect.poll(() => queue!.jobs.find(job => job.id === id)!.state, { timeout: 20_000 }).toBe(wanted)
  }
  await state('running')
  await queue.stop(id)
  await state('stopped')
}, 45_000)
