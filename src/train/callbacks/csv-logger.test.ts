import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tinyData, tinyNetwork } from '../../../test/support/tiny-training.ts'
import { HeddleError, UsageError } from '../../base/errors.ts'
import type { History } from '../../protocol/events.ts'
import { type FitOptions, fit } from '../fit.ts'
import { csvLogger } from './csv-logger.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-csv-'))
})
afterEach(() => rm(folder, { recursive: true }))

const run = (logger: Parameters<typeof csvLogger>[0], extra: Partial<FitOptions> = {}): Promise<History> =>
  fit(tinyNetwork(), tinyData, {
    optimizer: 'sgd',
    loss: 'sparseCategoricalCrossentropy',
    epochs: 2,
    callbacks: [csvLogger(logger)],
    ...extra,
  })

const rowsOf = async (path: string): Promise<string[]> => (await readFile(path, 'utf8')).split('\n')

test('a line for each epoch under a header in snake_case, sorted as in Keras, with every digit', async () => {
  const path = join(folder, 'log.csv')
  const { accuracy, learningRate, loss, valAccuracy, valLoss } = await run({ path }, { validationSplit: 0.2 })
  const line = (epoch: number): string =>
    [epoch, ...[accuracy, learningRate, loss, valAccuracy, valLoss].map(list => list![epoch])].join(',')
  expect(await rowsOf(path)).toEqual([
    'epoch,accuracy,learning_rate,loss,val_accuracy,val_loss',
    line(0),
    line(1),
    '',
  ])
})

test('top-k accuracy has columns of its own', async () => {
  const path = join(folder, 'log.csv')
  await run({ path }, { validationSplit: 0.2, topK: 2 })
  expect((await rowsOf(path))[0]).toBe(
    'epoch,accuracy,learning_rate,loss,top_k_accuracy,val_accuracy,val_loss,val_top_k_accuracy',
  )
})

test('folders are made, and another separator is used', async () => {
  const path = join(folder, 'a', 'b', 'log.tsv')
  await run({ path, separator: '\t' }, { evaluateTraining: true })
  expect((await rowsOf(path))[0]).toBe('epoch\taccuracy\tlearning_rate\tloss\ttrain_accuracy\ttrain_loss')
})

test('lines are there while training goes on', async () => {
  const path = join(folder, 'log.csv')
  const running = run(
    { path },
    {
      epochs: 5,
      onEvent: event => {
        if (event.type === 'epoch' && event.epoch === 2) throw new Error('power cut')
      },
    },
  )
  await expect(running).rejects.toThrow('power cut')
  expect((await rowsOf(path)).map(row => row.split(',')[0])).toEqual(['epoch', '0', '1', ''])
})

test('a file that exists is refused before training, and left as it was', async () => {
  const path = join(folder, 'log.csv')
  await writeFile(path, 'precious\n')
  const seen: string[] = []
  await expect(run({ path }, { onEvent: event => seen.push(event.type) })).rejects.toThrow(
    new UsageError(
      `csvLogger: the file ${path} exists and is not overwritten. Choose another path (it may hold {model} and ` +
        '{seed}), remove the file, or set append: true.',
    ),
  )
  expect(seen).toEqual(['run-start'])
  expect(await readFile(path, 'utf8')).toBe('precious\n')
})

test('append goes on after what is there, without a second header', async () => {
  const path = join(folder, 'log.csv')
  await run({ path, append: true })
  await run({ path, append: true })
  expect((await rowsOf(path)).map(row => row.split(',')[0])).toEqual(['epoch', '0', '1', '0', '1', ''])
})

test('append refuses a file with other columns, and leaves it as it was', async () => {
  const path = join(folder, 'log.csv')
  await writeFile(path, 'epoch,val_loss\n0,0.5\n')
  await expect(run({ path, append: true })).rejects.toThrow(
    `csvLogger: ${path} has the columns "epoch,val_loss", but this run writes "epoch,accuracy,learning_rate,loss".`,
  )
  expect(await readFile(path, 'utf8')).toBe('epoch,val_loss\n0,0.5\n')
})

test('an empty file, left by a run that ended before its first epoch, is free', async () => {
  const path = join(folder, 'log.csv')
  await writeFile(path, '')
  await run({ path })
  expect(await rowsOf(path)).toHaveLength(4)
})

test('a path that cannot be written says so before training', async () => {
  await writeFile(join(folder, 'file'), '')
  const path = join(folder, 'file', 'log.csv')
  await expect(run({ path })).rejects.toThrow(HeddleError)
  await expect(run({ path })).rejects.toThrow(
    `csvLogger: ${path} cannot be written: a part of its path is a file, not a folder (EEXIST).`,
  )
})

test.each([
  [{}, 'csvLogger: the option "path" is required.'],
  [{ path: '' }, 'csvLogger: path must be a non-empty text, not "".'],
  [
    { path: 'a', filename: 'b' },
    'csvLogger: unknown option "filename". Its options are path, separator, append.',
  ],
  [{ path: 'a', append: 'yes' }, 'csvLogger: append must be true or false, not "yes".'],
  [{ path: 'a', separator: '.' }, `csvLogger: separator must be one of ',', ';', '\t', not ".".`],
])('refuses %j', (options, message) => {
  expect(() => csvLogger(options as never)).toThrow(new UsageError(message))
})
