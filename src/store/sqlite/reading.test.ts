import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../open.ts'
import { epochOf, started } from '../store.contract.ts'
import { canWrite, openToRead } from './reading.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-reading-'))
})
afterEach(() => {
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true, force: true })
})
const database = (): string => join(folder, 'runs.db')
const temporary = (): string[] => readdirSync(tmpdir()).filter(name => name.startsWith('heddle-read-'))

async function written(): Promise<string> {
  const store = await openStore(folder)
  const id = await store.start(started())
  await store.record(id, { epochs: [epochOf(0)], steps: [], happenings: [] })
  await store.end(id, { status: 'finished', text: '' })
  await store.close()
  return id
}

test('looking where there is no store: no runs, and no folder is made', async () => {
  for (const path of [join(folder, 'none'), join(folder, 'a/b'), '/proc/none/here']) {
    const store = await openStore(path, 'look')
    expect(await store.list()).toEqual([])
    await expect(store.find('last')).rejects.toThrow(`There are no runs in ${path} yet.`)
    await store.looks.add('f', 'evaluate', 1)
    expect(await store.gc()).toEqual({ runs: 0, files: 0, bytes: 0 })
    await expect(store.start(started())).rejects.toThrow(/cannot be written/)
    await store.close()
  }
  expect(readdirSync(folder)).toEqual([])
})

test('a part of the path is a file: refused in words', async () => {
  writeFileSync(join(folder, 'file'), '')
  await expect(openStore(join(folder, 'file'), 'look')).rejects.toThrow(
    `The run store ${join(folder, 'file')} cannot be read: a part of its path is a file, not a folder (ENOTDIR).`,
  )
})

test('a store that can be written is brought up to date by looking, too', async () => {
  const id = await written()
  const store = await openStore(folder, 'look')
  await store.tag(id, 'good')
  await store.looks.add('f', 'evaluate', 1)
  expect((await store.looks.at('f')).calls.evaluate).toBe(1)
  await store.close()
})

test('a database that is only read: with the files of a process that writes, without them, and of an older Heddle', async () => {
  const id = await written()
  const before = temporary()
  const read = async (): Promise<void> => {
    const { db, close } = await openToRead(database())
    expect(await db.selectFrom('run').select(['id', 'testFingerprint']).execute()).toEqual([
      { id, testFingerprint: null },
    ])
    await expect(db.updateTable('run').set({ note: 'x' }).execute()).rejects.toThrow(
      `The run store ${database()} cannot be written: the folder or file is read-only, or not there.`,
    )
    await close()
  }
  const writer = await openStore(folder)
  await read()
  await writer.close()
  await read()
  // What a killed process left in the log counts.
  const store = await openStore(folder)
  await store.note(id, 'in the log')
  mkdirSync(join(folder, 'killed'))
  for (const end of ['', '-wal']) copyFileSync(database() + end, join(folder, 'killed/runs.db') + end)
  await store.close()
  const { db, close } = await openToRead(join(folder, 'killed/runs.db'))
  expect(await db.selectFrom('run').select('note').execute()).toEqual([{ note: 'in the log' }])
  await close()
  mkdirSync(join(folder, 'old'))
  const old = join(folder, 'old/runs.db')
  const file = new DatabaseSync(old)
  file.exec(readFileSync(new URL('../fixtures/version-3.sql', import.meta.url), 'utf8'))
  file.close()
  const bytes = readFileSync(old)
  const upgraded = await openToRead(old)
  const [run] = await upgraded.db.selectFrom('run').select('metrics').execute()
  expect(run!.metrics).toMatchObject({ testAccuracy: 0.338 })
  await upgraded.close()
  expect(readFileSync(old)).toEqual(bytes)
  expect(temporary()).toEqual(before)
})

test.skipIf(process.platform === 'win32')('whether a store can be written', async () => {
  await written()
  expect(await canWrite(database())).toBe(true)
  expect(await canWrite(join(folder, 'none/runs.db'))).toBe(false)
})

/** Root may write everything: it asks as another user. */
const asUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
const built = new URL('../../../dist/store/open.js', import.meta.url).pathname

test.skipIf(process.platform === 'win32' || !existsSync(built)).each(['with', 'without'])(
  'a store of another owner %s the files beside its database can be read, not written, and nothing is left in it',
  async beside => {
    const id = await written()
    // SQLite itself cannot read it then: a copy is read.
    if (beside === 'without') for (const end of ['-shm', '-wal']) rmSync(database() + end, { force: true })
    const files = readdirSync(folder).sort()
    for (const file of files) chmodSync(join(folder, file), 0o444)
    chmodSync(folder, 0o555)
    const program = `
      const { openStore } = await import(${JSON.stringify(built)})
      const store = await openStore(${JSON.stringify(folder)}, 'look')
      console.log((await store.list()).map(run => run.id).join(), (await store.epochs('${id}')).length)
      await store.note('${id}', 'x').catch(error => console.log(error.message))
      await store.looks.add('f', 'evaluate', 1)
      await store.close()`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      ...asUser,
      cwd: '/',
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(stdout).toMatch(new RegExp(`^${id} 1\nThe run store .*runs.db cannot be written`))
    expect(readdirSync(folder).sort()).toEqual(files)
  },
)
