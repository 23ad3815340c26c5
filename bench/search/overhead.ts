// What a search costs besides training: for each trial of a search in this process, and the next suggestion after many trials.
//
//   node scripts/setup.mjs && npx jiti bench/search/overhead.ts
//
// HEDDLE_STORE=postgres://… measures another store; TRIALS and FINISHED the numbers of trials.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  choice,
  chooseBackend,
  dense,
  experiment,
  fashionMnistMini,
  flatten,
  logUniform,
  random,
  type Search,
  search,
  sequential,
  tpe,
  uniform,
} from '../../dist/index.js'
import { runSearch } from '../../dist/search/index.js'
import { storedSearch } from '../../dist/search/stored-search.js'
import { openStore } from '../../dist/store/open.js'
import { median } from '../../src/base/maths.ts'

const TRIALS = Number(process.env.TRIALS ?? 100)
const FINISHED = Number(process.env.FINISHED ?? 10_000)

const backend = chooseBackend('auto', { threads: 1 })
const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-search-'))
const store = await openStore(process.env.HEDDLE_STORE ?? folder)

const searchOf = (options: Pick<Search['spec'], 'sampler' | 'trials'>): Search =>
  search({
    experiment: experiment({
      name: 'overhead',
      data: fashionMnistMini(),
      models: { linear: sequential([flatten(), dense({ units: 10, activation: 'softmax' })]) },
      train: { optimizer: 'sgd', loss: 'sparseCategoricalCrossentropy', epochs: 1, validationSplit: 0.2 },
    }),
    space: {
      learningRate: logUniform(1e-3, 1),
      batchSize: choice([16, 32, 64]),
      'optimizer.momentum': uniform(0, 0.99),
    },
    repeats: { top: 0, seeds: 1 },
    ...options,
  })

try {
  const ends: { readonly at: number; readonly seconds: number; readonly cpu: NodeJS.CpuUsage }[] = []
  await runSearch(searchOf({ sampler: random(), trials: TRIALS }), {
    ...{ store, backend },
    onEvent(event) {
      if (event.type !== 'report') return
      ends.push({ at: performance.now(), seconds: event.seconds, cpu: process.cpuUsage() })
    },
  })
  const overheads = ends.slice(1).map(({ at, seconds }, i) => at - ends[i]!.at - 1000 * seconds)
  overheads.sort((a, b) => a - b)
  console.log(
    `Overhead per trial over ${overheads.length} trials: median ${median(overheads).toFixed(1)} ms, 95th percentile ${overheads[Math.floor(0.95 * overheads.length)]!.toFixed(1)} ms`,
  )

  // On a machine that does other work too, this is the more reliable number.
  const [first, last] = [ends[0]!.cpu, ends.at(-1)!.cpu]
  const cpuMs = (last.user + last.system - first.user - first.system) / 1000 / overheads.length
  const trainMs = median(ends.map(({ seconds }) => 1000 * seconds))
  console.log(
    `Processor time per trial, training included: ${cpuMs.toFixed(1)} ms; the training alone takes ${trainMs.toFixed(1)} ms (median)`,
  )

  for (const sampler of [random(), tpe()]) {
    const many = searchOf({ sampler, trials: FINISHED + 100 })
    const id = await finished(many)
    const begun = performance.now()
    const { study } = await storedSearch(store, id)
    const readMs = performance.now() - begun
    const times = Array.from({ length: 9 }, () => {
      const [from, before] = [performance.now(), process.cpuUsage()]
      study.decide({ free: 1, newRunId: () => 'aaaaaaaaaaaa' })
      const { user, system } = process.cpuUsage(before)
      return { ms: performance.now() - from, cpuMs: (user + system) / 1000 }
    })
    const [ms, cpuMs] = [median(times.map(one => one.ms)), median(times.map(one => one.cpuMs))]
    console.log(
      `${sampler.kind} after ${study.trials.length} trials: the log is read in ${readMs.toFixed(0)} ms, the next trial is decided in ${ms.toFixed(1)} ms (processor time ${cpuMs.toFixed(1)} ms)`,
    )
  }
} finally {
  await store.close()
  rmSync(folder, { recursive: true })
}

/** A search of which many trials are in the log. */
async function finished({ spec }: Search): Promise<string> {
  const setup = {
    search: spec,
    source: { baseDir: folder, dataDir: null },
    fingerprint: 'none',
    workers: 1,
    owner: '{}',
  }
  const id = await store.studies.add({ name: spec.name, spec: setup })
  const events = Array.from({ length: FINISHED }, (_, trial) => {
    const x = (trial * 0.6180339887) % 1
    const parameters = {
      learningRate: 10 ** (3 * x - 3),
      batchSize: [16, 32, 64][trial % 3],
      'optimizer.momentum': 0.99 * ((trial * 0.7548776662) % 1),
    }
    const run = trial.toString(16).padStart(12, '0')
    const origin = trial === 0 && spec.start ? 'start' : 'sampler'
    return [
      { type: 'ask', trial, parameters, origin, seed: 1, run, epochs: 1 },
      { type: 'train', trial, epochs: 1 },
      { type: 'report', trial, epochs: 1, values: [1 - (x - 0.6) ** 2], isDone: true, seconds: 0.1 },
    ]
  })
  await store.studies.append(id, 0, events.flat())
  return id
}
