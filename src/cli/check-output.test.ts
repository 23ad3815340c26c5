import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkDataDir, checkOutputFile, checkOutputFolder } from './check-output.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-output-'))
  mkdirSync(join(folder, 'in'))
  writeFileSync(join(folder, 'file'), '')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a file: its folder must be there, and it must be none', () => {
  expect(() => checkOutputFile('--out', join(folder, 'new.html'))).not.toThrow()
  expect(() => checkOutputFile('--out', join(folder, 'file'))).not.toThrow()
  expect(() => checkOutputFile('--out', join(folder, 'in'))).toThrow('is a folder: name a file.')
  expect(() => checkOutputFile('--out', join(folder, 'none/x.html'))).toThrow('there is no folder')
})

test('a folder: it is made, if what is above it is one', () => {
  expect(() => checkOutputFolder('--save', join(folder, 'a/b/c'))).not.toThrow()
  expect(() => checkOutputFolder('--save', join(folder, 'file/b'))).toThrow('is a file. Name another folder.')
})

test('a --data-dir that is not there, or is a file', () => {
  expect(() => checkDataDir('/nowhere/at/all')).toThrow(
    '--data-dir /nowhere/at/all: there is no such folder.',
  )
  expect(() => checkDataDir(import.meta.filename)).toThrow('there is no such folder')
  expect(() => checkDataDir(import.meta.dirname)).not.toThrow()
  expect(() => checkDataDir(undefined)).not.toThrow()
})
