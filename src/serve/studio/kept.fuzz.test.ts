import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fuzzInputs } from '../../../test/support/fuzz.ts'
import { HeddleError } from '../../base/errors.ts'
import { RandomStream } from '../../base/random.ts'
import type { Dataset } from '../../data/dataset.ts'
import { openStore } from '../../store/open.ts'
import type { StoredJob } from '../../store/queue.ts'
import { Dice } from '../../testing/dice.ts'
import { LabelMarks } from './corrections.ts'
import { readJob, takeOver } from './earlier-queue.ts'

const INPUTS = fuzzInputs(200)

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

/** What is on the disk is a job of the queue afterwards, or set aside. */
async function takenOver(kept: string): Promise<readonly StoredJob[]> {
  const store = await openStore(folder)
  mkdirSync(join(folder, 'jobs'), { recursive: true })
  writeFileSync(join(folder, 'jobs', `${id}.json`), kept)
  await takeOver(store)
  const jobs = await Promise.all(
    (await store.queue.list()).map(async ({ place: _, ...row }) => ({
      ...row,
      task: JSON.stringify(await store.queue.task(row.id)),
    })),
  )
  await store.queue.clear()
  for (const { id } of jobs) await store.queue.drop(id, 'stopped')
  await store.queue.clear()
  await store.close()
  return jobs
}

test(`${INPUTS} files of an earlier queue: a job, or an error that a person can act on`, async () => {
  const dice = new Dice(new RandomStream(1))
  const path = join(folder, `${id}.json`)
  const experiment = { kind: 'experiment' }
  writeFileSync(path, JSON.stringify(job))
  writeFileSync(join(folder, `${id}.experiment.json`), JSON.stringify(experiment))
  const task = JSON.stringify({ kind: 'train', experiment, seed: 1 })
  const about = { askedBy: null, heartbeatAt: null, error: null, task }
  const { args: _, ...plain } = job
  expect(await readJob(path)).toEqual({ ...plain, ...about })
  for (let i = 0; i < INPUTS; i++) {
    writeFileSync(path, changed(job, dice))
    const read = await readJob(path).catch(error => error as Error)
    if (read instanceof Error) expect(read.constructor.name).toMatch(/^(HeddleError|SyntaxError)$/)
    else expect(read.task).toBe(task)
  }
})

test('a queue of files is taken over once; what holds no job is set aside', async () => {
  mkdirSync(join(folder, 'jobs'))
  writeFileSync(join(folder, 'jobs', `${id}.experiment.json`), '{"kind":"experiment"}')
  writeFileSync(join(folder, 'jobs', `${id}.log`), 'its log')
  expect(await takenOver(JSON.stringify(job))).toMatchObject([
    {
      id,
      experiment: 'e',
      state: 'queued',
      task: '{"kind":"train","experiment":{"kind":"experiment"},"seed":1}',
    },
  ])
  expect(readdirSync(join(folder, 'jobs'))).toEqual([`${id}.log`])
  expect(await takenOver('{"id":')).toEqual([])
  expect(readdirSync(join(folder, 'jobs'))).toEqual([`${id}.json.unreadable`, `${id}.log`])
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
])('a command that the queue did not write is set aside: %j', async args => {
  expect(await takenOver(JSON.stringify({ ...job, args }))).toEqual([])
  expect(readdirSync(join(folder, 'jobs'))).toEqual([`${id}.json.unreadable`])
})

test('the experiment of a job is the one beside it, wherever the store was before', async () => {
  const path = join(folder, `${id}.json`)
  writeFileSync(join(folder, `${id}.experiment.json`), '{"name":"beside"}')
  writeFileSync(
    path,
    JSON.stringify({ ...job, args: ['run', `/elsewhere/${id}.experiment.json`, '--seed', '7'] }),
  )
  expect(JSON.parse((await readJob(path)).task)).toEqual({
    kind: 'train',
    experiment: { name: 'beside' },
    seed: 7,
  })
})

test(`${INPUTS} files of corrections: read, or refused in words`, async () => {
  const dice = new Dice(new RandomStream(2))
  const marks = new LabelMarks(folder)
  const data = { fingerprint: 'f', classNames: ['a', 'b'], train: { labels: [0, 1] } } as unknown as Dataset
  await marks.mark('mini', data, { split: 'train', indices: [0], label: 'b' })
  const sound = { fingerprint: 'f', train: { 0: 'b' }, test: {} }
  expect(await marks.of('mini', data)).toEqual({ train: { 0: 'b' }, test: {} })
  for (let i = 0; i < INPUTS; i++) {
    writeFileSync(marks.fileOf('mini'), changed(sound, dice))
    const mark = marks.mark('mini', data, { split: 'train', indices: [1], label: 'a' })
    await mark.catch(error => expect(error).toBeInstanceOf(HeddleError))
  }
})
