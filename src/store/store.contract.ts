import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MissingError, UsageError } from '../base/errors.ts'
import type { EpochMetrics } from '../protocol/events.ts'
import type { RunStart, RunStore, StoredFile } from './store.ts'

const texts = { version: '0', host: 'h', platform: 'linux', arch: 'x64', cpu: 'c', backend: 'native' }

export const started = (changes: Partial<RunStart> = {}): RunStart => ({
  ...{ experiment: 'tiny', model: 'linear', seed: 1, dataset: 'mini' },
  ...{ configuration: 'c0', modelHash: 'm0', fingerprint: 'f0' },
  ...{ params: 7850, batchSize: 32, epochs: 3, stepsPerEpoch: 10 },
  detail: {
    spec: { a: 1 },
    source: { baseDir: '/x', dataDir: null },
    options: [],
    environment: { ...texts, node: 'v20', cores: 2, threads: 2, git: null },
  },
  ...changes,
})

const metrics = (loss: number): EpochMetrics => ({
  loss,
  accuracy: 1 / 3,
  valLoss: loss + Number.EPSILON,
  valAccuracy: 0.1 + 0.2,
  learningRate: 1e-3,
})

export const epochOf = (epoch: number, loss = 1 / (epoch + 1)) => ({
  epoch,
  metrics: metrics(loss),
  trainMs: 1.25,
  durationMs: 2.5,
})
const nothing = { epochs: [], steps: [], happenings: [] }
const usedAt = (step: number) => ({ step, processors: 1.75, memoryBytes: 3e9, imagesPerSecond: 1 / 3 })
const countedIn = (epoch: number) => ({
  epoch,
  weights: { 'dense/kernel': { low: -0.1, high: 1 / 3, counts: Array<number>(32).fill(epoch) } },
  gradients: epoch === 0 ? null : { k: { low: -1e-9, high: 0, counts: Array<number>(32).fill(1) } },
})
const bytes = (text: string): Uint8Array[] => [Buffer.from(text)]
const textOf = async (file: Promise<StoredFile | null>): Promise<string> =>
  Buffer.from((await file)!.bytes).toString()

/** What every run store does, independent of its database. */
export function runStoreContract(name: string, open: (folder: string) => Promise<RunStore>): void {
  describe(name, () => {
    let folder: string
    let store: RunStore
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'heddle-store-'))
      store = await open(folder)
    })
    afterEach(async () => {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    })

    test('a run is kept with all that was said of it, and found again in a store that is opened anew', async () => {
      const id = await store.start(started())
      const steps = [0, 5, 10].map(step => ({ step, loss: 1 / 3 / (step + 1), accuracy: 0.5 }))
      const [usage, histograms] = [[8, 16].map(usedAt), [0, 1].map(countedIn)]
      await store.record(id, {
        epochs: [epochOf(0), epochOf(1)],
        steps,
        usage,
        histograms,
        happenings: [{ kind: 'notice', text: 'ä' }],
      })
      await store.putArtefact(id, 'model', bytes('weights'))
      await store.tag(id, 'good')
      await store.note(id, 'the first')
      await store.end(id, {
        status: 'finished',
        text: '',
        seconds: 1.5,
        test: { loss: 0.1 + 0.2, accuracy: 0.9 },
      })
      await store.close()
      store = await open(folder)
      expect(await store.run(id)).toMatchObject({
        experiment: 'tiny',
        status: 'finished',
        epochsDone: 2,
        metrics: { valAccuracy: 0.1 + 0.2, testLoss: 0.1 + 0.2, testAccuracy: 0.9 },
        seconds: 1.5,
        note: 'the first',
        binnedAt: null,
      })
      expect(await store.detail(id)).toEqual(started().detail)
      expect(await store.epochs(id)).toEqual(
        [epochOf(0), epochOf(1)].map(({ metrics: measured, ...epoch }) => ({
          run: id,
          ...epoch,
          metrics: measured,
        })),
      )
      expect(await store.steps(id)).toEqual(steps.map(step => ({ run: id, ...step })))
      expect(await store.usage(id)).toEqual(usage.map(row => ({ run: id, ...row })))
      expect(await store.usage(id, 9)).toHaveLength(1)
      expect(await store.histograms(id)).toEqual(histograms)
      expect((await store.happenings(id)).map(({ kind }) => kind)).toEqual(['started', 'notice', 'finished'])
      expect(await store.tags(id)).toEqual(['good'])
      expect(await textOf(store.artefact(id, 'model'))).toBe('weights')
      expect(await store.artefact(id, 'other')).toBeNull()
    })

    test('what was measured and is not a finite number stays that, and a note that says so stays a text', async () => {
      const id = await store.start(started())
      const { metrics, ...epoch } = epochOf(0)
      const measured = { ...metrics, valLoss: Number.NaN, trainLoss: Number.POSITIVE_INFINITY }
      await store.record(id, { ...nothing, epochs: [{ ...epoch, metrics: measured }] })
      await store.note(id, 'NaN')
      expect(await store.epochs(id)).toEqual([{ run: id, ...epoch, metrics: measured }])
      expect(await store.run(id)).toMatchObject({ metrics: { valLoss: Number.NaN }, note: 'NaN' })
    })

    test('what is recorded at once is there as a whole or not at all', async () => {
      const id = await store.start(started())
      await store.record(id, { ...nothing, epochs: [epochOf(0)] })
      const again = {
        ...nothing,
        steps: [{ step: 1, loss: 1, accuracy: 1 }],
        epochs: [epochOf(1), epochOf(0)],
      }
      await expect(store.record(id, again)).rejects.toThrow(/unique/i)
      expect((await store.epochs(id)).map(({ epoch }) => epoch)).toEqual([0])
      expect(await store.steps(id)).toEqual([])
    })

    test('runs are filtered, sorted and limited; those without a number come last', async () => {
      const ids: string[] = []
      for (const [i, accuracy] of [0.8, 0.9, null, 0.7].entries()) {
        const id = await store.start(started({ seed: i, model: i % 2 === 0 ? 'even' : 'odd' }))
        ids.push(id)
        if (accuracy === null) await store.end(id, { status: 'failed', text: '' })
        else await store.end(id, { status: 'finished', text: '', test: { loss: 1, accuracy } })
      }
      const seeds = async (filter: Parameters<RunStore['list']>[0]) =>
        (await store.list(filter)).map(({ seed }) => seed)
      expect(await seeds({ sort: 'testAccuracy', descending: true })).toEqual([1, 0, 3, 2])
      expect(await seeds({ sort: 'testAccuracy' })).toEqual([3, 0, 1, 2])
      expect(await seeds({ sort: 'seed', limit: 2 })).toEqual([0, 1])
      expect(await seeds({ model: 'odd', sort: 'seed' })).toEqual([1, 3])
      expect(await seeds({ status: 'failed' })).toEqual([2])
      expect(await seeds({ experiment: 'another' })).toEqual([])
      await store.tag(ids[3]!, 'kept')
      expect(await seeds({ tag: 'kept' })).toEqual([3])
      await store.untag(ids[3]!, 'kept')
      expect(await seeds({ tag: 'kept' })).toEqual([])
    })

    test('a run is found by the first digits of its id; what is ambiguous or absent is said', async () => {
      await expect(store.find('last')).rejects.toThrow('There are no runs in')
      const ids = [await store.start(started()), await store.start(started({ seed: 2 }))]
      for (const id of ids) expect(await store.find(id)).toBe(id)
      expect(await store.find(ids[0]!.slice(0, 8))).toBe(ids[0])
      await expect(store.find('zz%')).rejects.toThrow('There is no run "zz%"')
      await expect(store.find('')).rejects.toThrow(UsageError)
    })

    test('going on takes back what was recorded behind the checkpoint, and a finished run has nothing to go on with', async () => {
      const id = await store.start(started())
      const steps = [0, 9, 10, 19, 20].map(step => ({ step, loss: 1, accuracy: 1 }))
      await store.record(id, {
        ...nothing,
        ...{ epochs: [epochOf(0), epochOf(1, 0.25)], steps },
        ...{ usage: [9, 19].map(usedAt), histograms: [0, 1].map(countedIn) },
      })
      for (const step of [10, 15, 20])
        await store.checkpoints.put(id, { step, epoch: 1, score: null }, bytes(`${step}`), { best: 1 })
      await store.end(id, { status: 'interrupted', text: '' })
      await store.resume(id, { epoch: 1, step: 15 })
      expect(await store.run(id)).toMatchObject({
        status: 'running',
        epochsDone: 1,
        metrics: { loss: 1 },
        endedAt: null,
      })
      expect((await store.epochs(id)).map(({ epoch }) => epoch)).toEqual([0])
      expect((await store.steps(id)).map(({ step }) => step)).toEqual([0, 9, 10])
      expect((await store.usage(id)).map(({ step }) => step)).toEqual([9])
      expect((await store.histograms(id)).map(({ epoch }) => epoch)).toEqual([0])
      expect((await store.checkpoints.of(id)).map(({ step }) => step)).toEqual([15])
      await store.record(id, { ...nothing, epochs: [epochOf(1, 0.125)] })
      await store.end(id, { status: 'finished', text: '' })
      await expect(store.resume(id, { epoch: 0, step: 0 })).rejects.toThrow(
        'is finished: there is nothing to resume',
      )
    })

    test('the newest two checkpoints and the best stay', async () => {
      const id = await store.start(started())
      for (const [i, score] of [0.5, 0.2, null, 0.2, 0.9, null].entries()) {
        await store.checkpoints.put(id, { step: i, epoch: i, score }, bytes(`checkpoint ${i}`), { best: 1 })
      }
      const rows = await store.checkpoints.of(id)
      expect(rows.map(({ step }) => step)).toEqual([5, 4, 1])
      expect(await textOf(store.checkpoints.read(rows[2]!))).toBe('checkpoint 1')
    })

    test('checkpoints that a run needs no longer are removed; those of other runs stay', async () => {
      const [a, b] = [await store.start(started()), await store.start(started({ seed: 2 }))]
      for (const id of [a, b])
        for (const step of [1, 2])
          await store.checkpoints.put(id, { step, epoch: step, score: null }, bytes(`step ${step}`), {
            best: 1,
          })
      await store.checkpoints.clear(a)
      expect(await store.checkpoints.of(a)).toEqual([])
      const [newest] = await store.checkpoints.of(b)
      expect(await textOf(store.checkpoints.read(newest!))).toBe('step 2')
      expect(await store.gc(0)).toEqual({ runs: 0, files: 0, bytes: 0 })
    })

    test('a run in the bin is listed there alone, and removed for good by gc, which leaves the files of other runs', async () => {
      const [a, b] = [await store.start(started()), await store.start(started({ seed: 2 }))]
      for (const id of [a, b]) await store.putArtefact(id, 'model', bytes('the same'))
      await store.checkpoints.put(b, { step: 1, epoch: 0, score: null }, bytes('state'), { best: 1 })
      for (const id of [a, b]) await store.end(id, { status: 'finished', text: '' })
      await store.move(b, 'bin')
      expect((await store.list()).map(({ id }) => id)).toEqual([a])
      expect((await store.list({ place: 'bin' })).map(({ id }) => id)).toEqual([b])
      expect(await store.gc()).toMatchObject({ runs: 1, bytes: 5 })
      await expect(store.run(b)).rejects.toThrow(MissingError)
      expect(await textOf(store.artefact(a, 'model'))).toBe('the same')
    })

    test('why a run did not finish is a field of it, until it is resumed', async () => {
      const id = await store.start(started())
      expect((await store.run(id)).reason).toBeNull()
      await store.end(id, { status: 'failed', text: 'The loss is not finite.' })
      expect(await store.run(id)).toMatchObject({ status: 'failed', reason: 'The loss is not finite.' })
      await store.resume(id, { epoch: 0, step: 0 })
      expect((await store.run(id)).reason).toBeNull()
      await store.end(id, { status: 'interrupted', text: '' })
      expect((await store.run(id)).reason).toBeNull()
    })

    test('the step that a run was begun or resumed at is a field of that happening', async () => {
      const id = await store.start(started())
      expect(await store.progress(id)).toMatchObject({ step: null, begun: { step: 0 } })
      const steps = [0, 10, 20].map(step => ({ step, loss: 1, accuracy: 1 }))
      await store.record(id, { ...nothing, steps, happenings: [{ kind: 'notice', text: 'from step 7' }] })
      await store.end(id, { status: 'interrupted', text: '' })
      await store.resume(id, { epoch: 1, step: 10 })
      expect((await store.happenings(id)).map(({ step }) => step)).toEqual([0, null, null, 10])
      expect(await store.progress(id)).toMatchObject({ step: 0, begun: { step: 10 } })
    })

    test('the revision is another one after every write, and the same as long as there is none', async () => {
      const id = await store.start(started())
      const before = await store.revision()
      await store.list()
      expect(await store.revision()).toBe(before)
      await store.note(id, 'changed')
      expect(await store.revision()).not.toBe(before)
    })

    test('the rows of a run make the same run in another store, with its files; one that is there stays', async () => {
      const id = await store.start(started())
      await store.record(id, { ...nothing, epochs: [epochOf(0)] })
      await store.putArtefact(id, 'model', bytes('weights'))
      await store.checkpoints.put(id, { step: 5, epoch: 0, score: 1 }, bytes('state'), { best: 1 })
      await store.tag(id, 'good')
      const rows = await store.rows(id)
      const files = new Map(
        await Promise.all(
          [store.artefact(id, 'model'), store.checkpoints.read((await store.checkpoints.of(id))[0]!)].map(
            async (file, i) =>
              [[...rows.rows.artefact, ...rows.rows.checkpoint][i]!.sha256, (await file)!.bytes] as const,
          ),
        ),
      )
      const add = (to: RunStore) => to.add({ runs: [rows], studies: [] }, async sha256 => files.get(sha256)!)
      expect(await add(store)).toEqual({ imported: [], known: [id] })
      const otherFolder = mkdtempSync(join(tmpdir(), 'heddle-store-'))
      const other = await open(otherFolder)
      expect(await add(other)).toEqual({ imported: [id], known: [] })
      // The process that trained it there does not train it here.
      expect(await other.run(id)).toMatchObject({ status: 'interrupted', owner: null, epochsDone: 1 })
      expect(await other.epochs(id)).toEqual(await store.epochs(id))
      expect(await other.tags(id)).toEqual(['good'])
      expect(await textOf(other.artefact(id, 'model'))).toBe('weights')
      expect(await textOf(other.checkpoints.read((await other.checkpoints.of(id))[0]!))).toBe('state')
      expect((await other.happenings(id)).at(-1)).toMatchObject({ kind: 'imported' })
      await other.close()
      rmSync(otherFolder, { recursive: true, force: true })
    })
  })
}

/** A store that other processes open too. */
export interface SharedStore {
  readonly open: (folder: string) => Promise<RunStore>
  /** The lines of a program of the built package that open it as `store`. */
  readonly opening: (folder: string) => string
  /** How much four processes write at once. */
  readonly epochs: number
}

/** What a store does that several processes open. */
export function sharedStoreContract(name: string, { open, opening, epochs }: SharedStore): void {
  describe(`${name}, from several processes`, () => {
    let folder: string
    let store: RunStore
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'heddle-store-'))
      store = await open(folder)
    })
    afterEach(async () => {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    })

    test('a run whose process was killed is marked interrupted; one that lives is not', async () => {
      const mine = await store.start(started())
      const program = `
        ${opening(folder)}
        console.log(await store.start(${JSON.stringify(started({ seed: 9 }))}))
        setInterval(() => {}, 1000)`
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const other = await new Promise<string>(resolve =>
        child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim())),
      )
      expect(await store.markDead()).toEqual([])
      await expect(store.resume(other, { epoch: 0, step: 0 })).rejects.toThrow(
        `The run ${other} is running already`,
      )
      await expect(store.record(other, { ...nothing, epochs: [epochOf(0)] })).rejects.toThrow(
        'no longer belongs to this process',
      )
      await expect(store.move(other, 'bin')).rejects.toThrow('is running: stop it first')
      const gone = new Promise(resolve => child.once('close', resolve))
      child.kill('SIGKILL')
      await gone
      expect(await store.markDead()).toEqual([other])
      expect((await store.run(other)).status).toBe('interrupted')
      expect((await store.happenings(other)).at(-1)).toMatchObject({
        kind: 'interrupted',
        text: 'its process ended without a word',
      })
      expect((await store.run(mine)).status).toBe('running')
    })

    test('four processes write at once: no error, no lost row, and a reader sees whole commits', async () => {
      const program = `
        ${opening(folder)}
        const id = await store.start(${JSON.stringify(started({ epochs }))})
        const metrics = ${JSON.stringify(metrics(1))}
        for (let epoch = 0; epoch < ${epochs}; epoch++) {
          const steps = Array.from({ length: 20 }, (_, i) => ({ step: epoch * 20 + i, loss: 1, accuracy: 1 }))
          await store.record(id, { epochs: [{ epoch, metrics, trainMs: 1, durationMs: 1 }], steps, happenings: [] })
          await store.checkpoints.put(id, { step: epoch, epoch, score: -epoch }, [Buffer.from(String(epoch))], { best: 1 })
        }
        await store.end(id, { status: 'finished', text: '' })`
      const children = Array.from({ length: 4 }, () =>
        spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }),
      )
      let running = children.length
      const codes = children.map(
        child =>
          new Promise(resolve =>
            child.once('close', code => {
              running--
              resolve(code)
            }),
          ),
      )
      while (running > 0) {
        for (const { id } of await store.list()) {
          const whole = (await store.epochs(id)).length
          const steps = (await store.steps(id)).length
          // Read later, there may be more; what was committed with an epoch is never less.
          expect(steps).toBeGreaterThanOrEqual(20 * whole)
          expect(steps % 20).toBe(0)
        }
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      expect(await Promise.all(codes)).toEqual([0, 0, 0, 0])
      const runs = await store.list()
      expect(runs.map(({ status, epochsDone }) => [status, epochsDone])).toEqual(
        Array(4).fill(['finished', epochs]),
      )
      for (const { id } of runs) {
        expect(await store.epochs(id)).toHaveLength(epochs)
        expect(await store.steps(id)).toHaveLength(20 * epochs)
        expect((await store.checkpoints.of(id)).map(({ step }) => step)).toEqual([epochs - 1, epochs - 2])
      }
    }, 60_000)
  })
}
