import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../open.ts'
import { job, queueContract } from '../queue.contract.ts'
import type { RunStore } from '../store.ts'

let folder: string
let store: RunStore
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-jobs-'))
  store = await openStore(folder)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

/** In the database itself: what other processes and damaged disks do. */
function change(sql: string, ...values: readonly (string | number)[]): void {
  const file = new DatabaseSync(join(folder, 'runs.db'))
  file.prepare(sql).run(...values)
  file.close()
}

queueContract('SQLite', {
  open: openStore,
  change(path, row, id) {
    const file = new DatabaseSync(join(path, 'runs.db'))
    for (const [column, value] of Object.entries(row))
      file.prepare(`update job set ${column} = ? where id = ?`).run(value, id)
    file.close()
  },
})

test('a damaged row is a failed job, and the others are there', async () => {
  const { queue } = store
  const [first, second] = [await queue.add(job()), await queue.add(job())]
  change('update job set seed = ?, task = ? where id = ?', 'x', '[', first)
  const [broken, sound] = await queue.list()
  expect(broken).toMatchObject({
    id: first,
    state: 'failed',
    error: 'This job cannot be read: its seed is "x"; it must be a whole number of at least 0.',
  })
  await expect(queue.task(first)).rejects.toThrow(
    `The job ${first} cannot be read: its task is "["; it must be JSON of an object.`,
  )
  expect(await queue.task(second)).toEqual({ kind: 'train' })
  expect(sound).toMatchObject({ id: second, state: 'queued', error: null })
})

test('gc keeps the log of a job as long as the job is in the list', async () => {
  const { queue } = store
  const id = await queue.add(job())
  await queue.drop(id, 'stopped')
  mkdirSync(join(folder, 'jobs'))
  writeFileSync(queue.logOf(id), 'log')
  await store.gc(-1)
  expect(existsSync(queue.logOf(id))).toBe(true)
  await queue.clear()
  await store.gc(-1)
  expect(existsSync(queue.logOf(id))).toBe(false)
})
