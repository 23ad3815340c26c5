import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MissingError } from '../base/errors.ts'
import { exportRuns, importRuns } from './archive.ts'
import { epochOf, type SharedStore, started } from './store.contract.ts'
import type { RunStore } from './store.ts'
import type { ClaimedSlice, NewSlice } from './studies.ts'

const runId = (trial: number): string => trial.toString(16).padStart(12, '0')
const nothing = { epochs: [], steps: [], happenings: [] }
const bytes = (text: string): Uint8Array[] => [Buffer.from(text)]

/** What every store does with searches and their slices. */
export function studiesContract(name: string, { open, opening }: Omit<SharedStore, 'epochs'>): void {
  describe(`${name}, searches`, () => {
    let folder: string
    let store: RunStore
    let study: string
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'heddle-studies-'))
      store = await open(folder)
      study = await store.studies.add({ name: 'first', spec: { trials: 3 } })
    })
    afterEach(async () => {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    })

    const slice = (trial: number): NewSlice => ({ study, trial, run: runId(trial), task: { epochs: trial } })
    const add = (...trials: readonly number[]) => append(store, trials.map(slice))
    const append = async (to: RunStore, slices: readonly NewSlice[]) =>
      to.studies.append(study, (await to.studies.events(study)).length, [{ type: 'train' }], slices)
    const claimed = async (): Promise<ClaimedSlice> => (await store.slices.claim())!

    test('a search is kept with its log; NaN stays a number', async () => {
      const events = [
        { type: 'ask', parameters: { rate: 0.1 + 0.2 } },
        { type: 'report', values: [Number.NaN] },
      ]
      await store.studies.append(study, 0, events)
      await store.studies.append(study, 2, [{ type: 'end' }])
      await store.studies.change(study, { trials: 5 })
      await store.close()
      store = await open(folder)
      expect(await store.studies.study(study)).toMatchObject({
        id: study,
        events: 3,
        name: 'first',
        spec: { trials: 5 },
      })
      const log = await store.studies.events(study)
      expect(log.map(({ event }) => event)).toEqual([...events, { type: 'end' }])
      expect(await store.studies.events(study, 2)).toEqual(log.slice(2))
      expect(Math.abs(log[0]!.at - Date.now())).toBeLessThan(60_000)
    })

    test('a place in the log is given once, with all its events and slices or none', async () => {
      await store.studies.append(study, 0, [{ type: 'ask' }])
      const late = store.studies.append(study, 0, [{ type: 'ask' }], [slice(1)])
      await expect(late).rejects.toThrow(
        `Another process continues the search first (${study}): its log has 1 events, where this process expected 0.`,
      )
      await expect(store.studies.append(study, 2, [{ type: 'ask' }])).rejects.toThrow(
        'where this process expected 2',
      )
      expect(await store.studies.events(study)).toHaveLength(1)
      expect(await store.slices.count(study)).toEqual({ waiting: 0, running: 0 })
      const both = [1, 2].map(() => store.studies.append(study, 1, [{ type: 'train' }], [slice(1)]))
      const settled = await Promise.allSettled(both)
      expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(await store.slices.count(study)).toEqual({ waiting: 1, running: 0 })
    })

    test('a search is found by its name, by how its id begins and as the last; else what is there is said', async () => {
      // The order is that of milliseconds.
      await new Promise(resolve => setTimeout(resolve, 2))
      const second = await store.studies.add({ name: 'first', spec: {} })
      expect(await store.studies.find('last')).toBe(second)
      expect(await store.studies.find('first')).toBe(second)
      expect(await store.studies.find(study)).toBe(study)
      expect((await store.studies.list()).map(({ id }) => id)).toEqual([second, study])
      await expect(store.studies.find('other')).rejects.toThrow('There is no search "other" in this store.')
      await expect(store.studies.study('ffffffffffff')).rejects.toThrow(MissingError)
      await expect(store.studies.append('ffffffffffff', 0, [])).rejects.toThrow(MissingError)
    })

    test('slices are claimed in their order, and one that was cut short goes on before those that wait', async () => {
      await add(1, 2)
      const first = await claimed()
      expect(first).toMatchObject({ study, trial: 1, run: runId(1), task: { epochs: 1 }, attempt: 1 })
      expect(await store.slices.next(first)).toBe(true)
      expect(await store.slices.count(study)).toEqual({ waiting: 2, running: 0 })
      const again = await claimed()
      expect(again).toMatchObject({ trial: 1, attempt: 1 })
      const second = await claimed()
      expect(second.trial).toBe(2)
      expect(await store.slices.claim()).toBeNull()
      expect(await store.slices.end(second, { value: 2 })).toBe(true)
      expect(await store.slices.end(again, { value: 1 })).toBe(true)
      const ends = await store.slices.ends(study)
      expect(ends).toEqual([
        { place: 1, trial: 2, run: runId(2), result: { value: 2 } },
        { place: 2, trial: 1, run: runId(1), result: { value: 1 } },
      ])
      expect(await store.slices.ends(study, 1)).toEqual(ends.slice(1))
    })

    test('a slice that was claimed again belongs to the second claim alone', async () => {
      await add(1)
      const first = await claimed()
      await store.slices.release(first)
      const second = await claimed()
      expect(second.attempt).toBe(2)
      expect(await store.slices.beat(first)).toBe(false)
      expect(await store.slices.next(first)).toBe(false)
      expect(await store.slices.end(first, {})).toBe(false)
      await store.slices.release(first)
      expect(await store.slices.count(study)).toEqual({ waiting: 0, running: 1 })
      expect(await store.slices.beat(second)).toBe(true)
      expect(await store.slices.end(second, {})).toBe(true)
      expect(await store.slices.next(second)).toBe(false)
      expect(await store.slices.ends(study)).toHaveLength(1)
    })

    test('a run whose slice waits or runs gets no second one; one of its own search can be claimed alone', async () => {
      await add(1)
      await add(1)
      expect(await store.slices.count(study)).toEqual({ waiting: 1, running: 0 })
      const other = await store.studies.add({ name: 'other', spec: {} })
      expect(await store.slices.claim(other)).toBeNull()
      const one = (await store.slices.claim(study))!
      await add(1)
      expect(await store.slices.count(study)).toEqual({ waiting: 0, running: 1 })
      await store.slices.end(one, {})
      await add(1, 2)
      expect(await store.slices.count(study)).toEqual({ waiting: 2, running: 0 })
      await store.slices.clear(study)
      expect(await store.slices.claim()).toBeNull()
    })

    test('a claim takes the run away: what its earlier attempt still writes is refused, in the same process too', async () => {
      await add(1)
      const first = await claimed()
      const id = await store.start(started(), { id: first.run, study })
      await store.record(id, { ...nothing, epochs: [epochOf(0)] })
      const place = { step: 10, epoch: 1, score: 0.5 }
      await store.checkpoints.put(id, place, bytes('state'), { best: 1 })
      const other = await open(folder)
      await expect(other.resume(id, place)).rejects.toThrow('is trained by another worker')
      await store.slices.release(first)
      const second = (await other.slices.claim())!
      const refused = 'no longer belongs to this process'
      for (const late of [
        () => store.record(id, { ...nothing, epochs: [epochOf(1)] }),
        () => store.beat(id),
        () => store.end(id, { status: 'finished', text: '' }),
        () => store.putArtefact(id, 'model', bytes('late')),
        () => store.checkpoints.put(id, { ...place, step: 20 }, bytes('late'), { best: 1 }),
      ])
        await expect(late()).rejects.toThrow(refused)
      await expect(store.resume(id, place)).rejects.toThrow('is trained by another worker')
      await other.resume(id, place)
      await expect(store.record(id, { ...nothing, epochs: [epochOf(1)] })).rejects.toThrow(refused)
      await other.record(id, { ...nothing, epochs: [epochOf(1)] })
      await other.putArtefact(id, 'model', bytes('whole'))
      await other.end(id, { status: 'finished', text: '' })
      expect(await other.slices.end(second, {})).toBe(true)
      expect(await store.run(id)).toMatchObject({ status: 'finished', epochsDone: 2, attempt: 3 })
      expect((await store.checkpoints.of(id)).map(({ step }) => step)).toEqual([10])
      await other.close()
    })

    test('a worker that lost its claim makes no run; the one that has it finds what is there', async () => {
      await add(1)
      const first = await claimed()
      const other = await open(folder)
      await store.slices.release(first)
      const second = (await other.slices.claim())!
      await expect(store.start(started(), { id: first.run, study })).rejects.toThrow(
        'is trained by another worker',
      )
      expect(await other.start(started(), { id: second.run, study })).toBe(second.run)
      await other.record(second.run, { ...nothing, epochs: [epochOf(0)] })
      expect(await other.start(started({ seed: 9 }), { id: second.run, study })).toBe(second.run)
      expect(await other.run(second.run)).toMatchObject({ seed: 1, epochsDone: 1, study })
      await other.close()
    })

    test('runs of a search are listed if they are asked for, and found by their id', async () => {
      const own = await store.start(started())
      const trial = await store.start(started(), { id: runId(7), study })
      const ids = async (filter?: Parameters<RunStore['list']>[0]) =>
        (await store.list(filter)).map(({ id }) => id)
      expect(await ids()).toEqual([own])
      expect(await ids({ study })).toEqual([trial])
      expect((await ids({ study: 'any' })).sort()).toEqual([own, trial].sort())
      expect([await store.count(), await store.count({ study: 'any', limit: 1 })]).toEqual([1, 2])
      expect(await store.find(trial.slice(0, 10))).toBe(trial)
      const [user] = new Set((await store.list({ study: 'any' })).map(({ user }) => user))
      expect(user).toBe((await store.studies.study(study)).user)
      await expect(store.start(started(), { study: 'ffffffffffff' })).rejects.toThrow('There is no search')
    })

    test('a name that only trials have is not absent: the error says how a trial is named', async () => {
      const study = await store.studies.add({ name: 'search', spec: {} })
      await store.start(started({ experiment: 'tried' }), { id: 'abcdefabcdef', study })
      for (const name of ['last', 'tried', 'tried/linear'])
        await expect(store.find(name)).rejects.toThrow('trials of searches. Name one by its id')
      expect(await store.find('abcdef')).toBe('abcdefabcdef')
    })

    test('an archive carries the searches of its runs, which go on in the other store', async () => {
      await store.studies.append(study, 0, [{ type: 'ask' }, { type: 'report', values: [Number.NaN] }])
      const trial = await store.start(started(), { id: runId(7), study })
      const archive = join(folder, 'runs.tar')
      await exportRuns(archive, [trial], store)
      const otherFolder = mkdtempSync(join(tmpdir(), 'heddle-studies-'))
      const other = await open(otherFolder)
      for (const imported of [[trial], []])
        expect(await importRuns(archive, other)).toMatchObject({ imported })
      expect(await other.studies.study(study)).toEqual(await store.studies.study(study))
      expect(await other.studies.events(study)).toEqual(await store.studies.events(study))
      await other.studies.append(study, 2, [{ type: 'resume' }], [slice(1)])
      expect(await other.slices.claim()).toMatchObject({ study, trial: 1 })
      expect((await other.list({ study })).map(({ id }) => id)).toEqual([trial])
      await other.close()
      rmSync(otherFolder, { recursive: true, force: true })
    })

    test('a search that is removed leaves its runs in the bin', async () => {
      await add(1)
      const trial = await store.start(started(), { id: runId(7), study })
      await store.studies.remove(study)
      expect(await store.studies.list()).toEqual([])
      expect(await store.slices.claim()).toBeNull()
      expect((await store.list({ study: 'any', place: 'bin' })).map(({ id }) => id)).toEqual([trial])
      await expect(store.studies.remove(study)).rejects.toThrow(MissingError)
    })

    test('several processes claim: each slice ends once, also those of a worker that is killed', async () => {
      const trials = 40
      await add(...Array.from({ length: trials }, (_, i) => i + 1))
      const program = (isKilled: boolean) => `
        ${opening(folder)}
        if (${isKilled}) {
          await store.slices.claim()
          process.kill(process.pid, 'SIGKILL')
        }
        let cuts = 0
        for (let quiet = 0; quiet < 300; ) {
          const slice = await store.slices.claim()
          if (!slice) {
            quiet += 20
            await new Promise(resolve => setTimeout(resolve, 20))
          } else if (slice.trial % 3 === 0 && cuts++ < 20) await store.slices.next(slice)
          else await store.slices.end(slice, { trial: slice.trial })
        }
        await store.close()`
      const done = (isKilled: boolean) => {
        const child = spawn(process.execPath, ['--input-type=module', '-e', program(isKilled)], {
          stdio: 'inherit',
        })
        return new Promise(resolve => child.once('close', code => resolve(code)))
      }
      expect(await Promise.all([true, false, false, false].map(done))).toEqual([null, 0, 0, 0])
      const ends = await store.slices.ends(study)
      expect(ends.map(({ place }) => place)).toEqual(Array.from({ length: trials }, (_, i) => i + 1))
      expect(new Set(ends.map(({ trial }) => trial)).size).toBe(trials)
      expect(await store.slices.count(study)).toEqual({ waiting: 0, running: 0 })
    }, 60_000)
  })
}
