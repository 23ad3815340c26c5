import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fashionMnistMini } from '../../data/source.ts'
import { sequential } from '../../model/graph.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { environmentFor } from '../../runs/worker-process.ts'
import { openStore } from '../../store/open.ts'
import { processIdentity } from '../../store/process-identity.ts'
import { started } from '../../store/store.contract.ts'
import type { RunStore } from '../../store/store.ts'
import { experiment } from '../../train/experiment.ts'
import { heldNotice, JobQueue } from './job-queue.ts'

let folder: string
let store: RunStore
let queue: JobQueue
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-queue-'))
  store = await openStore(folder)
  queue = await opened()
})
afterEach(async () => {
  await queue.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

const opened = () => JobQueue.open(store, environmentFor(store, undefined))

const long = (epochs = 1000) =>
  experiment({
    name: 'long',
    data: fashionMnistMini(),
    models: { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
    train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', epochs },
  })

const state = (id: string, wanted: string): Promise<void> =>
  expect.poll(() => queue.jobs.find(job => job.id === id)?.state, { timeout: 30_000 }).toBe(wanted)

/** The first place of the queue is taken by a training of this very process: what is added waits. */
async function busy(): Promise<string> {
  const id = await store.queue.add({
    ...{ task: {}, experiment: 'e', model: 'm', seed: 1, run: 'ffffffffffff' },
  })
  await store.queue.claim(id)
  await queue.look()
  return id
}

async function interruptedRun(): Promise<string> {
  const id = await store.start(started())
  await store.end(id, { status: 'interrupted', text: 'Ctrl-C' })
  return id
}

test('a run that is resumed twice, at once or later, is one job', async () => {
  await busy()
  const [run, other] = [await interruptedRun(), await interruptedRun()]
  const [first, second] = await Promise.all([queue.resume(run), queue.resume(run)])
  expect(second).toEqual(first)
  expect(await queue.resume(run)).toMatchObject({ id: first.id, state: 'queued', run })
  expect((await queue.resume(other)).id).not.toBe(first.id)
  await queue.look()
  expect(queue.jobs.map(job => job.run)).toEqual([other, run, 'ffffffffffff'])
  // What was taken out of the queue may be queued again.
  await queue.stop(first.id)
  expect((await queue.resume(run)).id).not.toBe(first.id)
})

test('a training runs to its end, with a log; the next one fails, and its row says why', async () => {
  const [sound, wrong] = [
    await queue.train(long(1), 3),
    await queue.train({ ...long(1), name: 'wrong', data: { kind: 'idx' } as never }, 1),
  ]
  await state(sound.id, 'done')
  const { run } = queue.jobs.find(({ id }) => id === sound.id)!
  expect(await store.run(run!)).toMatchObject({ status: 'finished', experiment: 'long', seed: 3 })
  expect(await queue.log(sound.id)).toMatch(
    new RegExp(`^Experiment long, model linear, seed 3: .+\\nRun ${run}\\nlinear {2}epoch 1/1 {2}loss`, 'm'),
  )
  await state(wrong.id, 'failed')
  expect(queue.jobs[0]).toMatchObject({
    id: wrong.id,
    run: null,
    error: 'idx: the option "trainImages" is required.',
  })
  expect(await queue.log(wrong.id)).toBe('heddle: idx: the option "trainImages" is required.\n')
  await queue.clear()
  expect(queue.jobs).toEqual([])
  await expect(queue.log(sound.id)).rejects.toThrow(`There is no job "${sound.id}".`)
}, 60_000)

test('a training that is stopped is stopped, and not failed; so is one that has recorded nothing', async () => {
  const { id } = await queue.train(long(), 1)
  await state(id, 'running')
  await queue.stop(id)
  await state(id, 'stopped')
  const early = await queue.train(long(), 2)
  await queue.stop(early.id)
  await state(early.id, 'stopped')
}, 60_000)

test('the studio is closed: its training is stopped, and what waits is done by the next one', async () => {
  const [first, second] = [await queue.train(long(), 1), await queue.train(long(1), 2)]
  await expect.poll(() => queue.jobs.find(({ id }) => id === first.id)?.run, { timeout: 30_000 }).toBeTruthy()
  await queue.close()
  expect((await store.queue.job(first.id)).state).toBe('stopped')
  expect((await store.run(queue.interrupted!)).status).toBe('interrupted')
  expect((await store.queue.job(second.id)).state).toBe('queued')
  queue = await opened()
  await state(second.id, 'done')
}, 60_000)

test('trainings that wait for you are counted in one sentence', () => {
  const [held, own] = [{ isHeld: true }, { isHeld: false }]
  expect(heldNotice([own])).toBe(null)
  expect(heldNotice([own, held])).toBe('1 training of an earlier studio waits: start it on the page New run.')
  expect(heldNotice([held, own, held])).toBe(
    '2 trainings of an earlier studio wait: start them on the page New run.',
  )
})

test('a training of another machine is asked to stop through the store, once it has a run', async () => {
  const run = await store.start(started())
  const id = await busy()
  const file = new DatabaseSync(join(folder, 'runs.db'))
  const elsewhere = JSON.stringify({ ...JSON.parse(processIdentity()), host: 'lab-2' })
  const change = (of: string | null): unknown =>
    file.prepare('update job set owner = ?, run = ? where id = ?').run(elsewhere, of, id)
  change(null)
  await expect(queue.stop(id)).rejects.toThrow('The training is being prepared on lab-2.')
  expect(await store.beat(run)).toBe(false)
  change(run)
  file.close()
  await queue.stop(id)
  expect(await store.beat(run)).toBe(true)
  await store.end(run, { status: 'interrupted', text: '' })
})

test('a job that came with a store from elsewhere is held until it is started', async () => {
  const first = await busy()
  const { id } = await queue.train(long(1), 1)
  const file = new DatabaseSync(join(folder, 'runs.db'))
  file.prepare('update job set askedBy = null').run()
  file.close()
  await store.queue.end(first, 'done', null)
  await queue.look()
  await queue.look()
  expect(queue.jobs[0]).toMatchObject({ id, state: 'queued', isHeld: true })
  await queue.start(id)
  await state(id, 'done')
}, 60_000)
