import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { EpochCounts } from '../protocol/histogram.ts'
import { exportRuns, importRuns } from './archive.ts'
import type { archivedTables } from './archived-runs.ts'
import { openStore } from './open.ts'
import { sha256Of } from './sha256.ts'
import { epochOf, started } from './store.contract.ts'
import { readTar, TarWriter } from './tar.ts'

let folder: string
type ArchivedTable = (typeof archivedTables)[number]

/** As JSON: anything may be put into it. */
interface ArchivedJson {
  run: Record<string, unknown>
  rows: Record<ArchivedTable, { [cell: string]: unknown }[]>
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-archive-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const keep = { best: 1 }
const place = { step: 10, epoch: 1, score: 0.5 }
const files = (path: string) =>
  readdirSync(path, { recursive: true }).filter(name => !String(name).startsWith('runs.db'))

/** A store with one run, and its archive. */
async function exported(changes: { loss?: number } = {}) {
  const store = await openStore(join(folder, 'from'))
  const id = await store.start(started())
  const usage = [{ step: 1, processors: 1.5, memoryBytes: 1000, imagesPerSecond: 1 / 3 }]
  const weights = { kernel: { low: 0, high: 1, counts: Array(32).fill(1) } }
  const histograms = [{ epoch: 0, weights, gradients: weights }]
  await store.record(id, {
    ...{ epochs: [epochOf(0, changes.loss)], steps: [], happenings: [] },
    ...{ usage, histograms },
  })
  await store.checkpoints.put(id, place, [Buffer.from('weights here')], keep)
  await store.end(id, { status: 'interrupted', text: '' })
  const path = join(folder, 'runs.tar')
  await exportRuns(path, [id], store)
  return { store, id, path }
}

/** The archive with changed rows and, where wanted, another checkpoint. */
async function changed(
  path: string,
  change: (run: ArchivedJson) => void,
  checkpoint?: Buffer,
): Promise<string> {
  const to = join(folder, 'changed.tar')
  const file = await open(to, 'w')
  const tar = new TarWriter(file)
  for await (const { name, bytes } of readTar(path)) {
    if (name === 'heddle-runs.json') {
      const contents = JSON.parse(bytes.toString()) as { runs: ArchivedJson[] }
      for (const run of contents.runs) {
        change(run)
        if (checkpoint) run.rows.checkpoint[0]!.sha256 = sha256Of([checkpoint])
      }
      await tar.add(name, Buffer.from(JSON.stringify(contents)))
    } else await tar.add(name, checkpoint && name.startsWith('checkpoints') ? checkpoint : bytes)
  }
  await tar.end()
  await file.close()
  return to
}

test.each<[string, (run: ArchivedJson) => void, string]>([
  [
    'a boolean',
    run => {
      run.run.note = true
    },
    'run 1, table "run": its note is true; it must be a text of at most',
  ],
  [
    'a date that is none',
    run => {
      run.run.createdAt = 1e300
    },
    'its createdAt is 1e+300; it must be milliseconds since 1970',
  ],
  [
    'a text for a number',
    run => {
      run.rows.epoch[0]!.metrics = { loss: 'x' }
    },
    'table "epoch", row 1: its metrics is {"loss":"x"}; it must be numbers by name',
  ],
  [
    'no JSON',
    run => {
      run.rows.detail[0]!.spec = '{'
    },
    'table "detail", row 1: its spec is "{"; it must be JSON of an object',
  ],
  [
    'JSON of another shape',
    run => {
      run.rows.detail[0]!.options = 'null'
    },
    'its options is "null"; it must be JSON of a list',
  ],
  [
    'counts of weights that are none',
    run => {
      run.rows.histogram![0]!.weights = '{"kernel":{"low":0,"high":1,"counts":[1]}}'
    },
    'table "histogram", row 1: its weights is',
  ],
  [
    'two detail rows',
    run => run.rows.detail.push(run.rows.detail[0]!),
    'table "detail": one row is expected, not 2',
  ],
  [
    'one epoch twice',
    run => run.rows.epoch.push(run.rows.epoch[0]!),
    'row 2: another row has the same epoch, 0',
  ],
  [
    'an unknown column',
    run => {
      run.run.colour = 1
    },
    'table "run": it has an unknown column "colour"',
  ],
  [
    'null for a row',
    run => {
      run.rows.artefact = [null as never]
    },
    'table "artefact", row 1: it must be an object, not null',
  ],
  [
    'a null loss',
    run => {
      run.rows.epoch[0]!.metrics = { loss: null }
    },
    'its metrics is {"loss":null}; it must be numbers by name, with loss, accuracy and learningRate',
  ],
])('%s is refused with its table, row and column, and leaves nothing', async (_, change, message) => {
  const { store, path } = await exported()
  await store.close()
  const to = await openStore(join(folder, 'to'))
  const before = files(join(folder, 'to'))
  const refused = importRuns(await changed(path, change), to)
  await expect(refused).rejects.toThrow(message)
  await expect(refused).rejects.toThrow('Nothing was imported')
  expect(files(join(folder, 'to'))).toEqual(before)
  expect(await to.list()).toEqual([])
  await to.close()
})

test('a run that is there keeps its checkpoints, whatever the archive has for them', async () => {
  const { store, id, path } = await exported()
  const other = Buffer.from('of a stranger')
  const archive = await changed(path, () => {}, other)
  expect(await importRuns(archive, store)).toEqual({ imported: [], known: [id] })
  const [row] = await store.checkpoints.of(id)
  expect((await store.checkpoints.read(row!)).bytes.toString()).toBe('weights here')
  await store.close()
})

test('a damaged file: nothing is left of the archive', async () => {
  const { store, path } = await exported()
  await store.close()
  const to = await openStore(join(folder, 'to'))
  const before = files(join(folder, 'to'))
  const archive = await changed(path, run => {
    run.rows.checkpoint[0]!.sha256 = '0'.repeat(64)
  })
  await expect(importRuns(archive, to)).rejects.toThrow('is damaged or unknown. Nothing was imported.')
  expect(files(join(folder, 'to'))).toEqual(before)
  await to.close()
})

test('a run archived while running is imported as interrupted; an infinite loss survives', async () => {
  const { store, id, path } = await exported({ loss: Infinity })
  await store.close()
  const to = await openStore(join(folder, 'to'))
  const archive = await changed(path, run => {
    run.run.status = 'running'
  })
  expect(await importRuns(archive, to)).toEqual({ imported: [id], known: [] })
  expect((await to.run(id)).status).toBe('interrupted')
  expect((await to.epochs(id))[0]!.metrics.loss).toBe(Infinity)
  const [row] = await to.checkpoints.of(id)
  expect((await to.checkpoints.read(row!)).bytes.toString()).toBe('weights here')
  await to.close()
})

test.each([Number.NaN, -Infinity])('a measurement that is %d is read, archived and imported', async loss => {
  const { store, id, path } = await exported({ loss })
  expect((await store.epochs(id))[0]!.metrics.loss).toBe(loss)
  await store.close()
  const to = await openStore(join(folder, 'to'))
  expect(await importRuns(path, to)).toEqual({ imported: [id], known: [] })
  expect((await to.epochs(id))[0]!.metrics.loss).toBe(loss)
  expect(await to.usage(id)).toMatchObject([{ step: 1, processors: 1.5, imagesPerSecond: 1 / 3 }])
  const [{ weights, gradients }] = (await to.histograms(id)) as [EpochCounts]
  expect([weights.kernel!.counts.length, gradients]).toEqual([32, weights])
  await to.close()
})

test('a folder in place of an archive is named', async () => {
  const store = await openStore(join(folder, 'to'))
  await expect(importRuns(folder, store)).rejects.toThrow(
    `${folder} is a folder: name the file that "heddle runs export" wrote.`,
  )
  await store.close()
})

test('an archive carries users, searches and attempts; one from before they were kept has none', async () => {
  const { store, id, path } = await exported()
  const { user } = await store.run(id)
  await store.close()
  const read = async (archive: string, name: string) => {
    const to = await openStore(join(folder, name))
    await importRuns(archive, to)
    const run = await to.run(id)
    await to.close()
    return run
  }
  const trial = await changed(path, ({ run }) => Object.assign(run, { study: 'abcdefabcdef', attempt: 3 }))
  expect(await read(trial, 'trial')).toMatchObject({ user, study: 'abcdefabcdef', attempt: 3 })
  const older = await changed(path, ({ run }) => {
    for (const column of ['user', 'study', 'attempt']) delete run[column]
  })
  expect(await read(older, 'older')).toMatchObject({ user: null, study: null, attempt: 1 })
})
