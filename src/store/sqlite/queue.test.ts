import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../open.ts'
import { processIdentity } from '../process-identity.ts'
import { isOwnJob, type NewJob } from '../queue.ts'
import { started } from '../store.contract.ts'
import type { RunStore } from '../store.ts'

let folder: string
let store: RunStore
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-jobs-'))
  store = await openStore(folder)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const job = (changes: Partial<NewJob> = {}): NewJob => ({
  task: { kind: 'train' },
  experiment: 'tiny',
  model: 'linear',
  seed: 1,
  run: null,
  ...changes,
})

/** In the database itself: what other processes and damaged disks do. */
function change(sql: string, ...values: readonly (string | number)[]): void {
  const file = new DatabaseSync(join(folder, 'runs.db'))
  file.prepare(sql).run(...values)
  file.close()
}

const dead = JSON.stringify({ ...JSON.parse(processIdentity()), pid: 2 ** 22 + 1 })

test('jobs keep their order, and one runs at a time', async () => {
  const { queue } = store
  const [first, second] = [await queue.add(job()), await queue.add(job({ seed: 2 }))]
  expect(await queue.claim(second)).toBe(true)
  expect(await queue.claim(first)).toBe(false)
  expect(await queue.claim(second)).toBe(false)
  expect((await queue.list()).map(({ id, state }) => [id, state])).toEqual([
    [first, 'queued'],
    [second, 'running'],
  ])
  await queue.beat(second, 'ffffffffffff')
  await queue.end(second, 'failed', 'The disk is full.')
  expect(await queue.job(second)).toMatchObject({
    state: 'failed',
    run: 'ffffffffffff',
    error: 'The disk is full.',
  })
  expect(await queue.claim(first)).toBe(true)
  expect(await queue.clear()).toEqual([second])
  expect((await queue.list()).map(({ id }) => id)).toEqual([first])
})

test('a run that waits already is one job; what was taken out may be queued again', async () => {
  const { queue } = store
  const run = 'ffffffffffff'
  const [first, second] = await Promise.all([queue.add(job({ run })), queue.add(job({ run }))])
  expect(second).toBe(first)
  expect(await queue.drop(first, 'stopped')).toBe(true)
  expect(await queue.drop(first, 'stopped')).toBe(false)
  expect(await queue.add(job({ run }))).not.toBe(first)
})

test('only the process that has claimed a job beats for it and ends it', async () => {
  const { queue } = store
  const id = await queue.add(job())
  const lost = `The job ${id} no longer belongs to this process.`
  await expect(queue.beat(id)).rejects.toThrow(lost)
  await queue.claim(id)
  change('update job set owner = ?', dead)
  await expect(queue.end(id, 'done', null)).rejects.toThrow(lost)
  await expect(queue.job('nothing')).rejects.toThrow('There is no job "nothing".')
})

test('a job whose process has died ended as its run did', async () => {
  const { queue } = store
  const end = async (status: 'finished' | 'interrupted' | 'failed' | null) => {
    const id = await queue.add(job())
    const run = status && (await store.start(started()))
    if (run) await store.end(run, { status: status!, text: '' })
    await queue.claim(id)
    await queue.beat(id, run ?? undefined)
    await queue.markDead()
    expect((await queue.job(id)).state).toBe('running')
    change('update job set owner = ? where id = ?', dead, id)
    await queue.markDead()
    const { state, error } = await queue.job(id)
    return [state, error]
  }
  expect(await end('finished')).toEqual(['done', null])
  expect(await end('interrupted')).toEqual(['stopped', null])
  const silent = ['failed', 'Its process ended without a word. Its log may say why.']
  expect(await end('failed')).toEqual(silent)
  expect(await end(null)).toEqual(silent)
})

test('a damaged row is a failed job, and the others are there', async () => {
  const { queue } = store
  const [first, second] = [await queue.add(job()), await queue.add(job())]
  change('update job set seed = ?, task = ? where id = ?', 'x', '[', first)
  const [broken, sound] = await queue.list()
  expect(broken).toMatchObject({
    id: first,
    state: 'failed',
    error: 'This job cannot be read: its seed is "x"; it must be a whole number of at least 0.',
  })
  await expect(queue.task(first)).rejects.toThrow(
    `The job ${first} cannot be read: its task is "["; it must be JSON of an object.`,
  )
  expect(await queue.task(second)).toEqual({ kind: 'train' })
  expect(sound).toMatchObject({ id: second, state: 'queued', error: null })
})

test('a job of another machine, or of before this start of the machine, is not your own until you say so', async () => {
  const { queue } = store
  const id = await queue.add(job())
  expect(isOwnJob(await queue.job(id))).toBe(true)
  for (const strange of [{ host: 'elsewhere' }, { boot: 'another' }]) {
    change('update job set askedBy = ?', JSON.stringify({ ...JSON.parse(processIdentity()), ...strange }))
    expect(isOwnJob(await queue.job(id))).toBe(false)
  }
  change('update job set askedBy = ?', 'no identity')
  expect(isOwnJob(await queue.job(id))).toBe(false)
  await queue.approve(id)
  expect(isOwnJob(await queue.job(id))).toBe(true)
})

test('gc keeps the log of a job as long as the job is in the list', async () => {
  const { queue } = store
  const id = await queue.add(job())
  await queue.drop(id, 'stopped')
  mkdirSync(join(folder, 'jobs'))
  writeFileSync(queue.logOf(id), 'log')
  await store.gc(-1)
  expect(existsSync(queue.logOf(id))).toBe(true)
  await queue.clear()
  await store.gc(-1)
  expect(existsSync(queue.logOf(id))).toBe(false)
})
