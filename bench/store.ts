// What the run store costs: lists of a large store, and a step with and without recording, in turns.
//
//   node scripts/setup.mjs && npx jiti bench/store.ts

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  chooseBackend,
  createNetwork,
  fashionMnist,
  fit,
  loadDataset,
  type Network,
  parseExperiment,
  planTraining,
} from '../dist/index.js'
import { describeRun } from '../dist/runs/described.js'
import { environmentOf } from '../dist/runs/environment.js'
import { Recorder, usualPolicy } from '../dist/runs/record.js'
import { openStore } from '../dist/store/open.js'
import { sql } from '../dist/store/sql/kysely.js'
import { openDatabase } from '../dist/store/sqlite/database.js'
import { median } from '../src/base/maths.ts'

const RUNS = Number(process.env.RUNS ?? 10_000)
const EPOCHS = 200

const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-store-'))
const store = await openStore(folder)
await store.close()
const db = await openDatabase(join(folder, 'runs.db'))
const columns = 'run, epoch, metrics, trainMs, durationMs'
const measured = '{"loss":0.3,"accuracy":0.9,"valLoss":0.3,"valAccuracy":0.9,"learningRate":0.001}'
await db.transaction().execute(async transaction => {
  await sql`with recursive n(i) as (select 0 union all select i + 1 from n where i < ${RUNS - 1})
    insert into run (id, experiment, model, seed, status, createdAt, endedAt, seconds, configuration, modelHash, dataset,
      fingerprint, params, batchSize, epochs, stepsPerEpoch, epochsDone, metrics, owner, heartbeatAt)
    select printf('%012x', i * 2654435761 % 281474976710656), 'experiment-' || (i % 20), 'model-' || (i % 7), i % 5,
      'finished', 1.7e12 + i, 1.7e12 + i, 60.5, 'c' || (i / 5), 'm', 'fashion-mnist', 'f', 121930, 64, ${EPOCHS}, 938, ${EPOCHS},
      json_set(${measured}, '$.testLoss', 0.3, '$.testAccuracy', 0.8 + (i * 7919 % 1000) / 10000.0), '{}', 1 from n`.execute(
    transaction,
  )
  await sql`insert into detail select id, ${'x'.repeat(3000)}, '{}', ${'y'.repeat(2000)}, '{}' from run`.execute(
    transaction,
  )
  await sql`with recursive n(i) as (select 0 union all select i + 1 from n where i < ${EPOCHS - 1})
    insert into epoch (${sql.raw(columns)}) select run.id, n.i, ${measured}, 1000, 1100 from run, n order by run.id, n.i`.execute(
    transaction,
  )
})
await db.destroy()

async function timed(name: string, work: () => Promise<unknown>): Promise<void> {
  const times: number[] = []
  for (let i = 0; i < 9; i++) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  console.log(
    `${name.padEnd(50)} ${times[0]!.toFixed(1)} to ${times.at(-1)!.toFixed(1)} ms, median ${median(times).toFixed(1)} ms`,
  )
}
console.log(`${RUNS} runs × ${EPOCHS} epochs`)
await timed('open, mark the dead, close', async () => {
  const opened = await openStore(folder)
  await opened.markDead()
  await opened.close()
})
const opened = await openStore(folder)
await timed('all runs, the newest first', () => opened.list())
await timed('the best 20', () => opened.list({ sort: 'testAccuracy', descending: true, limit: 20 }))
await timed('one experiment and model, by accuracy', () =>
  opened.list({ experiment: 'experiment-3', model: 'model-3', sort: 'testAccuracy' }),
)
const [one] = await opened.list({ limit: 1 })
await timed("one run's epochs", () => opened.epochs(one!.id))
await timed('find by the first digits', () => opened.find(one!.id.slice(0, 10)))
await opened.close()

const data = await loadDataset(fashionMnist())
const experiment = parseExperiment(
  { ...(await import('../experiments/basic-vs-standard.ts')).default },
  'basic-vs-standard',
)
const backend = chooseBackend('auto')
const train = { ...experiment.train, batchSize: 64, epochs: 2 }
const recordings = await openStore(join(folder, 'recordings'))
const signal = new AbortController().signal

/** Records a training of the standard model. */
async function recorderOf(network: Network): Promise<Recorder> {
  const environment = environmentOf(backend, { version: 'bench', code: null })
  const about = { source: { baseDir: '.', dataDir: null }, origins: {}, environment }
  const plan = planTraining(network.model, data, { spec: train, seed: 1 })
  const only = { ...experiment, train, overrides: {} }
  const id = await recordings.start(describeRun({ experiment: only, model: 'standard', plan }, about))
  const onProblem = (message: string): never => {
    throw new Error(message)
  }
  return new Recorder({ store: recordings, id, network, plan, policy: usualPolicy, signal, onProblem })
}

/** Milliseconds of a step, everything around it included: measurements of epochs are switched off. */
async function step(recorded: boolean): Promise<number> {
  const network = createNetwork(experiment.models.standard!, {
    inputShape: data.imageShape,
    seed: 1,
    backend,
  })
  const recorder = await recorderOf(network)
  const started = performance.now()
  await fit(network, data, {
    ...train,
    seed: 1,
    ...(recorded && { checkpoints: recorder.checkpoints, onEvent: event => recorder.onEvent(event) }),
  })
  const ms = (performance.now() - started) / (2 * 938)
  await recorder.onError(new Error('measured'))
  return ms
}
/** What recording does on its own, with nothing to hide behind: an upper bound of what it costs a training. */
async function recordingAlone(): Promise<number> {
  const network = createNetwork(experiment.models.standard!, {
    inputShape: data.imageShape,
    seed: 1,
    backend,
  })
  const recorder = await recorderOf(network)
  const [epochs, steps] = [8, 938]
  const optimizer = new Map(
    [0, 1].flatMap(slot => [...network.weights].map(([name, w]) => [`${slot}/${name}`, w] as const)),
  )
  const counts = { trainCount: 60_000, validationCount: 0, firstStep: 0, seed: 1 }
  const seen = []
  const started = performance.now()
  recorder.onEvent({ type: 'run-start', epochs, stepsPerEpoch: steps, ...counts })
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = 0; i < steps; i++) {
      recorder.onEvent({ type: 'step', step: epoch * steps + i, epoch, loss: 1, accuracy: 0, batchSize: 64 })
      recorder.checkpoints.due({ epoch, step: epoch * steps + i + 1 }, seen)
    }
    const metrics = { loss: 1 / (epoch + 1), accuracy: 0.5, learningRate: 0.001 }
    seen.push(metrics)
    recorder.onEvent({ type: 'epoch', epoch, metrics, trainMs: 1, durationMs: 1 })
    const sums = { loss: [0, 0], accuracy: [0, 0] }
    const place = { epoch: epoch + 1, step: (epoch + 1) * steps, done: 0, sums, trainMs: 0, epochMs: 0 }
    await recorder.checkpoints.save({
      train: { ...place, weights: network.weights, optimizer },
      epochs: seen,
      callbacks: [],
      elapsedMs: 0,
    })
  }
  await recorder.onError(new Error('measured'))
  return (performance.now() - started) / (epochs * steps)
}
const alone: number[] = []
for (let i = 0; i < 9; i++) alone.push(await recordingAlone())
console.log(
  `recording alone: ${(1000 * median(alone)).toFixed(1)} µs for each step, ${(1000 * Math.min(...alone)).toFixed(1)} at least`,
)
await step(true)
const ratios: number[] = []
for (let round = 0; round < Number(process.env.ROUNDS ?? 9); round++) {
  const order = round % 2 === 0 ? [true, false] : [false, true]
  const ms = new Map<boolean, number>()
  for (const recorded of order) ms.set(recorded, await step(recorded))
  ratios.push(ms.get(true)! / ms.get(false)!)
  console.log(`step: ${ms.get(false)!.toFixed(3)} ms, recorded ${ms.get(true)!.toFixed(3)} ms`)
}
console.log(
  `recording costs ${((median(ratios) - 1) * 100).toFixed(2)} % of a step (median of ${ratios.length} pairs)`,
)
await recordings.close()
rmSync(folder, { recursive: true })
