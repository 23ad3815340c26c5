import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, outputFile, outputFolder } from './output-paths.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-output-'))
  mkdirSync(join(folder, 'in'))
  writeFileSync(join(folder, 'file'), '')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a file: its folder must be there, and it must be none', () => {
  expect(() => outputFile.parse(join(folder, 'new.html'), '--out')).not.toThrow()
  expect(() => outputFile.parse(join(folder, 'file'), '--out')).not.toThrow()
  expect(() => outputFile.parse(join(folder, 'in'), '--out')).toThrow('is a folder: name a file.')
  expect(() => outputFile.parse(join(folder, 'none/x.html'), '--out')).toThrow('there is no folder')
})

test('a folder: it is made, if what is above it is one', () => {
  expect(() => outputFolder.parse(join(folder, 'a/b/c'), '--save')).not.toThrow()
  expect(() => outputFolder.parse(join(folder, 'file/b'), '--save')).toThrow(
    'is a file. Name another folder.',
  )
})

test('a --data-dir that is not there, or is a file', () => {
  expect(() => dataFolder.parse('/nowhere/at/all', '--data-dir')).toThrow(
    '--data-dir /nowhere/at/all: there is no such folder.',
  )
  expect(() => dataFolder.parse(import.meta.filename, '--data-dir')).toThrow('there is no such folder')
  expect(() => dataFolder.parse(import.meta.dirname, '--data-dir')).not.toThrow()
})
