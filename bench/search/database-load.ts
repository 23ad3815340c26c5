/**
 * What searches ask of a PostgreSQL server: commits and written bytes for each slice, for idle workers, and how many slices a second the queue
 * gives out and takes back. docs/concepts/a-thousand-workers.md reads the result.
 *
 *   node scripts/setup.mjs && npx jiti bench/search/database-load.ts        two minutes; needs PostgreSQL's programs
 *
 * Starts a server of its own, with fsync. Writes bench/results/database-load.json.
 */
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  adam,
  chooseBackend,
  experiment,
  fashionMnistMini,
  logUniform,
  random,
  search,
} from '../../dist/index.js'
import { work } from '../../dist/runs/worker.js'
import { runSearch } from '../../dist/search/index.js'
import { openStore } from '../../dist/store/open.js'
import reported from '../../experiments/basic-vs-standard.ts'
import { TestServer } from '../../test/support/postgres.ts'
import { thisBuild } from '../measured/parts.ts'

const TRIALS = 6
const IDLE = { workers: 10, seconds: 20 }
const QUEUE = { clients: 8, slices: 2000 }

const server = await TestServer.start({ options: ['fsync=on', 'max_connections=200'] })
const backend = chooseBackend('auto', { threads: 1 })
const store = await openStore(server.address())

interface Counts {
  readonly commits: number
  readonly walBytes: number
}

/** Since the server was started. Its own counts come up to a second late. */
async function counts(): Promise<Counts> {
  await sleep(1500)
  const [row] = await server.run(
    `select (select xact_commit from pg_stat_database where datname = 'store')::float8 as commits,
      pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as "walBytes"`,
    'postgres',
  )
  return row as unknown as Counts
}

async function costOf(doing: () => Promise<unknown>): Promise<Counts & { readonly seconds: number }> {
  const before = await counts()
  const started = performance.now()
  await doing()
  const seconds = (performance.now() - started) / 1000
  const after = await counts()
  return {
    commits: after.commits - before.commits,
    walBytes: after.walBytes - before.walBytes,
    seconds,
  }
}

/** Trials of one slice each. */
async function trialsOf(epochs: number) {
  const given = search({
    name: `epochs-${epochs}`,
    experiment: experiment({
      name: 'load',
      data: fashionMnistMini(),
      // 121,930 parameters.
      models: { standard: reported.models.standard! },
      train: { optimizer: adam(), loss: 'sparseCategoricalCrossentropy', epochs, validationSplit: 0.2 },
    }),
    space: { learningRate: logUniform(1e-4, 1e-2) },
    sampler: random(),
    trials: TRIALS,
    repeats: { top: 0, seeds: 1 },
  })
  const { commits, walBytes, seconds } = await costOf(() => runSearch(given, { store, backend }))
  const each = (total: number): number => Math.round(total / TRIALS)
  return {
    epochs,
    secondsPerSlice: seconds / TRIALS,
    commitsPerSlice: each(commits),
    walBytesPerSlice: each(walBytes),
  }
}

async function idleWorkers() {
  const stores = await Promise.all(Array.from({ length: IDLE.workers }, () => openStore(server.address())))
  const { commits, seconds } = await costOf(() =>
    Promise.all(
      stores.map(each =>
        work({
          ...{ store: each, backend, version: 'bench', signal: new AbortController().signal },
          ...{ idleMs: 1000 * IDLE.seconds, onEvent: () => {} },
        }),
      ),
    ),
  )
  const connections = await server.run(
    `select count(*)::int as n from pg_stat_activity where application_name = 'heddle'`,
    'postgres',
  )
  await Promise.all(stores.map(each => each.close()))
  return {
    ...IDLE,
    commitsPerWorkerSecond: commits / IDLE.workers / seconds,
    connectionsPerWorker: Number(connections[0]!.n) / IDLE.workers,
  }
}

/** Slices without any training: only claimed and ended. */
async function queue() {
  const study = await store.studies.add({ name: 'queue', spec: {} })
  const slices = Array.from({ length: QUEUE.slices }, (_, trial) => ({
    ...{ study, trial, run: trial.toString(16).padStart(12, '0'), task: { kind: 'slice' } },
  }))
  await store.studies.append(study, 0, [], slices)
  const clients = await Promise.all(Array.from({ length: QUEUE.clients }, () => openStore(server.address())))
  const { seconds } = await costOf(() =>
    Promise.all(
      clients.map(async ({ slices: own }) => {
        for (;;) {
          const slice = await own.claim(study)
          if (!slice) return
          await own.end(slice, { type: 'failed', reason: 'a slice of the benchmark' })
        }
      }),
    ),
  )
  await Promise.all(clients.map(each => each.close()))
  return { ...QUEUE, slicesPerSecond: QUEUE.slices / seconds }
}

try {
  const short = await trialsOf(2)
  const long = await trialsOf(20)
  const result = {
    ...thisBuild(),
    load: loadavg()[0],
    parameters: 121_930,
    slices: [short, long],
    idle: await idleWorkers(),
    queue: await queue(),
  }
  console.log(JSON.stringify(result, null, 2))
  writeFileSync(
    new URL('../results/database-load.json', import.meta.url),
    `${JSON.stringify(result, null, 2)}\n`,
  )
} finally {
  await store.close()
  await server.stop()
}
