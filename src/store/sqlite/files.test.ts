import { mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { sha256Of } from '../sha256.ts'
import { FolderFiles } from './files.ts'
import { openEmpty } from './reading.ts'
import { StoreFolder } from './store-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'heddle-content-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a file that is written again gets a new date: no sweep takes it before a row names it', async () => {
  const files = new FolderFiles(new StoreFolder(folder), (await openEmpty()).db)
  const pieces = [Buffer.from('the '), Buffer.from('same')]
  const place = { sha256: sha256Of(pieces), bytes: 8 }
  await files.write(place, pieces)
  const path = files.where(place)
  utimesSync(path, 0, 0)
  await files.write(place, pieces)
  expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000)
  expect((await files.read(place)).toString()).toBe('the same')
})
