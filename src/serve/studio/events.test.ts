import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HeddleError } from '../../base/errors.ts'
import { referenceBackend } from '../../engine/backends/reference.ts'
import type { CurvePart } from '../../protocol/studio.ts'
import { openStore } from '../../store/open.ts'
import { epochOf, started } from '../../store/store.contract.ts'
import type { RunStore } from '../../store/store.ts'
import { type Api, checkByFields } from '../refusals.ts'
import type { StudioContext } from './context.ts'
import { eventRoutes } from './events.ts'
import { JobQueue } from './job-queue.ts'
import { Searches } from './searches.ts'
import { type Studio, startStudio } from './server.ts'
import { Watch } from './watch.ts'

let folder: string
let store: RunStore
let studio: Studio
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-events-'))
  store = await openStore(folder)
  const place = { host: '127.0.0.1', port: 0, token: null, dataDir: undefined }
  studio = await startStudio({ ...place, store, backend: referenceBackend(), experiments: [] })
})
afterEach(async () => {
  await studio.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

interface Told extends CurvePart {
  /** What the browser sends when it comes again. */
  readonly id: string
}

/** Follows the curves of runs; what was told so far, and the end of following. */
function follow(runs: string, after?: string): { told: Told[]; end: () => void } {
  const told: Told[] = []
  const headers = {
    authorization: `Bearer ${studio.key}`,
    ...(after !== undefined && { 'last-event-id': after }),
  }
  let text = ''
  const sent = request(`${studio.origin}api/curves?runs=${runs}`, { headers }, response =>
    response.setEncoding('utf8').on('data', part => {
      text += part
      const events = text.split('\n\n')
      text = events.pop()!
      for (const event of events) {
        const [, id, data] = /^id: (.*)\nevent: curve\ndata: (.*)$/.exec(event) ?? []
        if (data) told.push({ ...JSON.parse(data), id })
      }
    }),
  )
  sent.on('error', () => {})
  sent.end()
  return { told, end: () => sent.destroy() }
}

const record = (run: string, epoch: number, steps: readonly number[]): Promise<void> =>
  store.record(run, {
    epochs: [epochOf(epoch)],
    steps: steps.map(step => ({ step, loss: 1 / (step + 1), accuracy: 0.5 })),
    happenings: [],
  })
const count = { timeout: 10_000 }

test('after a resume the whole curve is sent again, without the points that were taken back', async () => {
  const run = await store.start(started())
  await record(run, 0, [0, 1, 2, 3])
  await record(run, 1, [4, 5, 6, 7])
  const { told, end } = follow(run)
  await expect.poll(() => told.length, count).toBe(1)
  expect(told[0]).toMatchObject({ restart: true, steps: { length: 8 }, epochs: { length: 2 } })

  await store.end(run, { status: 'interrupted', text: '' })
  await expect.poll(() => told.length, count).toBe(2)
  expect(told[1]).not.toHaveProperty('restart')
  await store.resume(run, { epoch: 1, step: 4 })
  await expect.poll(() => told.length, count).toBe(3)
  expect(told[2]!.restart).toBe(true)
  expect(told[2]!.steps.map(({ step }) => step)).toEqual([0, 1, 2, 3])
  expect(told[2]!.epochs.map(({ epoch }) => epoch)).toEqual([0])
  end()

  // A page that was away meanwhile still has the points that were taken back.
  const back = follow(run, told[0]!.id)
  await expect.poll(() => back.told.length, count).toBe(1)
  expect(back.told[0]!.restart).toBe(true)
  expect(back.told[0]!.steps.map(({ step }) => step)).toEqual([0, 1, 2, 3])
  back.end()

  // A page that has seen everything gets only the new points, also those with step numbers it has seen before.
  const seen = follow(run, told[2]!.id)
  await record(run, 1, [4, 5])
  await expect.poll(() => seen.told.length, count).toBe(1)
  expect(seen.told[0]).not.toHaveProperty('restart')
  expect(seen.told[0]!.steps.map(({ step }) => step)).toEqual([4, 5])
  expect(seen.told[0]!.epochs.map(({ epoch }) => epoch)).toEqual([1])
  seen.end()
})

test('listeners end with their stream, also where the store fails before the next one listens', async () => {
  const app = Fastify().setValidatorCompiler(checkByFields as never) as unknown as Api
  const watch = new Watch(store)
  const searches = new Searches(store, watch)
  const jobs = await JobQueue.open(store, {})
  let ended = 0
  const counted = (stop: () => void) => () => {
    ended++
    stop()
  }
  const [ofJobs, ofRuns] = [jobs.listen.bind(jobs), watch.listen.bind(watch)]
  jobs.listen = listener => counted(ofJobs(listener))
  watch.listen = async listener => counted(await ofRuns(listener))
  let isAway = false
  searches.listen = async () => {
    isAway = true
    throw new HeddleError('The store is away.')
  }
  eventRoutes(app, { store, watch, jobs, searches } as StudioContext)
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const sent = request(`${address}/events`, response => response.resume())
  sent.on('error', () => {})
  sent.end()
  await expect.poll(() => isAway, count).toBe(true)
  sent.destroy()
  await expect.poll(() => ended, count).toBe(2)
  await jobs.close()
  await app.close()
})

test('a client that leaves before it is answered leaves no timer behind', async () => {
  const run = await store.start(started())
  let asked = 0
  const find: RunStore['find'] = async wanted => {
    asked++
    await sleep(200)
    return store.find(wanted)
  }
  const slow = new Proxy(store, {
    get(target, name: keyof RunStore) {
      if (name === 'find') return find
      const value = target[name]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  await studio.close()
  const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const place = { host: '127.0.0.1', port: 0, token: null, dataDir: undefined }
  studio = await startStudio({ ...place, store: slow, backend: referenceBackend(), experiments: [] })
  const { end } = follow(run)
  await expect.poll(() => asked, count).toBe(1)
  end()
  await sleep(500)
  await studio.close()
  // Sockets that are kept for a next request have timers for some seconds; the one of a stream would stay.
  for (let i = 0; timers() > 0 && i < 100; i++) await sleep(100)
  expect(timers()).toBe(0)
}, 20_000)
