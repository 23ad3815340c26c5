import { mkdtempSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ContentFolder } from './content.ts'

const folder = mkdtempSync(join(tmpdir(), 'heddle-content-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a file that is put again gets a new date: no sweep takes it before a row names it', async () => {
  const content = new ContentFolder(folder)
  const pieces = [Buffer.from('the '), Buffer.from('same')]
  const { sha256, bytes } = await content.put(pieces)
  const path = content.pathOf(sha256)
  expect(bytes).toBe(8)
  for (const again of [() => content.put(pieces), () => content.keep(sha256, async () => pieces)]) {
    utimesSync(path, 0, 0)
    await again()
    expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000)
  }
  expect((await content.get(sha256)).toString()).toBe('the same')
})
