import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adam, dense, experiment, fashionMnistMini, flatten, sequential } from '../../src/index.ts'
import { heddle, type StartOptions } from './heddle.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-runs-'))
  const tiny = experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: {
      linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]),
      hidden: sequential([
        flatten(),
        dense({ units: 4, activation: 'relu' }),
        dense({ units: 10, activation: 'softmax' }),
      ]),
    },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs: 2, validationSplit: 0.2 },
  })
  writeFileSync(join(folder, 'tiny.json'), JSON.stringify(tiny))
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (args: readonly string[], options: Partial<StartOptions> = {}) =>
  heddle(args, { cwd: folder, ...options })
const ok = async (...args: string[]): Promise<string> => {
  const ended = await run(args)
  expect(ended.code, ended.stderr).toBe(0)
  return ended.stdout
}
const json = async (...args: string[]) => JSON.parse(await ok(...args, '--json'))

test('runs are listed, shown, compared, repeated, tagged, binned, and moved to another store', async () => {
  await ok('run', 'tiny', '--seeds', '2', '--epochs', '1', '--threads', '1')
  const all = await json('runs', 'ls', '--sort', 'seed')
  expect(
    all.map((one: { model: string; seed: number; status: string }) => [one.model, one.seed, one.status]),
  ).toEqual(
    expect.arrayContaining([
      ['linear', 1, 'finished'],
      ['linear', 2, 'finished'],
      ['hidden', 1, 'finished'],
      ['hidden', 2, 'finished'],
    ]),
  )
  const find = (model: string, seed: number): string =>
    all.find((one: { model: string; seed: number }) => one.model === model && one.seed === seed).id
  const [a, b, other] = [find('linear', 1), find('linear', 2), find('hidden', 1)]
  const groups = await json('runs', 'ls', '--group', 'model', '--seed', '1')
  expect(groups.map(({ of, runs }: { of: string; runs: number }) => [of, runs])).toEqual([
    ['hidden', 1],
    ['linear', 1],
  ])
  expect((await ok('runs', 'ls', '--csv')).split('\n')[0]).toMatch(/^id,experiment,model,seed,status,/)
  expect(await ok('runs', 'ls', '--group', 'configuration')).toMatch(
    /tiny\/linear [0-9a-f]{8} +2 +2 +0\.\d{4} ± 0\.\d{4}/,
  )

  const shown = await json('runs', 'show', a.slice(0, 8))
  expect(shown.run).toMatchObject({ id: a, experiment: 'tiny', epochsDone: 1 })
  const origins = Object.fromEntries(
    shown.options.map((one: { name: string; origin: string }) => [one.name, one.origin]),
  )
  expect(origins).toMatchObject({
    seed: 'flag',
    epochs: 'flag',
    optimizer: 'file',
    validationSplit: 'file',
    batchSize: 'default',
  })
  expect(shown.artefacts.map(({ name }: { name: string }) => name)).toEqual([
    'best.safetensors',
    'model.safetensors',
    'predictions.safetensors',
  ])
  expect(shown.epochs).toHaveLength(1)
  expect(shown.steps).toHaveLength(38)
  expect(await ok('runs', 'show', a)).toContain(`Model    tiny/linear, 7,850 parameters, seed 1`)

  const { differences } = await json('runs', 'diff', a, b)
  const names = differences.map(({ of, name }: { of: string; name: string }) => `${of}.${name}`)
  expect(names).toContain('options.seed')
  expect(names).toContain('results.weights')
  expect(names.some((name: string) => name.startsWith('model.'))).toBe(false)
  const sideBySide = await ok('runs', 'diff', a, other)
  expect(sideBySide).toMatch(/model +dense\.layer\.units +10 +4/)
  // A layer that only one has is one line.
  expect(sideBySide.match(/^model +dense_1.*$/gm)).toEqual([expect.stringContaining('"units":10')])

  const repeated = await run(['repeat', a, '--threads', '2'])
  expect(repeated.code, repeated.stderr).toBe(0)
  expect(repeated.stdout).toMatch(`repeats ${a}: weights and predictions are identical to the bit.`)
  const elsewhere = await run(['repeat', a, '--backend', 'reference'])
  expect(elsewhere.code).toBe(1)
  expect(elsewhere.stderr).toMatch(
    /does not repeat .*: the weights differ by up to \S+\. What differs:\n {2}machine: arithmetic was "native \d+ \(.+\)", is "reference/,
  )

  await ok('runs', 'tag', a, 'baseline', 'good')
  expect(await ok('runs', 'tag', a, 'good', '--remove')).toBe(`${a}: baseline\n`)
  await ok('runs', 'note', a, 'the first "one"')
  expect(await json('runs', 'ls', '--tag', 'baseline')).toMatchObject([{ id: a, note: 'the first "one"' }])
  expect((await run(['runs', 'tag', a, ' '])).code).toBe(2)

  await ok('runs', 'export', a, b, '--out', 'two.tar')
  const moved = { env: { HEDDLE_STORE: join(folder, 'elsewhere') } }
  expect((await run(['runs', 'import', 'two.tar'], moved)).stdout).toBe('2 runs in two.tar\n')
  expect((await run(['runs', 'import', 'two.tar'], moved)).stdout).toBe(
    '2 runs in two.tar, 2 of them there already\n',
  )
  const there = JSON.parse((await run(['runs', 'show', a, '--json'], moved)).stdout)
  expect(there.epochs).toEqual(shown.epochs)
  expect(there.steps).toEqual(shown.steps)
  expect(there.tags).toEqual(['baseline'])
  const sums = (from: { artefacts: { name: string; sha256: string }[] }) =>
    from.artefacts.map(one => one.sha256)
  expect(sums(there)).toEqual(sums(shown))
  const bytes = readFileSync(join(folder, 'two.tar'))
  bytes[bytes.length - 5000]! ^= 1
  writeFileSync(join(folder, 'damaged.tar'), bytes)
  const refused = await run(['runs', 'import', 'damaged.tar'], {
    env: { HEDDLE_STORE: join(folder, 'third') },
  })
  expect(refused.stderr).toMatch(
    /damaged\.tar: the file \S+ in it is damaged or unknown\. Nothing was imported\./,
  )
  truncateSync(join(folder, 'damaged.tar'), 10_000)
  expect((await run(['runs', 'import', 'damaged.tar'])).stderr).toMatch('is damaged or cut short')

  // In the second store both are put away: what is empty is said to be elsewhere, and names reach there to take them back.
  const inSecond = async (...args: string[]) => (await run(['runs', ...args], moved)).stderr
  await inSecond('archive', a)
  await inSecond('rm', b)
  expect(await inSecond('ls')).toContain('1 in the archive and 1 in the bin.')
  expect(await inSecond('show', 'last')).toContain('are in the archive or the bin')
  expect(await inSecond('archive', '--restore', 'last')).toBe('heddle: 1 run taken out of the archive.\n')
  expect(await inSecond('rm', '--restore', 'last')).toBe('heddle: 1 run taken out of the bin.\n')

  await ok('runs', 'rm', b)
  expect((await json('runs', 'ls')).map(({ id }: { id: string }) => id)).not.toContain(b)
  expect(await ok('runs', 'gc')).toMatch(/^1 run removed, /)
  expect((await run(['runs', 'show', b])).stderr).toContain(`There is no run "${b}"`)
  expect((await run(['resume', a])).stderr).toContain(`The run ${a} is finished: there is nothing to resume.`)
}, 120_000)

test('a truncated checkpoint: told, and the one before is gone on from', async () => {
  const env = { HEDDLE_STORE: join(folder, 'cut') }
  const settings = ['--threads', '1', '--checkpoint-steps', '5']
  let sent = false
  const stopped = await run(['run', 'tiny', '--model', 'linear', '--epochs', '40', ...settings], {
    env,
    onStderr(stderr, child) {
      if (!sent && stderr.includes('epoch  3/40')) sent = child.kill('SIGINT')
    },
  })
  expect(stopped.code).toBe(130)
  const id = readdirSync(join(folder, 'cut', 'checkpoints'))[0]!
  const files = join(folder, 'cut', 'checkpoints', id)
  const newest = readdirSync(files).sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0]!
  cpSync(join(folder, 'cut'), join(folder, 'sound'), { recursive: true })
  truncateSync(join(files, newest), 5000)
  const resumed = await run(['resume', 'last', '--threads', '2', '--json'], { env })
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(resumed.stderr).toContain(
    'is damaged: its 5000 bytes are not what was written. Going on from the one before.',
  )
  const sound = await run(['resume', 'last', '--threads', '1', '--json'], {
    env: { HEDDLE_STORE: join(folder, 'sound') },
  })
  const [from, whole] = [JSON.parse(resumed.stdout), JSON.parse(sound.stdout)]
  expect(from.history).toEqual(whole.history)
  expect(from.test).toEqual(whole.test)
}, 120_000)

test('without a record, and where none can be kept', async () => {
  const env = { HEDDLE_STORE: join(folder, 'none') }
  await run(['run', 'tiny', '--model', 'linear', '--epochs', '1', '--no-record'], { env })
  expect(readdirSync(folder)).not.toContain('none')
  appendFileSync(join(folder, 'file'), '')
  const refused = await run(['run', 'tiny', '--model', 'linear'], {
    env: { HEDDLE_STORE: join(folder, 'file') },
  })
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('cannot be made: EEXIST')
  expect(refused.stderr).toContain('--no-record')
}, 120_000)

test('what cannot be kept ends no training: it is told, and the exit code says so', async () => {
  const env = { HEDDLE_STORE: join(folder, 'no-checkpoints') }
  mkdirSync(env.HEDDLE_STORE)
  writeFileSync(join(env.HEDDLE_STORE, 'checkpoints'), 'where the folder of checkpoints should be')
  const ended = await run(['run', 'tiny', '--model', 'linear', '--json'], { env })
  expect(ended.code).toBe(1)
  expect(JSON.parse(ended.stdout).models[0].runs).toHaveLength(1)
  expect(ended.stderr).toMatch(/heddle: Run [0-9a-f]{12}: a checkpoint could not be kept: /)
  expect(ended.stderr).toContain(
    'The training is done, but the run store could not record all of it: the messages above say why.',
  )
  const [recorded] = JSON.parse((await run(['runs', 'ls', '--json'], { env })).stdout)
  expect(recorded).toMatchObject({ status: 'finished', epochsDone: 2 })
}, 120_000)

test('Ctrl-C with several models and seeds: one command goes on with all, to the results of an undisturbed run', async () => {
  const args = ['run', 'tiny', '--seeds', '2', '--epochs', '4', '--threads', '1', '--save', 'cut-models']
  let sent = false
  const stopped = await run([...args, '--checkpoint-steps', '5'], {
    env: { HEDDLE_STORE: join(folder, 'several') },
    onStderr(stderr, child) {
      if (!sent && stderr.includes('linear seed 2  epoch 2/4')) sent = child.kill('SIGINT')
    },
  })
  expect(stopped.code).toBe(130)
  const command = stopped.stderr.match(/Go on with: heddle (.*)\n/)![1]!
  expect(command).toBe(`${args.join(' ')} --checkpoint-steps 5 --resume`)
  const resumed = await run([...command.split(' '), '--json'], {
    env: { HEDDLE_STORE: join(folder, 'several') },
  })
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(resumed.stderr).toMatch(/tiny\/linear, seed 1 was finished before: run [0-9a-f]{12}\./)
  expect(resumed.stderr).toMatch(/tiny\/linear, seed 2 goes on from step [1-9]\d*: run [0-9a-f]{12}\./)
  const whole = await run([...args.slice(0, -1), 'whole-models', '--json'], {
    env: { HEDDLE_STORE: join(folder, 'undisturbed') },
  })
  const measured = (text: string) =>
    JSON.parse(text).models.map(({ runs }: { runs: { seed: number; history: object; test: object }[] }) =>
      runs.map(({ seed, history, test }) => ({ seed, history, test })),
    )
  expect(measured(resumed.stdout)).toEqual(measured(whole.stdout))
  const models = readdirSync(join(folder, 'whole-models'))
  expect(readdirSync(join(folder, 'cut-models'))).toEqual(models)
  for (const name of models) {
    expect(readFileSync(join(folder, 'cut-models', name))).toEqual(
      readFileSync(join(folder, 'whole-models', name)),
    )
  }
  const again = await run([...args, '--resume'], { env: { HEDDLE_STORE: join(folder, 'several') } })
  expect(again.stderr.match(/was finished before/g)).toHaveLength(4)
}, 120_000)
