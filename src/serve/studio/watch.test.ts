import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RunsChanged } from '../../protocol/studio.ts'
import { openStore } from '../../store/open.ts'
import { started } from '../../store/store.contract.ts'
import type { RunStore } from '../../store/store.ts'
import { rowOf, Watch } from './watch.ts'

let folder: string
let store: RunStore
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-watch-'))
  store = await openStore(folder)
  // The clock alone: what is measured here is minutes long.
  vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 })
})
afterEach(async () => {
  vi.useRealTimers()
  await store.close()
  rmSync(folder, { recursive: true })
})

const MINUTE = 60_000

/** Steps at one a minute. */
async function train(run: string, from: number, to: number): Promise<void> {
  vi.setSystemTime(Date.now() + (to - from) * MINUTE)
  const steps = Array.from({ length: to - from }, (_, i) => ({ step: from + i, loss: 1, accuracy: 0.5 }))
  await store.record(run, { epochs: [], steps, happenings: [] })
}

const remaining = async (run: string) => (await rowOf(store, await store.run(run), [])).remainingMs

test('the remaining time goes by the pace since the run was started or resumed last', async () => {
  const run = await store.start(started({ epochs: 10, stepsPerEpoch: 10 }))
  expect(await remaining(run)).toBe(null)
  await train(run, 0, 60)
  expect(await remaining(run)).toBe(40 * MINUTE)
  await store.end(run, { status: 'interrupted', text: '' })
  expect(await remaining(run)).toBe(null)

  // An hour's pause and the steps of the earlier session say nothing of the pace.
  vi.setSystemTime(Date.now() + 60 * MINUTE)
  await store.resume(run, { epoch: 5, step: 50 })
  expect(await remaining(run)).toBe(null)
  await train(run, 50, 60)
  expect(await remaining(run)).toBe(40 * MINUTE)
})

test('the list says why a run failed, as it was told last, and no longer once it goes on', async () => {
  const told: RunsChanged[] = []
  const watch = new Watch(store)
  const run = await store.start(started())
  const other = await store.start(started({ seed: 2 }))
  await store.end(run, { status: 'failed', text: 'The disk is full.' })
  await store.resume(run, { epoch: 0, step: 0 })
  await store.end(run, { status: 'failed', text: 'The loss is no longer finite.' })
  const end = await watch.listen(changed => told.push(changed))
  const reasons = () => new Map(told.at(-1)!.rows.map(({ id, reason }) => [id, reason]))
  expect(reasons()).toEqual(
    new Map([
      [run, 'The loss is no longer finite.'],
      [other, null],
    ]),
  )
  await store.resume(run, { epoch: 0, step: 0 })
  await watch.look()
  end()
  expect(reasons()).toEqual(new Map([[run, null]]))
})
