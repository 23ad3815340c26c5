import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StudyEvent, StudyView } from '../../src/protocol/study.ts'
import { heddle } from './heddle.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-search-'))
  writeFileSync(
    join(folder, 'my-search.ts'),
    `import { adam, asha, choice, dense, experiment, fashionMnistMini, flatten, logUniform, search, sequential } from 'heddle'
export default search({
  name: 'mine',
  experiment: experiment({
    name: 'tiny',
    data: fashionMnistMini(),
    models: { small: sequential([flatten(), dense({ units: 16, activation: 'relu' }), dense({ units: 10, activation: 'softmax' })]) },
    train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', validationSplit: 0.2, epochs: 3 },
  }),
  space: { learningRate: logUniform(1e-4, 1e-1), 'dense.units': choice([8, 16, 32]) },
  scheduler: asha(),
  trials: 6,
  repeats: { top: 1, seeds: 2 },
})
`,
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Asked {
  readonly store?: string
  readonly onStderr?: (stderr: string, child: ChildProcess) => void
}

async function run(args: readonly string[], { store = 'store', onStderr }: Asked = {}) {
  const env = { HEDDLE_STORE: join(folder, store), HEDDLE_THREADS: '1', HEDDLE_WORKERS: '1' }
  const ended = await heddle(['search', ...args], { cwd: folder, env, ...(onStderr && { onStderr }) })
  const viewOf = (): StudyView => JSON.parse(ended.stdout) as StudyView
  return { ...ended, viewOf }
}

/** The log without what differs from one search to another: ids and times. */
async function logOf(store: string): Promise<StudyEvent[]> {
  const { stdout } = await run(['export', 'mine', '--as', 'events'], { store })
  const runs = new Map<string, string>()
  return stdout
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { event: StudyEvent & { run?: string } }).event)
    .map(({ run: id, ...event }) => {
      if (id !== undefined && !runs.has(id)) runs.set(id, `run ${runs.size}`)
      return { ...event, seconds: 0, run: id && runs.get(id) } as unknown as StudyEvent
    })
}

test('a search is killed, resumed to the trials of an undisturbed one, and its test is opened once', async () => {
  const whole = await run(['my-search.ts', '--json'], { store: 'whole' })
  expect(whole.code, whole.stderr).toBe(0)
  expect(whole.viewOf()).toMatchObject({ name: 'mine', state: 'done', final: null, looks: 0 })

  // Killed in the middle of a step, more than once.
  for (const trial of [1, 4]) {
    const args = trial === 1 ? ['my-search.ts'] : ['--resume']
    const { code } = await run(args, {
      onStderr(stderr, child) {
        if (new RegExp(`^trial ${trial} `, 'm').test(stderr)) child.kill('SIGKILL')
      },
    })
    expect(code).toBeNull()
    const shown = await run(['show', '--json'])
    expect(shown.viewOf()).toMatchObject({ state: 'interrupted' })
  }
  const resumed = await run(['--resume', 'mine'])
  expect(resumed.code, resumed.stderr).toBe(0)
  expect(resumed.stdout).toMatch(/your starting point/)
  expect(resumed.stdout).toMatch(/Sealed: the search did not see the test images/)
  expect(resumed.stderr).toContain('heddle search --resume mine --final')
  expect(await logOf('store')).toEqual(await logOf('whole'))

  const opened = await run(['--resume', 'mine', '--final', '--json'])
  const { final, finalSentence, looks } = opened.viewOf()
  expect(final!.length).toBeGreaterThan(0)
  for (const { runs } of final!) expect(runs.map(({ seed }) => seed)).toEqual([2, 3])
  expect(finalSentence).toMatch(/starting point/)
  expect(looks).toBe(1)
  const again = await run(['--resume', 'mine', '--final', '--json'])
  expect(again.viewOf()).toMatchObject({ final, finalSentence, looks })
  expect(again.stderr).toContain('were opened before')
}, 120_000)

test('the searches of a store are listed, shown and exported; the winner is an experiment that can be run', async () => {
  const asked = [
    ['ls', '--json'],
    ['export'],
    ['importance'],
    ['show', '--all'],
    ['best', '--json'],
    ['best', '--print-json'],
  ]
  const answers = await Promise.all(asked.map(args => run(args, { store: 'whole' })))
  const [listed = '', csv = '', importance, all, best = '', json = ''] = answers.map(({ stdout }) => stdout)
  expect(JSON.parse(listed)).toMatchObject([{ name: 'mine', state: 'done', trials: 6, problem: null }])
  const [head] = csv.trim().split('\n')
  expect(head).toMatch(/^trial,origin,.*,valAccuracy,learningRate,dense.units$/)
  expect(importance).toContain('learningRate')
  expect(all).toContain('dense.units')

  const { parameters } = JSON.parse(best)
  expect(JSON.parse(json).train.optimizer.learningRate).toBe(parameters.learningRate)
  writeFileSync(join(folder, 'best.json'), json)
  const trained = await heddle(['run', 'best.json', '--epochs', '1', '--no-record', '--json'], {
    cwd: folder,
  })
  expect(trained.code, trained.stderr).toBe(0)

  expect((await run(['rm', 'mine'], { store: 'whole' })).code).toBe(0)
  expect((await run(['show', 'mine'], { store: 'whole' })).stderr).toContain(
    'There are no searches in this store yet',
  )
}, 60_000)

test('Ctrl-C writes a checkpoint and names the command that goes on; what cannot go on is refused', async () => {
  const store = 'stopped'
  let isStopping = false
  const stopped = await run(['my-search.ts', '--trials', '3', '--no-repeats'], {
    store,
    onStderr(stderr, child) {
      if (isStopping || !/^trial 0 /m.test(stderr)) return
      isStopping = true
      child.kill('SIGINT')
    },
  })
  expect(stopped.code).toBe(130)
  expect(stopped.stderr).toContain(
    'Go on with: heddle search --resume mine --workers 1 --threads 1 --no-repeats',
  )
  const sealed = await run(['--resume', '--final', '--no-repeats'], { store })
  expect(sealed.code).toBe(2)
  expect(sealed.stderr).toContain(
    'have not been trained with further seeds. Do that first: heddle search --resume mine',
  )

  const file = readFileSync(join(folder, 'my-search.ts'), 'utf8')
  writeFileSync(join(folder, 'wider.ts'), file.replace('[8, 16, 32]', '[8, 16, 32, 64]'))
  const wider = await run(['wider.ts', '--resume'], { store })
  expect(wider.code).toBe(2)
  expect(wider.stderr).toMatch(
    /cannot go on, as it has changed: .*dense\.units has values that it did not have/,
  )
  writeFileSync(join(folder, 'narrower.ts'), file.replace('[8, 16, 32]', '[16, 32]'))
  const narrower = await run(['narrower.ts', '--resume', '--trials', '4', '--json'], { store })
  expect(narrower.code, narrower.stderr).toBe(0)
  expect(narrower.stderr).toContain('dense.units is narrower')
  expect(narrower.viewOf().budget).toMatchObject({ trials: 4, spentTrials: 4 })
}, 60_000)

test('several workers, each in a process', async () => {
  const { code, stderr, viewOf } = await run(['my-search.ts', '--workers', '2', '--trials', '4', '--json'], {
    store: 'workers',
  })
  expect(code, stderr).toBe(0)
  const { state, trials } = viewOf()
  expect(state).toBe('done')
  expect(trials.filter(({ origin }) => origin !== 'repeat')).toHaveLength(4)
}, 60_000)

test('a search of which every trial fails ends with code 1', async () => {
  const file = readFileSync(join(folder, 'my-search.ts'), 'utf8')
  writeFileSync(
    join(folder, 'hopeless.ts'),
    file
      .replace('logUniform(1e-4, 1e-1)', 'choice([1e30, 1e31])')
      .replace("name: 'mine'", "name: 'hopeless'"),
  )
  for (const args of [
    ['hopeless.ts', '--trials', '2'],
    ['--resume', 'hopeless'],
  ]) {
    const { code, stdout, stderr } = await run(args, { store: 'hopeless' })
    expect(code, stderr).toBe(1)
    expect(stdout).toContain('2 failed')
    expect(stderr).toContain('No trial of the search hopeless has a result.')
    expect(stderr).not.toContain('Go on with')
  }
}, 60_000)

test('a file whose promise is never resolved is refused in words', async () => {
  writeFileSync(join(folder, 'stuck.ts'), 'await new Promise(() => {})\nexport default {}\n')
  writeFileSync(join(folder, 'pending.mjs'), 'export default new Promise(() => {})\n')
  const files = ['stuck.ts', 'pending.mjs']
  const ended = await Promise.all(files.map(file => run([file])))
  for (const [i, { code, stderr }] of ended.entries()) {
    expect(stderr).toContain(`heddle: ${files[i]}: it waits for a promise that is never resolved.`)
    expect(code).toBe(2)
  }
})

test('what is not there to be begun or continued makes no store', async () => {
  for (const args of [['nothing.ts'], ['--resume'], ['--resume', 'nothing']]) {
    const { code, stderr } = await run(args, { store: 'never' })
    expect(stderr).toMatch(/There (is|are) no search/)
    expect(code).toBe(2)
  }
  expect(existsSync(join(folder, 'never'))).toBe(false)
})

test.concurrent.each([
  [['nothing.ts'], 'There is no search "nothing.ts".'],
  [['--resume', 'gone.ts'], 'There is no search "gone.ts". Experiments here:'],
  [['--resume', 'my-serch.ts'], 'Did you mean "my-search.ts"?'],
  [['--resume', 'nothing'], 'There is no search "nothing" in this store.'],
  [['my-search.ts', '--time', '30'], '--time must be a time such as 30m, 90s or 1h30m, not "30".'],
])('heddle search %j is refused', async (args, message) => {
  const { code, stderr } = await run(args, { store: 'workers' })
  expect(stderr).toContain(message)
  expect(code).toBe(2)
})
