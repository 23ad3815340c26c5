import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HeddleError } from '../../base/errors.ts'
import { RandomStream } from '../../base/random.ts'
import type { Dataset } from '../../data/dataset.ts'
import { fashionMnistMini } from '../../data/source.ts'
import { sequential } from '../../model/graph.ts'
import { dense, flatten } from '../../nn/layers/index.ts'
import { Dice } from '../../testing/dice.ts'
import { csvLogger } from '../../train/callbacks/csv-logger.ts'
import { experiment } from '../../train/experiment.ts'
import { LabelMarks } from './corrections.ts'
import { readJob } from './kept-job.ts'

/** The long form: `node scripts/fuzz.mjs`. */
const INPUTS = Number(process.env.FUZZ ?? 200)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-kept-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const id = '0123456789ab'
const job = {
  ...{ id, experiment: 'e', model: 'm', seed: 1, run: null, state: 'queued', createdAt: 1 },
  ...{ args: ['run', `${id}.experiment.json`, '--seed', '1'], owner: null },
}
const strange: readonly unknown[] = [
  true,
  'x',
  'null',
  {},
  [],
  -1,
  1.5,
  [1],
  ['rm'],
  'x'.repeat(2000),
  '../x',
]

/** A key with another value, without it, or the text cut short. */
function changed(value: Record<string, unknown>, dice: Dice): string {
  const key = dice.pick(Object.keys(value))
  const { [key]: _, ...without } = value
  const what = dice.roll(0, 5)
  const text = JSON.stringify(what === 0 ? without : { ...value, [key]: dice.pick(strange) })
  if (what === 1) return text.slice(0, dice.roll(0, text.length - 1))
  return what === 2 ? JSON.stringify(dice.pick(strange)) : text
}

test(`${INPUTS} files of the queue: a job, or set aside`, async () => {
  const dice = new Dice(new RandomStream(1))
  const path = join(folder, `${id}.json`)
  writeFileSync(path, JSON.stringify(job))
  const command = ['run', join(folder, `${id}.experiment.json`), '--seed', '1']
  expect(await readJob(path)).toEqual({ ...job, args: command })
  for (let i = 0; i < INPUTS; i++) {
    writeFileSync(path, changed(job, dice))
    const read = await readJob(path)
    if (read) expect(read.args).toEqual(command)
    else expect(existsSync(path)).toBe(false)
  }
  expect(readdirSync(folder)).toContain(`${id}.json.unreadable`)
})

// The queue goes on when the studio is opened to look at a folder, which may be a stranger's.
test.each([
  [['run', 'experiments/evil.ts']],
  [['run', 'experiments/evil.ts', '--seed', '1']],
  [['run', `${id}.experiment.ts`, '--seed', '1']],
  [['run', `${id}.experiment.json`, '--save', '/tmp/x']],
  [['run', `${id}.experiment.json`, '--seed', '1', '--save', '/tmp/x']],
  [['run', `${id}.experiment.json`, '--seed', '--save=/tmp/x']],
  [['run', '--save=/tmp/x']],
  [['resume']],
  [['resume', 'last']],
  [['resume', '--save=/tmp/x']],
  [['resume', 'ffffffffffff', '--save=/tmp/x']],
  [['studio']],
  [[]],
])('a command that the queue does not write is set aside: %j', async args => {
  const path = join(folder, `${id}.json`)
  writeFileSync(path, JSON.stringify({ ...job, args }))
  expect(await readJob(path)).toBe(null)
})

test('the experiment of a job is the one beside it, wherever the store was before', async () => {
  const path = join(folder, `${id}.json`)
  writeFileSync(
    path,
    JSON.stringify({ ...job, args: ['run', `/elsewhere/${id}.experiment.json`, '--seed', '7'] }),
  )
  expect((await readJob(path))!.args).toEqual(['run', join(folder, `${id}.experiment.json`), '--seed', '7'])
})

test('an experiment of the queue that writes a log is set aside: the file could be any of the user’s', async () => {
  const sound = experiment({
    name: 'e',
    data: fashionMnistMini(),
    models: { m: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
    train: { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' },
  })
  const callbacks = [csvLogger({ path: '../important.csv' })]
  const path = join(folder, `${id}.json`)
  const readWith = (kept: object) => {
    writeFileSync(path, JSON.stringify(job))
    writeFileSync(join(folder, `${id}.experiment.json`), JSON.stringify(kept))
    return readJob(path)
  }
  expect(await readWith(sound)).not.toBe(null)
  expect(await readWith({ ...sound, train: { ...sound.train, callbacks } })).toBe(null)
  expect(await readWith({ ...sound, overrides: { m: { callbacks } } })).toBe(null)
})

test(`${INPUTS} files of corrections: read, or refused in words`, async () => {
  const dice = new Dice(new RandomStream(2))
  const marks = new LabelMarks(folder)
  const data = { fingerprint: 'f', classNames: ['a', 'b'], train: { labels: [0, 1] } } as unknown as Dataset
  await marks.mark('mini', data, { split: 'train', index: 0, label: 'b' })
  const sound = { fingerprint: 'f', train: { 0: 'b' }, test: {} }
  expect(await marks.of('mini', data)).toEqual({ train: { 0: 'b' }, test: {} })
  for (let i = 0; i < INPUTS; i++) {
    writeFileSync(marks.fileOf('mini'), changed(sound, dice))
    const mark = marks.mark('mini', data, { split: 'train', index: 1, label: 'a' })
    await mark.catch(error => expect(error).toBeInstanceOf(HeddleError))
  }
})
