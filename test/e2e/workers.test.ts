import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { adam, csvLogger, dense, experiment, fashionMnistMini, flatten, sequential } from '../../src/index.ts'
import type { ExperimentResult } from '../../src/protocol/results.ts'
import { openStore } from '../../src/store/open.ts'
import { heddle } from './heddle.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-workers-'))
  return () => rmSync(folder, { recursive: true })
})

const linear = sequential([flatten(), dense({ units: 10, activation: 'softmax' })])
const deep = sequential([
  flatten(),
  dense({ units: 20, activation: 'relu' }),
  dense({ units: 10, activation: 'softmax' }),
])

function write(epochs: number, callbacks: readonly ReturnType<typeof csvLogger>[] = []): void {
  const two = experiment({
    name: 'two',
    data: fashionMnistMini(),
    models: { linear, deep },
    train: {
      optimizer: adam(),
      loss: 'sparseCategoricalCrossentropy',
      epochs,
      validationSplit: 0.2,
      callbacks,
    },
  })
  writeFileSync(join(folder, 'two.json'), JSON.stringify(two))
}

const run = (args: readonly string[], more: Partial<Parameters<typeof heddle>[1]> = {}) =>
  heddle(['run', 'two.json', ...args], { cwd: folder, ...more })

/** All that must be the same to the bit, by model and seed. */
async function recorded(name: string) {
  const store = await openStore(join(folder, name))
  const runs = await store.list()
  const found = await Promise.all(
    runs.map(async ({ id, model, seed, status, metrics, configuration }) => ({
      ...{ name: `${model} ${seed}`, status, metrics, configuration },
      options: (await store.detail(id)).options,
      artefacts: (await store.artefacts(id)).map(artefact => [artefact.name, artefact.sha256]),
    })),
  )
  await store.close()
  return found.sort((a, b) => a.name.localeCompare(b.name))
}

const timeless = ({ models, threads: _, ...result }: ExperimentResult) => ({
  ...result,
  models: models.map(({ runs, ...model }) => ({
    ...model,
    runs: runs.map(({ seconds: _, imagesPerSecond: __, ...rest }) => rest),
  })),
})

test('two workers: results, records and files are those of one process', async () => {
  write(2, [csvLogger({ path: '{model}-{seed}.csv' })])
  const outcome = async (name: string, ...args: string[]) => {
    const ended = await run(['--seeds', '2', '--json', '--save', name, ...args], {
      env: { HEDDLE_STORE: name },
    })
    expect(ended.code, ended.stderr).toBe(0)
    const saved = readdirSync(join(folder, name)).filter(file => file.endsWith('.safetensors'))
    const logs = readdirSync(folder).filter(file => file.endsWith('.csv'))
    const read = (at: string, files: readonly string[]) =>
      files.map(file => readFileSync(join(at, file), 'latin1'))
    const all = {
      result: timeless(JSON.parse(ended.stdout) as ExperimentResult),
      ...{ recorded: await recorded(name), saved, logs },
      contents: [...read(join(folder, name), saved), ...read(folder, logs)],
    }
    for (const log of logs) rmSync(join(folder, log))
    return { all, stderr: ended.stderr }
  }
  const one = await outcome('one')
  const two = await outcome('two', '--workers', '2')
  expect(two.all).toEqual(one.all)
  expect(two.all.saved).toHaveLength(4)
  expect(two.stderr).toContain('2 processes, each ')
  for (const line of ['deep seed 2  epoch 2/2  loss ', 'linear seed 1  test accuracy '])
    expect(two.stderr).toContain(line)
}, 60_000)

test('Ctrl-C stops all workers with checkpoints, and --resume trains what is missing, to the same bits', async () => {
  write(20)
  const all = ['--seeds', '2', '--workers', '2']
  const whole = await run(['--seeds', '2'], { env: { HEDDLE_STORE: 'whole' } })
  expect(whole.code).toBe(0)
  let isStopped = false
  const stopped = await run(all, {
    onStderr(stderr, child) {
      if (isStopped || !/linear seed 1 {2}epoch +[3-9]/.test(stderr)) return
      isStopped = true
      child.kill('SIGINT')
    },
  })
  expect(stopped.code, stopped.stderr).toBe(130)
  expect(stopped.stderr).toContain('of 4 runs finished, the rest was stopped.')
  expect(stopped.stderr).toContain('Go on with: heddle run two.json --seeds 2 --workers 2 --resume')
  expect((await recorded('.heddle')).map(({ status }) => status)).toContain('interrupted')
  const resumed = await run([...all, '--resume'])
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(await recorded('.heddle')).toEqual(await recorded('whole'))
}, 60_000)

test('the first run that fails stops the others, and its message is that of one process', async () => {
  write(2)
  const broken = JSON.parse(readFileSync(join(folder, 'two.json'), 'utf8'))
  broken.overrides = { linear: { optimizer: { ...broken.train.optimizer, learningRate: 1e38 } } }
  writeFileSync(join(folder, 'two.json'), JSON.stringify(broken))
  const [one, two] = [await run(['--no-record']), await run(['--no-record', '--workers', '2'])]
  const last = (text: string) => text.trim().split('\n').at(-1)
  expect([two.code, last(two.stderr)]).toEqual([one.code, last(one.stderr)])
  expect(last(two.stderr)).toContain('Lower the learning rate')
  expect(existsSync(join(folder, '.heddle'))).toBe(false)
}, 30_000)

test('runs that append to one file are trained one after the other', async () => {
  write(1, [csvLogger({ path: 'all.csv', append: true })])
  const { code, stderr } = await run(['--workers', '2'])
  expect(code).toBe(0)
  expect(stderr).toContain('Several runs append to the file all.csv: they are trained one after the other')
}, 30_000)
