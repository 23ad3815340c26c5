import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync as Database } from '@photostructure/sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { epochOf, runStoreContract, started } from '../../test/contracts/run-store.ts'
import { openDatabase } from './database.ts'
import { sql } from './kysely.ts'
import { isAlive, processIdentity, SILENCE_MS } from './process-identity.ts'
import { RunStore } from './run-store.ts'

runStoreContract('SQLite', folder => RunStore.open(folder))

describe('a store that cannot be used', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'heddle-broken-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const database = () => join(folder, 'runs.db')

  test.skipIf(process.platform === 'win32')('a new store is its owner’s alone', async () => {
    await (await RunStore.open(join(folder, 'new'))).close()
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'new/runs.db')).mode & 0o777).toBe(0o600)
  })

  test('a value that is no number and no text is refused, and the process lives', async () => {
    const store = await RunStore.open(folder)
    const id = await store.start(started())
    for (const note of [true, {}, [1]] as unknown[] as string[]) {
      await expect(store.note(id, note)).rejects.toThrow(
        'The run store keeps numbers and texts; the value 1 of a row is a ',
      )
    }
    await store.close()
  })

  test('text that is not UTF-8, and a number beyond 2^53: other runs are listed', async () => {
    const store = await RunStore.open(folder)
    const ids = [await store.start(started()), await store.start(started())]
    await store.close()
    const file = new Database(database())
    file.exec(
      `update run set note = cast(x'6180ff62' as text), params = 9223372036854775807 where id = '${ids[0]}'`,
    )
    file.close()
    const again = await RunStore.open(folder)
    expect((await again.list()).map(({ id }) => id).sort()).toEqual(ids.sort())
    await again.close()
  })

  test('what is left of a name: interrupted and failed runs, the oldest first', async () => {
    const store = await RunStore.open(folder)
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
    await store.bin(ids[1]!, true)
    await store.bin(ids[2]!, true)
    await expect(left('photos')).rejects.toThrow(
      'No run of photos is interrupted or failed: there is nothing to resume. "heddle runs ls --experiment photos" lists them.',
    )
    await store.close()
  })

  test('of an older Heddle: brought up to date, its runs are there', async () => {
    const first = await RunStore.open(folder)
    const id = await first.start(started())
    await first.close()
    const file = new Database(database())
    file.exec(
      'drop table job; drop table look; alter table run drop column testFingerprint; alter table run drop column testImages; pragma user_version = 1',
    )
    file.close()
    const store = await RunStore.open(folder)
    expect(await store.find('last')).toBe(id)
    expect(await store.run(id)).toMatchObject({ testFingerprint: null, testImages: null })
    expect(await store.looks.count('some data')).toEqual({ evaluate: 0, compare: 0, report: 0 })
    await store.close()
  })

  test('of a newer Heddle: refused and left as it is', async () => {
    await (await RunStore.open(folder)).close()
    const file = new Database(database())
    file.exec('pragma user_version = 99')
    file.close()
    const before = readFileSync(database())
    await expect(RunStore.open(folder)).rejects.toThrow(
      `The run store ${database()} was written by a newer Heddle (version 99, this one knows 4): it is left as it is.`,
    )
    expect(readFileSync(database())).toEqual(before)
  })

  test('no database at all', async () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(database(), 'this is a text and no database, however long it may become '.repeat(100))
    await expect(RunStore.open(folder)).rejects.toThrow(`The run store ${database()} is damaged.`)
  })

  test('a folder that is a file', async () => {
    writeFileSync(join(folder, 'file'), '')
    await expect(RunStore.open(join(folder, 'file'))).rejects.toThrow(/cannot be made: EEXIST.*--no-record/)
  })

  test('a damaged page: an error that says so, and runs on other pages stay readable', async () => {
    const store = await RunStore.open(folder)
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
    const damaged = await RunStore.open(folder)
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
