import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder, replaceFile } from './files.ts'
import { withTemporaryFolder } from './temporary.ts'

/** No process has this number: Linux' largest is 2^22. */
const DEAD = 2 ** 22 + 1

test('what a killed process left is removed by the next one, what another one uses is not', async () => {
  const prefix = `heddle-test-${process.pid}-`
  const [dead, alive] = [
    join(tmpdir(), `${prefix}${DEAD}-abc`),
    join(tmpdir(), `${prefix}${process.ppid}-abc`),
  ]
  for (const folder of [dead, alive]) {
    mkdirSync(folder)
    writeFileSync(join(folder, 'file'), 'x')
  }
  const used = await withTemporaryFolder(prefix, async folder => {
    expect(existsSync(dead)).toBe(false)
    expect(existsSync(join(alive, 'file'))).toBe(true)
    writeFileSync(join(folder, 'file'), 'x')
    return folder
  })
  expect(existsSync(used)).toBe(false)
  rmSync(alive, { recursive: true })
})

test('half a file that a killed process left is removed when the file is written again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-parts-'))
  const names = [
    `a.part-${DEAD}-12345678`,
    `a.part-${process.ppid}-12345678`,
    `b.part-${DEAD}-12345678`,
    'a.part-x',
  ]
  for (const name of names) writeFileSync(join(folder, name), 'half')
  await replaceFile(join(folder, 'a'), [Buffer.from('whole')])
  expect(readdirSync(folder).sort()).toEqual(['a', ...names.slice(1)].sort())
  rmSync(folder, { recursive: true })
})

test.skipIf(process.platform !== 'linux')('a folder below /proc is refused at once', () => {
  expect(() => makeFolder('/proc/none/here')).toThrow('ENOENT')
})
