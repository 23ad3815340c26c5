import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { importRuns } from './archive.ts'
import { openStore } from './open.ts'
import type { RunStore } from './store.ts'
import { TarWriter } from './tar.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-old-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const fixture = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
const run = '76c71b01b0d4'

/** A store that the version before had written, with every digit of its numbers; one cell was changed for each fixture. */
async function oldStore(change = ''): Promise<RunStore> {
  const db = new DatabaseSync(join(folder, 'runs.db'))
  db.exec(fixture('version-3.sql'))
  db.exec(change)
  db.close()
  return openStore(folder)
}

/** What that version itself printed of the run. */
const printed = {
  run: {
    loss: 2.038445809965601,
    accuracy: 0.25833333333333336,
    valLoss: 1.8829231252545038,
    valAccuracy: 0.37,
    testLoss: 1.8905479977020205,
    testAccuracy: 0.338,
    testTopKAccuracy: 0.71,
  },
  epochs: JSON.parse(fixture('archive-1.json')).runs[0].rows.epoch as Readonly<Record<string, number>>[],
}

async function expectPrinted(store: RunStore): Promise<void> {
  expect(await store.run(run)).toMatchObject({ status: 'finished', metrics: printed.run, epochsDone: 2 })
  const epochs = (await store.epochs(run)).map(({ run: _, metrics, ...epoch }) => ({ ...epoch, ...metrics }))
  expect(epochs).toEqual(printed.epochs)
  expect((await store.steps(run)).map(({ loss }) => loss)[5]).toBe(1.9774096177190805)
}

test('a store of version 3 keeps every number to the last digit, and is written on', async () => {
  const store = await oldStore()
  await expectPrinted(store)
  expect((await store.list({ sort: 'testTopKAccuracy' })).map(({ id }) => id)).toEqual([run])
  await store.close()
  const again = await openStore(folder)
  await expectPrinted(again)
  await again.close()
})

test('what was not measured is absent, NaN stays NaN, and a damaged number makes its run unreadable', async () => {
  const store = await oldStore(
    "update epoch set topKAccuracy = null, valLoss = 'NaN' where epoch = 0; update run set testLoss = 'much'",
  )
  const { metrics } = (await store.epochs(run))[0]!
  expect(metrics.valLoss).toBeNaN()
  expect(metrics).not.toHaveProperty('topKAccuracy')
  const { status, note } = await store.run(run)
  expect(status).toBe('unreadable')
  expect(note).toContain('its metrics is')
  await store.close()
})

test('an archive of version 1 is imported with every number', async () => {
  const path = join(folder, 'old.tar')
  const file = await open(path, 'w')
  const tar = new TarWriter(file)
  await tar.add('heddle-runs.json', Buffer.from(fixture('archive-1.json')))
  await tar.end()
  await file.close()
  const store = await openStore(join(folder, 'store'))
  expect(await importRuns(path, store)).toEqual({ imported: [run], known: [] })
  await expectPrinted(store)
  await store.close()
})
