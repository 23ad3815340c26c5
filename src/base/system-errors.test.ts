import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HeddleError } from './errors.ts'
import { replaceFile } from './files.ts'
import { inWords, isSystemError, systemFailure, systemReason } from './system-errors.ts'

const errorOf = (work: () => unknown): NodeJS.ErrnoException => {
  try {
    work()
  } catch (error) {
    return error as NodeJS.ErrnoException
  }
  throw new Error('expected an error')
}

test('names the file, the reason and what to do', () => {
  const missing = errorOf(() => readFileSync('/nowhere/at/all'))
  expect(isSystemError(missing)).toBe(true)
  expect(inWords(missing)).toBe(
    '/nowhere/at/all cannot be used (open): there is no such file or folder (ENOENT). Check the name.',
  )
  expect(systemFailure('The report out.html cannot be written', missing).message).toBe(
    'The report out.html cannot be written: there is no such file or folder (ENOENT). Check the name.',
  )
  expect(systemReason(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }))).toBe(
    'the disk is full (ENOSPC). Make room there, then try again.',
  )
  expect(systemReason(new Error('something else'))).toBe('something else.')
})

test('a HeddleError stays as it is', () => {
  const error = new HeddleError('said already')
  expect(systemFailure('x', error)).toBe(error)
})

test('the working folder was removed', () => {
  const error = Object.assign(new Error('ENOENT: no such file or directory, uv_cwd'), {
    code: 'ENOENT',
    syscall: 'uv_cwd',
  })
  expect(inWords(error)).toMatch(/^The working folder is gone/)
})

test('a file that cannot be replaced is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-files-'))
  writeFileSync(join(folder, 'file'), '')
  const path = join(folder, 'file/below')
  await expect(replaceFile(path, [])).rejects.toThrow(
    `${path} cannot be written: a part of its path is a file, not a folder (EEXIST).`,
  )
})
