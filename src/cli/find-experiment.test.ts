import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import { findExperiment, findImageFolder } from './find-experiment.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-find-'))
  mkdirSync(join(folder, 'experiments/deep.ts'), { recursive: true })
  const files = [
    'experiments/both.ts',
    'experiments/both.json',
    'experiments/plain.json',
    'both.ts',
    'here.mjs',
  ]
  for (const file of [...files, 'notes.txt', 'photos.ZIP', 'vitest.config.ts'])
    writeFileSync(join(folder, file), '')
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  ['experiments/both.json', 'experiments/both.json'],
  ['experiments/both', 'experiments/both.ts'],
  ['both.ts', 'both.ts'],
  ['both', 'experiments/both.ts'],
  ['plain', 'experiments/plain.json'],
  ['plain.json', 'experiments/plain.json'],
  ['here', 'here.mjs'],
  ['./here', 'here.mjs'],
])('%s means %s', (wanted, found) => {
  expect(findExperiment(wanted, folder)).toBe(join(folder, found))
})

test.each([
  ['bth', 'There is no experiment "bth". Did you mean "both"?'],
  ['experiments/plian.json', 'Did you mean "experiments/plain.json"?'],
  [
    'nothing-like-it',
    'There is no experiment "nothing-like-it". Experiments here: both.ts, here.mjs, experiments/both.json, ' +
      'experiments/both.ts, experiments/plain.json.',
  ],
  [
    'experiments',
    'experiments is a folder of experiments: name one of its files. Experiments here: experiments/both.json',
  ],
  ['deep', 'There is no experiment "deep".'],
  ['notes.txt', 'An experiment is a TypeScript, JavaScript or JSON file'],
  ['photos.ZIP', 'not photos.ZIP. If it is an archive of pictures, unpack it, and name the folder'],
  ['nowhere/x.ts', 'There is no experiment "nowhere/x.ts".'],
])('%s is a usage error', (wanted, message) => {
  expect(() => findExperiment(wanted, folder)).toThrow(UsageError)
  expect(() => findExperiment(wanted, folder)).toThrow(message)
})

test('a slash or an extension chooses between a folder of photos and an experiment of the same name', () => {
  const work = mkdtempSync(join(tmpdir(), 'heddle-both-'))
  mkdirSync(join(work, 'photos/cat'), { recursive: true })
  mkdirSync(join(work, 'three-class/cat'), { recursive: true })
  mkdirSync(join(work, 'models'))
  for (const file of ['photos.json', 'models.ts']) writeFileSync(join(work, file), '')
  expect(() => findImageFolder('photos', work)).toThrow(
    'photos is a folder, and the experiment photos.json has the same name. Write photos/ for the folder, or photos.json for the experiment.',
  )
  expect(() => findImageFolder('three-class', work)).toThrow(
    'has the same name. Write three-class/ for the folder',
  )
  expect(findImageFolder('photos/', work)).toBe(join(work, 'photos'))
  // A folder that something was saved into has no classes.
  expect(findImageFolder('models', work)).toBeNull()
  expect(findExperiment('photos.json', work)).toBe(join(work, 'photos.json'))
  rmSync(work, { recursive: true })
})

test('a folder without experiments says so, and finds those that come with Heddle', () => {
  const empty = mkdtempSync(join(tmpdir(), 'heddle-empty-'))
  expect(() => findExperiment('x', empty)).toThrow(
    'There is no experiment "x". There are none in ' +
      empty +
      " either; Heddle's own: activation-heads, basic-vs-standard,",
  )
  expect(() => findExperiment('basic-vs-standrad', empty)).toThrow('Did you mean "basic-vs-standard"?')
  expect(findExperiment('basic-vs-standard', empty)).toBe(resolve('experiments/basic-vs-standard.ts'))
  rmSync(empty, { recursive: true })
})
