import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync as Database } from '@photostructure/sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HeddleError } from '../../base/errors.ts'
import { metricColumns } from '../gather-metrics.ts'
import { listContract } from '../list.contract.ts'
import { looksContract } from '../looks.contract.ts'
import { openStore } from '../open.ts'
import { isAlive, processIdentity, SILENCE_MS } from '../process-identity.ts'
import { sql } from '../sql/kysely.ts'
import { epochOf, runStoreContract, sharedStoreContract, started } from '../store.contract.ts'
import type { RunStore } from '../store.ts'
import { studiesContract } from '../studies.contract.ts'
import { openDatabase } from './database.ts'

const module = new URL('../../../dist/store/open.js', import.meta.url)
const opening = (folder: string): string => `
  const { openStore } = await import(${JSON.stringify(module.href)})
  const store = await openStore(${JSON.stringify(folder)})`
runStoreContract('SQLite', openStore)
looksContract('SQLite', openStore)
listContract('SQLite', openStore)
sharedStoreContract('SQLite', { open: openStore, opening, epochs: 60 })
studiesContract('SQLite', { open: openStore, opening })

describe('files beside the database', () => {
  let folder: string
  let store: RunStore
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'heddle-files-'))
    store = await openStore(folder)
  })
  afterEach(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('checkpoints that are not kept have no file; a damaged or missing one is refused', async () => {
    const id = await store.start(started())
    for (const [i, score] of [0.5, 0.2, null, 0.2, 0.9, null].entries()) {
      const place = { step: i, epoch: i, score }
      await store.checkpoints.put(id, place, [Buffer.from(`checkpoint ${i}`)], { best: 1 })
    }
    const rows = await store.checkpoints.of(id)
    expect(readdirSync(join(folder, 'checkpoints', id))).toHaveLength(3)
    truncateSync(join(folder, 'checkpoints', id, '5.safetensors'), 4)
    await expect(store.checkpoints.read(rows[0]!)).rejects.toThrow(
      'is damaged: its 4 bytes are not what was written',
    )
    rmSync(join(folder, 'checkpoints', id, '4.safetensors'))
    await expect(store.checkpoints.read(rows[1]!)).rejects.toThrow(HeddleError)
  })

  test('content is kept once, damage is reported, and content that no run names is removed', async () => {
    const [a, b] = [await store.start(started()), await store.start(started({ seed: 2 }))]
    for (const id of [a, b]) await store.putArtefact(id, 'model', [Buffer.from('the same')])
    await store.putArtefact(b, 'own', [Buffer.from('other')])
    const whereOf = async (id: string, name: string) => (await store.artefact(id, name))!.where
    const first = await whereOf(a, 'model')
    expect(await whereOf(b, 'model')).toBe(first)
    for (const id of [a, b]) await store.end(id, { status: 'finished', text: '' })
    const own = await whereOf(b, 'own')
    await store.move(b, 'bin')
    // Younger than an hour: another process may be about to name it.
    expect(await store.gc()).toMatchObject({ runs: 1 })
    expect(readFileSync(own, 'utf8')).toBe('other')
    utimesSync(own, 0, 0)
    utimesSync(first, 0, 0)
    expect(await store.gc()).toEqual({ runs: 0, files: 1, bytes: 5 })
    expect(() => readFileSync(own)).toThrow('ENOENT')
    writeFileSync(first, 'changed!')
    await expect(store.artefact(a, 'model')).rejects.toThrow('is damaged: its content has another checksum')
  })
})

/** Makes the tables of version 8, of version 7, of version 6, and of version 5. */
const withoutUsage = 'drop table usage; drop table histogram'
const withoutPlaces = `${withoutUsage}; drop table view; alter table run drop column name; alter table run drop column archivedAt`
const withoutSearches = `${withoutPlaces}; drop table slice; drop table event; drop table study; drop index runByStudy;
  alter table run drop column attempt; alter table run drop column user; alter table run drop column study`
const withoutMetrics = Object.entries(metricColumns)
  .flatMap(([table, columns]) => [
    `alter table ${table} drop column metrics`,
    ...columns.map(column => `alter table ${table} add column ${column} real`),
  ])
  .join(';')

describe('a store that cannot be used', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heddle-broken-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const database = () => join(folder, 'runs.db')

  test.skipIf(process.platform === 'win32')('a new store is its owner’s alone', async () => {
    await (await openStore(join(folder, 'new'))).close()
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'new/runs.db')).mode & 0o777).toBe(0o600)
  })

  test('a value that is no number and no text is refused, and the process lives', async () => {
    const store = await openStore(folder)
    const id = await store.start(started())
    for (const note of [true, {}, [1]] as unknown[] as string[]) {
      await expect(store.note(id, note)).rejects.toThrow(
        'The run store keeps numbers and texts; the value 1 of a row is a ',
      )
    }
    await store.close()
  })

  test('text that is not UTF-8, and a number beyond 2^53: other runs are listed', async () => {
    const store = await openStore(folder)
    const ids = [await store.start(started()), await store.start(started())]
    await store.close()
    const file = new Database(database())
    file.exec(
      `update run set note = cast(x'6180ff62' as text), params = 9223372036854775807 where id = '${ids[0]}'`,
    )
    file.close()
    const again = await openStore(folder)
    expect((await again.list()).map(({ id }) => id).sort()).toEqual(ids.sort())
    await again.close()
  })

  test('what is left of a name: interrupted and failed runs, the oldest first', async () => {
    const store = await openStore(folder)
    const begin = async (seed: number, status: 'finished' | 'interrupted' | 'failed') => {
      const id = await store.start({ ...started(), experiment: 'photos', model: 'small', seed })
      await store.end(id, { status, text: '' })
      // The order is that of milliseconds.
      await new Promise(resolve => setTimeout(resolve, 2))
      return id
    }
    const ids = [await begin(1, 'finished'), await begin(2, 'interrupted'), await begin(3, 'failed')]
    const left = async (name: string) => (await store.unfinished(name)).map(({ seed }) => seed)
    expect(await left('photos')).toEqual([2, 3])
    expect(await left('photos/small')).toEqual([2, 3])
    expect(await left(ids[1]!)).toEqual([2])
    await expect(left(ids[0]!)).rejects.toThrow(`The run ${ids[0]} is finished: there is nothing to resume.`)
    await store.move(ids[1]!, 'bin')
    await store.move(ids[2]!, 'bin')
    await expect(left('photos')).rejects.toThrow(
      'No run of photos is interrupted or failed: there is nothing to resume. "heddle runs ls --experiment photos" lists them.',
    )
    await store.close()
  })

  test('of an older Heddle: brought up to date, its runs are there', async () => {
    const first = await openStore(folder)
    const id = await first.start(started())
    await first.close()
    const file = new Database(database())
    file.exec(withoutSearches)
    file.exec(withoutMetrics)
    file.exec(
      `drop table job; drop table look; alter table run drop column testFingerprint; alter table run drop column testImages;
      alter table run drop column reason; alter table happening drop column step; pragma user_version = 1`,
    )
    file.close()
    const store = await openStore(folder)
    expect(await store.find('last')).toBe(id)
    expect(await store.run(id)).toMatchObject({ testFingerprint: null, testImages: null })
    expect((await store.looks.at('some data')).calls).toEqual({ evaluate: 0, compare: 0, report: 0 })
    await store.close()
  })

  test('of version 7: runs are in the list, without a name, and there are no views', async () => {
    const first = await openStore(folder)
    const [id, binned] = [await first.start(started()), await first.start(started({ seed: 2 }))]
    for (const run of [id, binned]) await first.end(run, { status: 'finished', text: '' })
    await first.move(binned, 'bin')
    await first.close()
    const file = new Database(database())
    file.exec(withoutPlaces)
    file.exec('pragma user_version = 7')
    file.close()
    const store = await openStore(folder)
    expect(await store.list()).toMatchObject([{ id, name: '', archivedAt: null, binnedAt: null }])
    expect(await store.list({ place: 'bin' })).toMatchObject([{ id: binned }])
    await store.move(id, 'archive')
    await store.rename(id, 'kept')
    await store.views.put({ name: 'all', query: '' })
    expect(await store.list({ place: 'archive' })).toMatchObject([{ id, name: 'kept' }])
    await store.close()
  })

  test('of the last version: gradients of its runs are not known, and those of others are kept', async () => {
    const weights = { kernel: { low: 0, high: 1, counts: Array(32).fill(1) } }
    const record = (store: RunStore, id: string, epoch: number) =>
      store.record(id, {
        ...{ epochs: [], steps: [], happenings: [] },
        histograms: [{ epoch, weights, gradients: weights }],
      })
    const first = await openStore(folder)
    const id = await first.start(started())
    await record(first, id, 0)
    await first.end(id, { status: 'interrupted', text: '' })
    await first.close()
    const file = new Database(database())
    file.exec('alter table histogram drop column gradients; pragma user_version = 9')
    file.close()
    const store = await openStore(folder)
    await store.resume(id, { epoch: 1, step: 1 })
    await record(store, id, 1)
    expect(await store.histograms(id)).toEqual([
      { epoch: 0, weights, gradients: null },
      { epoch: 1, weights, gradients: weights },
    ])
    await store.close()
  })

  test('of version 8: what its runs used is not known, and is kept from then on', async () => {
    const first = await openStore(folder)
    const id = await first.start(started())
    await first.end(id, { status: 'interrupted', text: '' })
    await first.close()
    const file = new Database(database())
    file.exec(withoutUsage)
    file.exec('pragma user_version = 8')
    file.close()
    const store = await openStore(folder)
    expect([await store.usage(id), await store.histograms(id)]).toEqual([[], []])
    await store.resume(id, { epoch: 0, step: 0 })
    const usage = [{ step: 1, processors: 1.5, memoryBytes: 1000, imagesPerSecond: 9 }]
    await store.record(id, { epochs: [], steps: [], happenings: [], usage })
    expect(await store.usage(id)).toEqual([{ run: id, ...usage[0] }])
    await store.close()
  })

  test('of an older Heddle: runs belong to no search and to no user, and go on as a further attempt', async () => {
    const first = await openStore(folder)
    const id = await first.start(started())
    await first.end(id, { status: 'interrupted', text: '' })
    await first.close()
    const file = new Database(database())
    file.exec(withoutSearches)
    file.exec('pragma user_version = 6')
    file.close()
    const store = await openStore(folder)
    expect(await store.list()).toMatchObject([{ id, user: null, study: null, attempt: 1 }])
    await store.resume(id, { epoch: 0, step: 0 })
    expect((await store.run(id)).attempt).toBe(2)
    expect(await store.studies.list()).toEqual([])
    await store.close()
  })

  test('of an older Heddle: the step of a resumption and the reason of a failure are read out of their texts, once', async () => {
    const first = await openStore(folder)
    const [resumed, failed, finished] = [
      await first.start(started()),
      await first.start(started({ seed: 2 })),
      await first.start(started({ seed: 3 })),
    ]
    await first.end(resumed, { status: 'interrupted', text: 'Interrupted.' })
    await first.resume(resumed, { epoch: 1, step: 120 })
    await first.record(resumed, {
      epochs: [],
      steps: [],
      happenings: [{ kind: 'notice', text: 'from step 9' }],
    })
    await first.end(failed, { status: 'failed', text: 'The loss is NaN.' })
    await first.end(finished, { status: 'finished', text: '' })
    await first.close()
    const file = new Database(database())
    file.exec(withoutSearches)
    file.exec(withoutMetrics)
    file.exec(
      'alter table run drop column reason; alter table happening drop column step; pragma user_version = 4',
    )
    file.close()
    const store = await openStore(folder)
    expect((await store.happenings(resumed)).map(({ kind, step }) => [kind, step])).toEqual([
      ['started', 0],
      ['interrupted', null],
      ['resumed', 120],
      ['notice', null],
    ])
    expect((await store.progress(resumed)).begun).toMatchObject({ step: 120 })
    expect(await store.run(failed)).toMatchObject({ reason: 'The loss is NaN.' })
    expect(await store.run(finished)).toMatchObject({ reason: null })
    await store.close()
  })

  test('of a newer Heddle: refused and left as it is', async () => {
    await (await openStore(folder)).close()
    const file = new Database(database())
    file.exec('pragma user_version = 99')
    file.close()
    const before = readFileSync(database())
    await expect(openStore(folder)).rejects.toThrow(
      `The run store ${database()} was written by a newer Heddle (version 99, this one knows 10): it is left as it is.`,
    )
    expect(readFileSync(database())).toEqual(before)
  })

  test('no database at all', async () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(database(), 'this is a text and no database, however long it may become '.repeat(100))
    await expect(openStore(folder)).rejects.toThrow(`The run store ${database()} is damaged.`)
  })

  test('a folder that is a file', async () => {
    writeFileSync(join(folder, 'file'), '')
    await expect(openStore(join(folder, 'file'))).rejects.toThrow(/cannot be made: EEXIST.*--no-record/)
  })

  test('a damaged page: an error that says so, and runs on other pages stay readable', async () => {
    const store = await openStore(folder)
    const ids: string[] = []
    for (let seed = 0; seed < 40; seed++) {
      const id = await store.start(started({ seed }))
      ids.push(id)
      const epochs = Array.from({ length: 50 }, (_, i) => epochOf(i))
      await store.record(id, { epochs, steps: [], happenings: [] })
      await store.end(id, { status: 'finished', text: '' })
    }
    await store.close()
    // The root page of the epochs.
    const file = new Database(database())
    const { rootpage } = file.prepare("select rootpage from sqlite_schema where name = 'epoch'").get() as {
      rootpage: number
    }
    file.exec('pragma wal_checkpoint(truncate)')
    file.close()
    const bytes = readFileSync(database())
    bytes.fill(0xff, (rootpage - 1) * 4096, rootpage * 4096)
    writeFileSync(database(), bytes)
    const damaged = await openStore(folder)
    await expect(damaged.epochs(ids[0]!)).rejects.toThrow(`The run store ${database()} is damaged.`)
    expect(await damaged.list()).toHaveLength(40)
    expect(await damaged.detail(ids[0]!)).toEqual(started().detail)
    await damaged.close()
  })

  test('a full disk: an error that says so, what was there stays, and it goes on when there is room', async () => {
    const db = await openDatabase(database())
    const limit = (pages: number) => sql.raw(`pragma max_page_count = ${pages}`).execute(db)
    const { detail: _, ...run } = started()
    const fill = () =>
      db.transaction().execute(async transaction => {
        const { numUpdatedRows } = await transaction
          .updateTable('run')
          .set({ note: 'changed' })
          .executeTakeFirst()
        expect(numUpdatedRows).toBe(1n)
        for (let i = 0; i < 200; i++) {
          const row = { run: 'a', at: 0, kind: 'notice', text: 'x'.repeat(4000) }
          await transaction.insertInto('happening').values(row).execute()
        }
      })
    await db
      .insertInto('run')
      .values({ ...run, id: 'a', status: 'running', createdAt: 0 })
      .execute()
    await limit(100)
    await expect(fill()).rejects.toThrow(`The disk is full: the run store ${database()} keeps what it had.`)
    expect(await db.selectFrom('run').select('note').execute()).toEqual([{ note: '' }])
    await limit(1000)
    await fill()
    expect(await db.selectFrom('happening').select('id').execute()).toHaveLength(200)
    await db.destroy()
  })
})

test('a process is known by machine, start of the machine, number and start of the process', () => {
  const mine = JSON.parse(processIdentity())
  const alive = (changes: object, silentMs = 0): boolean =>
    isAlive(JSON.stringify({ ...mine, ...changes }), silentMs)
  expect(alive({})).toBe(true)
  // However long it is silent: a laptop may have slept.
  expect(alive({}, 1e9)).toBe(true)
  expect(alive({ boot: 'before' })).toBe(false)
  expect(alive({ started: '1' })).toBe(false)
  expect(alive({ pid: 2 ** 22 + 1 })).toBe(false)
  expect(alive({ host: 'elsewhere' }, SILENCE_MS - 1)).toBe(true)
  expect(alive({ host: 'elsewhere' }, SILENCE_MS)).toBe(false)
  expect(isAlive(null, 0)).toBe(false)
})
