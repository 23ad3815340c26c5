import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordSearch } from '../../../test/support/recorded-search.ts'
import { HeddleError } from '../../base/errors.ts'
import { referenceBackend } from '../../engine/backends/reference.ts'
import { fromJson } from '../../protocol/json.ts'
import type { SearchRow, TrialCurves } from '../../protocol/studio.ts'
import type { StudyView } from '../../protocol/study.ts'
import { openStore } from '../../store/open.ts'
import type { RunStore } from '../../store/store.ts'
import { Searches } from './searches.ts'
import { type Studio, startStudio } from './server.ts'
import { Watch } from './watch.ts'

let folder: string
let store: RunStore
let studio: Studio
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-searches-'))
  store = await openStore(folder, 'write', { user: 'ana' })
  const place = { host: '127.0.0.1', port: 0, token: null, dataDir: undefined }
  studio = await startStudio({ ...place, store, backend: referenceBackend(), experiments: [] })
})
afterAll(async () => {
  await studio.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

const headers = () => ({ authorization: `Bearer ${studio.key}` })

async function get<T>(path: string): Promise<T> {
  const response = await fetch(`${studio.origin}api${path}`, { headers: headers() })
  return fromJson(await response.text()) as T
}

/** The lists of searches that the stream sends. */
function follow(): { readonly told: SearchRow[][]; readonly end: () => void } {
  const told: SearchRow[][] = []
  let text = ''
  const sent = request(`${studio.origin}api/events`, { headers: headers() }, response =>
    response.setEncoding('utf8').on('data', part => {
      text += part
      const events = text.split('\n\n')
      text = events.pop()!
      for (const event of events) {
        const [, data] = /^event: searches\ndata: (.*)$/.exec(event) ?? []
        if (data) told.push(JSON.parse(data))
      }
    }),
  )
  sent.on('error', () => {})
  sent.end()
  return { told, end: () => sent.destroy() }
}

const within = { timeout: 10_000 }

test('a store that fails before the list is sent leaves no timer behind', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  const away = new HeddleError('The store is away.')
  const watch = new Watch(store)
  watch.listen = () => Promise.reject(away)
  const before = timers()
  await expect(new Searches(store, watch).listen(() => {})).rejects.toThrow(away)
  expect(timers()).toBeLessThanOrEqual(before)
})

test('a search appears in the list, with its best value, and as a whole under its id and its name', async () => {
  const { told, end } = follow()
  await expect.poll(() => told.at(-1), within).toEqual([])
  const id = await recordSearch({ store, name: 'first', trials: 12, repeats: { top: 2, seeds: 2 } })
  await expect
    .poll(() => told.at(-1), within)
    .toMatchObject([{ id, name: 'first', user: 'ana', state: 'done' }])
  end()
  const [row] = told.at(-1)!
  const view = await get<StudyView>(`/searches/${id}`)
  expect(row).toMatchObject({ trials: 12, ofTrials: 12, problem: null, learned: 0 })
  expect(row!.best).toBe(view.trials[view.best[0]!]!.values![0])
  expect(view.verdict?.candidates.map(({ seeds }) => seeds)).toEqual([2, 2])
  expect(view.trials.filter(({ origin }) => origin === 'repeat')).toHaveLength(4)
  expect((await get<StudyView>('/searches/first')).id).toBe(id)

  const { objective, curves, leftOut } = await get<TrialCurves>(`/searches/${id}/curves`)
  expect([objective, leftOut]).toEqual([0, 0])
  for (const { trial, points } of curves) {
    // A trial's curve ends where its last report is.
    const { reports, epochs } = view.trials[trial]!
    expect(points.map(([epoch]) => epoch)).toEqual(Array.from({ length: epochs }, (_, i) => i + 1))
    expect(points.at(-1)![1]).toBe(reports.at(-1)!.values[0])
  }
  expect(curves.map(({ trial }) => trial)).toEqual(
    view.trials.flatMap(({ trial, epochs }) => (epochs > 0 ? [trial] : [])),
  )
})

test('one that goes on is followed: its log, and the epochs of trials between two reports', async () => {
  const { told, end } = follow()
  const id = await recordSearch({ store, name: 'second', trials: 40, events: 31 })
  const rowOf = () => told.at(-1)?.find(row => row.id === id)
  await expect.poll(rowOf, within).toMatchObject({ state: 'running' })
  const { learned, events } = rowOf()!
  const view = await get<StudyView>(`/searches/${id}`)
  const running = view.trials.filter(({ state }) => state === 'running')
  expect(running.length).toBeGreaterThan(0)
  const [{ run, trial }] = running as [(typeof running)[0]]
  const before = (await get<TrialCurves>(`/searches/${id}/curves`)).curves.find(one => one.trial === trial)!
  const epoch = before.points.length
  const metrics = { loss: 0.2, accuracy: 0.9, valLoss: 0.3, valAccuracy: 0.875, learningRate: 0.001 }
  await store.record(run, {
    epochs: [{ epoch, metrics, trainMs: 1, durationMs: 1 }],
    steps: [],
    happenings: [],
  })
  await expect.poll(() => rowOf()!.learned, within).toBe(learned + 1)
  const after = (await get<TrialCurves>(`/searches/${id}/curves`)).curves.find(one => one.trial === trial)!
  expect(after.points).toEqual([...before.points, [epoch + 1, 0.875]])

  await store.studies.append(id, events, [{ type: 'end', reason: 'interrupted', text: 'You stopped it.' }])
  await expect.poll(rowOf, within).toMatchObject({ state: 'interrupted', events: events + 1 })
  end()
  expect(await get<StudyView>(`/searches/${id}`)).toMatchObject({ ended: 'You stopped it.' })
})

test('of several objectives, the curves are those of the one that epochs measure', async () => {
  const id = await recordSearch({
    store,
    objective: ['params', 'valAccuracy'],
    trials: 6,
    repeats: { top: 0, seeds: 1 },
  })
  expect((await get<TrialCurves>(`/searches/${id}/curves`)).objective).toBe(1)
  const small = await recordSearch({ store, objective: 'params', trials: 3, repeats: { top: 0, seeds: 1 } })
  expect(await get<TrialCurves>(`/searches/${small}/curves`)).toEqual({
    objective: null,
    curves: [],
    leftOut: 0,
  })
})

test('one that cannot be read says why in the list, and hides no other', async () => {
  const id = await store.studies.add({ name: 'odd', spec: { search: { kind: 'search' } } })
  const { told, end } = follow()
  const rowOf = (wanted: string) => told.at(-1)?.find(row => row.id === wanted)
  await expect.poll(() => rowOf(id)?.problem, within).toMatch(/^The stored search [0-9a-f]{12}: the option/)
  expect(told.at(-1)!.length).toBeGreaterThan(3)
  end()
  const response = await fetch(`${studio.origin}api/searches/${id}`, { headers: headers() })
  expect(response.status).toBe(400)
  const missing = await fetch(`${studio.origin}api/searches/nothing`, { headers: headers() })
  expect([missing.status, await missing.json()]).toEqual([
    400,
    { error: expect.stringContaining('There is no search "nothing"') },
  ])
  expect((await fetch(`${studio.origin}api/searches/${id}`)).status).toBe(401)
})
