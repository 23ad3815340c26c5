import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { processIdentity } from './process-identity.ts'
import { isOwnJob, type NewJob } from './queue.ts'
import type { JobRow } from './rows.ts'
import { started } from './store.contract.ts'
import type { RunStore } from './store.ts'

export const job = (changes: Partial<NewJob> = {}): NewJob => ({
  task: { kind: 'train' },
  experiment: 'tiny',
  model: 'linear',
  seed: 1,
  run: null,
  ...changes,
})

const dead = JSON.stringify({ ...JSON.parse(processIdentity()), pid: 2 ** 22 + 1 })

/** What every queue of trainings does. `change` writes into the row of a job, as another process does. */
export function queueContract(
  name: string,
  {
    open,
    change,
  }: {
    readonly open: (folder: string) => Promise<RunStore>
    readonly change: (folder: string, row: Partial<JobRow>, id: string) => unknown
  },
): void {
  describe(`${name}, queue of trainings`, () => {
    let folder: string
    let store: RunStore
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'heddle-jobs-'))
      store = await open(folder)
    })
    afterEach(async () => {
      await store.close()
      rmSync(folder, { recursive: true })
    })

    test('a stop that was asked for is seen with the next sign of life, until the run is resumed', async () => {
      const other = await open(folder)
      const id = await store.start(started())
      expect(await store.beat(id)).toBe(false)
      await other.askToStop(id)
      expect(await store.beat(id)).toBe(true)
      expect((await store.happenings(id)).at(-1)).toMatchObject({
        kind: 'stop',
        text: expect.stringMatching(/^asked for by \w/),
      })
      await store.end(id, { status: 'interrupted', text: '' })
      await expect(other.askToStop(id)).rejects.toThrow(`The run ${id} is interrupted, not running.`)
      await store.resume(id, { epoch: 0, step: 0 })
      expect(await store.beat(id)).toBe(false)
      const study = await store.studies.add({ name: 'search', spec: {} })
      const trial = await store.start(started(), { study })
      await expect(other.askToStop(trial)).rejects.toThrow(`The run ${trial} is a trial of a search`)
      await other.close()
    })

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
      await change(folder, { owner: dead }, id)
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
        await change(folder, { owner: dead }, id)
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

    test('a job of another machine, or of before this start of the machine, is not your own until you say so', async () => {
      const { queue } = store
      const id = await queue.add(job())
      expect(isOwnJob(await queue.job(id))).toBe(true)
      for (const strange of [{ host: 'elsewhere' }, { boot: 'another' }]) {
        await change(
          folder,
          { askedBy: JSON.stringify({ ...JSON.parse(processIdentity()), ...strange }) },
          id,
        )
        expect(isOwnJob(await queue.job(id))).toBe(false)
      }
      await change(folder, { askedBy: 'no identity' }, id)
      expect(isOwnJob(await queue.job(id))).toBe(false)
      await queue.approve(id)
      expect(isOwnJob(await queue.job(id))).toBe(true)
    })
  })
}
