import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Interruption } from '../base/interruption.ts'
import { fashionMnistMini, imageFolder } from '../data/source.ts'
import { chooseBackend } from '../engine/backends/choose.ts'
import { sequential } from '../model/graph.ts'
import { dense, flatten } from '../nn/layers/index.ts'
import { meanSquaredError } from '../nn/losses/loss.ts'
import { sgd } from '../nn/optimizers/index.ts'
import type { StudyEvent, StudyView } from '../protocol/study.ts'
import { work } from '../runs/worker.ts'
import { encodePng } from '../show/png.ts'
import { openStore } from '../store/open.ts'
import { processIdentity } from '../store/process-identity.ts'
import type { RunStore } from '../store/store.ts'
import { experiment } from '../train/experiment.ts'
import { choice, logUniform } from './distributions/index.ts'
import { type RunSearchOptions, runSearch } from './run-search.ts'
import { asha } from './schedulers/index.ts'
import { type SearchOptions, search } from './search.ts'
import { storedView } from './stored-search.ts'

const backend = chooseBackend('auto', { threads: 1 })
let folder: string
let store: RunStore

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-search-'))
  store = await openStore(folder)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const tiny = experiment({
  name: 'tiny',
  data: fashionMnistMini(),
  models: { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
  train: { optimizer: sgd(), loss: 'sparseCategoricalCrossentropy', epochs: 3, validationSplit: 0.2 },
})
const small = (more: Partial<SearchOptions> = {}) =>
  search({
    experiment: tiny,
    space: { learningRate: logUniform(1e-3, 1), batchSize: choice([32, 64]) },
    trials: 5,
    repeats: { top: 1, seeds: 2 },
    ...more,
  })

const run = (of = small(), more: Partial<RunSearchOptions> = {}) => runSearch(of, { store, backend, ...more })

/** A log without what differs from one search to another: ids and times. */
async function logOf(id: string): Promise<StudyEvent[]> {
  const runs = new Map<string, string>()
  return (await store.studies.events(id)).map(({ event }) => {
    const { run, seconds: _, ...rest } = event as StudyEvent & { run?: string; seconds?: number }
    if (run !== undefined) runs.set(run, `run ${runs.size}`)
    return { ...rest, ...(run !== undefined && { run: runs.get(run) }) } as StudyEvent
  })
}

test('trials, then the best and the starting point with further seeds, then the end', async () => {
  const { trials, ...view } = await run()
  expect(view).toMatchObject({ name: 'tiny', state: 'done', sampler: 'tpe', scheduler: 'none' })
  expect(view.ended).toBe('All 5 trials have been trained.')
  expect(trials[0]).toMatchObject({ origin: 'start', parameters: { learningRate: 0.01 } })
  const [best] = view.best
  const repeated = best === 0 ? [0] : [best, 0]
  const repeats = trials.filter(({ origin }) => origin === 'repeat')
  expect(repeats.map(({ of, seed }) => [of, seed])).toEqual(
    [2, 3].flatMap(seed => repeated.map(of => [of, seed])),
  )
  for (const { run, values, parameters } of trials) {
    const { status, metrics, study } = await store.run(run)
    expect({ status, study, values: [metrics.valAccuracy] }).toEqual({
      status: 'finished',
      study: view.id,
      values,
    })
    expect(metrics).not.toHaveProperty('testAccuracy')
    expect((await store.detail(run)).spec).toMatchObject({ train: { batchSize: parameters.batchSize } })
  }
})

test('the same seed gives the same log, and another one another', async () => {
  const logs = []
  for (const seed of [1, 1, 2]) logs.push(await logOf((await run(small({ seed }))).id))
  expect(logs[1]).toEqual(logs[0])
  expect(logs[2]).not.toEqual(logs[0])
})

test('a search that is stopped at any point goes on to the same log', async () => {
  const of = small({ scheduler: asha(), trials: 6 })
  const whole = await logOf((await run(of)).id)
  for (const point of [1, 9, whole.length - 2]) {
    const stop = new AbortController()
    let seen = 0
    let id = ''
    const stopped = run(of, {
      signal: stop.signal,
      onBegin(begun) {
        id = begun
      },
      onEvent() {
        if (++seen === point) stop.abort(new Interruption())
      },
    })
    await expect(stopped).rejects.toThrow(Interruption)
    expect((await logOf(id)).at(-1)).toMatchObject({ type: 'end', reason: 'interrupted' })
    await run(of, { resume: id })
    const parts = (await logOf(id)).filter(
      event => event.type !== 'resume' && !(event.type === 'end' && event.reason === 'interrupted'),
    )
    expect(parts).toEqual(whole)
  }
})

test('a budget counts over restarts, and a larger one goes on', async () => {
  const { id } = await run()
  const before = await logOf(id)
  await run(small(), { resume: id })
  expect(await logOf(id)).toEqual(before)
  const { trials, budget } = await run(small({ trials: 7 }), { resume: id })
  expect(budget).toMatchObject({ trials: 7, spentTrials: 7 })
  expect(trials.filter(({ origin }) => origin !== 'repeat')).toHaveLength(7)
})

test('time is that of the search: trials side by side count once, each session as it was', async () => {
  const of = (trials: number) => small({ trials, minutes: 30, repeats: { top: 0, seeds: 1 } })
  const trained = (view: StudyView, from = 0): number =>
    view.trials.slice(from).reduce((sum, { seconds }) => sum + seconds, 0)
  const alone = await run(of(2))
  expect(alone.budget.seconds).toBe(1800)
  expect(alone.budget.spentSeconds).toBeCloseTo(trained(alone), 6)
  const two = await run(of(4), { resume: alone.id, elsewhere: 1 })
  expect(two.budget.seconds).toBe(1800)
  expect(two.budget.spentSeconds).toBeCloseTo(trained(alone) + trained(two, 2) / 2, 6)
  expect(two.bestSoFar.at(-1)!.seconds).toBeLessThanOrEqual(two.budget.spentSeconds)
  // A search of an older Heddle had all of its sessions with the same number of workers.
  const { before: _, ...older } = (await store.studies.study(two.id)).spec as { readonly before: object }
  await store.studies.change(two.id, older)
  expect((await storedView(store, two.id)).budget.spentSeconds).toBeCloseTo(trained(two) / 2, 6)
})

test('latencies that are measured beside other trainings are announced', async () => {
  const of = small({ objective: ['valAccuracy', 'latencyMs'], trials: 1, repeats: { top: 0, seeds: 1 } })
  const notices: string[] = []
  const onNotice = (message: string): unknown => notices.push(message)
  await run(of, { onNotice })
  expect(notices).toEqual([])
  await run(of, { onNotice, elsewhere: 1 })
  expect(notices).toEqual([
    expect.stringContaining('For latencies that can be compared, train one trial at a time'),
  ])
})

test('a narrower space goes on, and keeps the trials outside of it; another search is refused', async () => {
  const begun = await run(small({ trials: 3, repeats: { top: 0, seeds: 1 } }))
  const wider = small({
    space: { learningRate: logUniform(1e-4, 1), batchSize: choice([32, 64]) },
    trials: 5,
  })
  await expect(run(wider, { resume: begun.id })).rejects.toThrow(
    `The search tiny (${begun.id}) cannot go on, as it has changed: learningRate has values that it did not have`,
  )
  const space = { learningRate: logUniform(0.5, 1), batchSize: choice([32, 64]) }
  const notices: string[] = []
  const { trials } = await run(small({ space, trials: 5, repeats: { top: 0, seeds: 1 } }), {
    resume: begun.id,
    onNotice: message => notices.push(message),
  })
  expect(notices).toEqual([
    'The search goes on with a change: learningRate is narrower: it goes from 0.5 to 1; trials was 3 and is now 5.',
  ])
  expect(trials.slice(0, 3).map(({ parameters }) => parameters)).toEqual(
    begun.trials.map(({ parameters }) => parameters),
  )
  for (const { parameters } of trials.slice(3)) expect(parameters.learningRate).toBeGreaterThanOrEqual(0.5)
})

test('a search goes on with its own data only, and says what differs before it loads any', async () => {
  const photos = (path: string) =>
    small({
      experiment: {
        ...tiny,
        data: imageFolder({ path, imageSize: 8 }),
        train: { ...tiny.train, spareOutputs: true },
      },
      trials: 1,
      repeats: { top: 0, seeds: 1 },
    })
  const write = (name: string, grey: number): void => {
    const file = join(folder, 'photos', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, encodePng(new Uint8Array(64).fill(grey), [8, 8, 1]))
  }
  for (let i = 0; i < 20; i++) write(`${i % 2 ? 'cat' : 'dog'}/${i}.png`, 10 * i)
  const { id } = await run(photos('photos'), { baseDir: folder })
  await expect(run(photos('absent'), { resume: id, baseDir: folder })).rejects.toThrow(
    'cannot go on, as it has changed: data.path was "photos" and is now "absent"',
  )
  write('cat/1.png', 255)
  await expect(run(photos('photos'), { resume: id, baseDir: folder })).rejects.toThrow(
    /cannot go on, as it has changed: its data had the fingerprint \w{12} and now has \w{12}/,
  )
})

test('a search whose function makes other models than before is refused', async () => {
  const made = (units: number) =>
    search({
      experiment: tiny,
      space: { hidden: choice([false, true]), learningRate: logUniform(1e-3, 1) },
      model: ({ hidden }) =>
        sequential([
          flatten(),
          ...(hidden ? [dense({ units })] : []),
          dense({ units: 10, activation: 'softmax' }),
        ]),
      start: { hidden: true },
      trials: 2,
      repeats: { top: 0, seeds: 1 },
    })
  const { id } = await run(made(4))
  await expect(run(made(5), { resume: id })).rejects.toThrow(
    'cannot go on, as it has changed: the function "model" now makes another model of the parameters of trial 0.',
  )
  await expect(run(made(4), { resume: id })).resolves.toMatchObject({ id, state: 'done' })
})

test('a space whose every trial fails ends after five of them, with the reason', async () => {
  const diverging = experiment({
    ...tiny,
    models: { linear: sequential([flatten(), dense({ units: 10 })]) },
    train: { ...tiny.train, loss: meanSquaredError() },
  })
  const hopeless = small({
    experiment: diverging,
    space: { learningRate: logUniform(1e30, 1e35) },
    trials: 20,
  })
  const { state, ended, trials } = await run(hopeless)
  expect(trials.map(({ state }) => state)).toEqual(Array(5).fill('failed'))
  expect(state).toBe('failed')
  expect(ended).toMatch(
    /^The first 5 trials failed, and none succeeded. Trial 0, for one, failed because: .* Lower the learning rate/,
  )
})

test('of two processes that run a search, the second is refused', async () => {
  const { id } = await run()
  // As a process that was killed leaves it: without an end. The parent of this process is alive.
  const { spec } = await store.studies.study(id)
  const copy = await store.studies.add({
    name: 'tiny',
    spec: { ...spec, owner: processIdentity(process.ppid) },
  })
  const events = (await store.studies.events(id)).map(({ event }) => event)
  await store.studies.append(copy, 0, events.slice(0, 3))
  await expect(run(small(), { resume: copy })).rejects.toThrow(
    `The search tiny (${copy}) is being run by process ${process.ppid} on `,
  )
  expect(await store.studies.events(copy)).toHaveLength(3)
})

test('a process that has lost its search to another one stops', async () => {
  let id = ''
  const first = run(small(), {
    onBegin(begun) {
      id = begun
    },
    // What another process has added meanwhile.
    onEvent(event) {
      if (event.type !== 'report' || event.trial !== 1) return
      void (async () => {
        const { length } = await store.studies.events(id)
        await store.studies.append(id, length, [
          { type: 'end', reason: 'interrupted', text: 'By the other one.' },
        ])
      })()
    },
  })
  await expect(first).rejects.toThrow(/^Another process continues the search tiny/)
})

test('workers elsewhere train a search whose own process trains none, to the same log', async () => {
  const seen = await run()
  const stop = new AbortController()
  const [view] = await Promise.all([
    run(small(), { workers: 0, elsewhere: 1 }).finally(() => stop.abort()),
    work({ store, backend, version: '0', signal: stop.signal, onEvent: () => {} }),
  ])
  expect(await logOf(view.id)).toEqual(await logOf(seen.id))
  await expect(run(small(), { workers: 0 })).rejects.toThrow(
    'A search needs a worker: train here (--workers 1), or say how many trials workers on other machines may train at once (--elsewhere 8).',
  )
})
