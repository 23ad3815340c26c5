import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { chooseBackend } from '../../src/engine/backends/choose.ts'
import {
  adam,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  earlyStopping,
  experiment,
  fashionMnistMini,
  flatten,
  loadDataset,
  RandomStream,
  randomFlip,
  sequential,
} from '../../src/index.ts'
import { parseSlice } from '../../src/protocol/slice.ts'
import { runSlice } from '../../src/runs/slice.ts'
import { openStore } from '../../src/store/open.ts'
import type { RunStore } from '../../src/store/store.ts'
import { noPostgres, TestServer } from '../support/postgres.ts'
import { heddle } from './heddle.ts'

const KILLS = 8
const EPOCHS = 40

const backend = chooseBackend('auto', { threads: 1 })
const runs = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc']
const remembering = experiment({
  name: 'search',
  data: fashionMnistMini(),
  models: {
    trial: sequential([
      conv2d({ filters: 2, kernelSize: 5, strides: 5 }),
      batchNormalization(),
      flatten(),
      dropout({ rate: 0.2 }),
      dense({ units: 10, activation: 'softmax' }),
    ]),
  },
  train: {
    optimizer: adam(),
    loss: 'sparseCategoricalCrossentropy',
    epochs: EPOCHS,
    validationSplit: 0.2,
    augmentation: [randomFlip({ mode: 'horizontal' })],
    callbacks: [earlyStopping({ patience: 30, restoreBestWeights: true })],
  },
})

let folder: string
let fingerprint: string
/** Of three trials that nothing disturbs. */
let expected: Awaited<ReturnType<typeof undisturbed>>
beforeAll(async () => {
  fingerprint = (await loadDataset(fashionMnistMini())).fingerprint
  folder = mkdtempSync(join(tmpdir(), 'heddle-undisturbed-'))
  expected = await undisturbed()
  rmSync(folder, { recursive: true })
}, 60_000)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-worker-'))
  return () => rmSync(folder, { recursive: true })
})

const taskOf = (run: string, more: object = {}) =>
  parseSlice({
    ...{ experiment: remembering, seed: runs.indexOf(run), run, epochs: EPOCHS, seconds: 2, baseDir: folder },
    ...{ fingerprint, arithmetic: backend.arithmetic },
    ...more,
  })

async function addStudy(store: RunStore, more: object = {}): Promise<string> {
  const study = await store.studies.add({ name: 'my-search', spec: {} })
  const slices = runs.map((run, trial) => ({ study, trial, run, task: taskOf(run, more) }))
  await store.studies.append(study, 0, [], slices)
  return study
}

const worker = (args: readonly string[], onStderr?: Parameters<typeof heddle>[1]['onStderr']) =>
  heddle(['worker', '--threads', '1', ...args], {
    ...{ cwd: folder, env: { HEDDLE_STORE: join(folder, 'store') } },
    ...(onStderr && { onStderr }),
  })

/** All that must be the same to the bit. */
async function outcomeOf(store: RunStore, run: string) {
  const timeless = <T extends object>(rows: readonly T[]) =>
    rows.map(row => ({ ...row, trainMs: 0, durationMs: 0 }))
  const { status, metrics, epochsDone } = await store.run(run)
  return {
    ...{ status, metrics, epochsDone },
    epochs: timeless(await store.epochs(run)),
    steps: timeless(await store.steps(run)),
    artefacts: (await store.artefacts(run)).map(({ name, sha256 }) => ({ name, sha256 })),
  }
}

/** What three trials come to if nothing disturbs them. */
async function undisturbed() {
  const store = await openStore(join(folder, 'whole'))
  const study = await store.studies.add({ name: 'whole', spec: {} })
  const signal = new AbortController().signal
  for (const run of runs) {
    const context = { store, backend, version: '0', study, signal, loading: {}, onNotice: () => {} }
    await runSlice(taskOf(run, { seconds: 60 }), context)
  }
  const outcomes = await Promise.all(runs.map(run => outcomeOf(store, run)))
  await store.close()
  return outcomes
}

/** Workers whose first lives end by SIGKILL at a random moment; returns how often. */
async function workAndDie(
  store: RunStore,
  { study, address, workers }: { study: string; address: string; workers: number },
) {
  const random = new RandomStream(3)
  let [lives, kills] = [0, 0]
  const work = async (): Promise<void> => {
    // On a fast machine the last ones are killed while they wait for work.
    while (lives < KILLS || (await store.slices.ends(study)).length < runs.length) {
      const life = lives++
      let timer: NodeJS.Timeout | undefined
      const ended = await worker(['--idle-exit', '1s', '--store', address], (_, child) => {
        if (life < KILLS) timer ??= setTimeout(() => child.kill('SIGKILL'), 100 + random.uniform(life) * 700)
      })
      clearTimeout(timer)
      if (ended.code === null) kills++
      // One that finds no server ends with words.
      else if (!ended.stderr.includes('no server answers')) expect(ended.code, ended.stderr).toBe(0)
      // There was no work for it, or no server: others need the processor.
      if (ended.code !== null) await sleep(1000)
    }
  }
  await Promise.all(Array.from({ length: workers }, work))
  return kills
}

async function expectAll(store: RunStore, study: string) {
  const ends = await store.slices.ends(study)
  expect(ends.map(({ trial }) => trial).sort()).toEqual([0, 1, 2])
  expect(await store.slices.count(study)).toEqual({ waiting: 0, running: 0 })
  expect(await Promise.all(runs.map(run => outcomeOf(store, run)))).toEqual(expected)
}

test(`${KILLS} times SIGKILL among two workers: each trial is reported once, with the bits of an undisturbed one`, async () => {
  const address = join(folder, 'store')
  const store = await openStore(address)
  const study = await addStudy(store)
  expect(await workAndDie(store, { study, address, workers: 2 })).toBe(KILLS)
  await expectAll(store, study)
  await store.close()
}, 120_000)

test.skipIf(noPostgres !== null)(
  `the same with 8 workers, PostgreSQL that fails and is started again, and cut connections${noPostgres ? `: ${noPostgres}` : ''}`,
  async () => {
    const server = await TestServer.start()
    try {
      const address = server.address()
      const store = await openStore(address)
      const study = await addStudy(store)
      const working = workAndDie(store, { study, address, workers: 8 })
      const trouble = async (): Promise<void> => {
        while ((await store.list({ study })).length === 0) await sleep(100)
        await server.run(
          "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
        )
        await sleep(1000)
        await server.down('immediate')
        await sleep(1000)
        await server.up()
      }
      const [kills] = await Promise.all([working, trouble()])
      expect(kills).toBeGreaterThan(0)
      await expectAll(store, study)
      await store.close()
    } finally {
      await server.stop()
    }
  },
  300_000,
)

test('Ctrl-C: the slice ends with a checkpoint and goes back', async () => {
  const store = await openStore(join(folder, 'store'))
  const id = await addStudy(store, { seconds: 60 })
  let isLooking = false
  const { code, stdout, stderr } = await worker(['--study', 'my-search', '--json'], (_, child) => {
    const stop = async (): Promise<void> => {
      while ((await store.list({ study: id })).length === 0) await sleep(50)
      child.kill('SIGINT')
    }
    // Once: a second Ctrl-C would end the process at once.
    if (!isLooking) void stop()
    isLooking = true
  })
  expect(code, stderr).toBe(130)
  expect(stderr).toContain('Stopping after the current step. Press Ctrl-C again to stop at once.')
  const events = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(events.at(-1)).toEqual({ type: 'released', study: id, trial: 0, run: runs[0], attempt: 1 })
  expect(await store.slices.count(id)).toEqual({ waiting: 3, running: 0 })
  expect(await store.run(runs[0]!)).toMatchObject({ status: 'interrupted' })
  // The one of the end; a short epoch before it may have left another.
  expect((await store.checkpoints.of(runs[0]!)).length).toBeGreaterThan(0)
  await store.close()
}, 30_000)

test('a worker without the data of its search ends with words; what a trial cannot be asked is said', async () => {
  const store = await openStore(join(folder, 'store'))
  const elsewhere = await addStudy(store, { fingerprint: 'e'.repeat(64), epochs: 1 })
  const unfit = await worker(['--study', 'my-search'])
  expect(unfit.code).toBe(1)
  expect(unfit.stderr).toContain(
    'The search has data with the fingerprint eeeeeeeeeeee, but here fashion-mnist-mini has',
  )
  const missing = await worker(['--study', 'other'])
  expect([missing.code, missing.stderr.includes('other')]).toEqual([2, true])

  await store.slices.clear(elsewhere)
  await addStudy(store, { epochs: 1 })
  const done = await worker(['--idle-exit', '1s', '--once'])
  expect([done.code, done.stderr]).toEqual([
    0,
    expect.stringMatching(/trial 0 {2}1 epoch in .* s, paused {2}run aaaaaaaaaaaa/),
  ])
  await store.close()
  const asked = (...args: string[]) =>
    heddle(args, { cwd: folder, env: { HEDDLE_STORE: join(folder, 'store') } })
  const shown = await asked('runs', 'show', runs[0]!)
  expect(shown.stdout).toMatch(/^Test {5}sealed, as of every trial of a search$/m)
  for (const command of ['evaluate', 'resume', 'repeat', 'predict']) {
    const refused = await asked(command, runs[0]!)
    expect([refused.code, refused.stderr], command).toEqual([2, expect.stringContaining('trial of a search')])
  }
}, 30_000)
