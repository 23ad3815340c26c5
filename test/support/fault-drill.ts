import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { RandomStream } from '../../src/base/random.ts'
import { toJson } from '../../src/protocol/json.ts'
import { logUniform } from '../../src/search/distributions/index.ts'
import { random } from '../../src/search/samplers/index.ts'
import { search } from '../../src/search/search.ts'
import { storedView } from '../../src/search/stored-search.ts'
import { openStore } from '../../src/store/open.ts'
import type { ExperimentSpec } from '../../src/train/experiment.ts'
import { heddle } from '../e2e/heddle.ts'
import { TestServer } from './postgres.ts'

const entry = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))

export interface Drill {
  readonly experiment: ExperimentSpec
  readonly trials: number
  readonly workers: number
  /** Workers that are killed by SIGKILL while they do a slice, each followed by a new one. */
  readonly kills: number
  /** Restarts of the database, every other one `immediate`. */
  readonly restarts: number
  /** Times at which all connections of the workers are cut. */
  readonly cuts: number
  /** How long one worker is stopped by SIGSTOP in the middle of a slice, in milliseconds; 0: none is. */
  readonly stopMs: number
  /** Of the random moments. */
  readonly seed: number
  readonly onEvent?: (text: string) => void
}

export interface DrillReport {
  /** What is not as in the undisturbed search, in words. */
  readonly differences: readonly string[]
  readonly killed: number
  readonly restarted: number
  readonly cut: number
  /** From the death or the stop of a worker to the next claim of its slice, in milliseconds. */
  readonly takenOverMs: readonly number[]
  readonly seconds: number
}

/** Long enough for the lease of a stopped worker, and for everything that waits for a database. */
const PATIENCE_MS = 20 * 60_000

interface Running {
  readonly run: string
  readonly attempt: number
  readonly pid: number
}

/**
 * Runs one search twice: undisturbed in a store of its own, and with workers on a PostgreSQL server of its own, while workers are killed and
 * stopped, connections are cut and the server is restarted. Reports every difference between the two.
 */
export async function faultDrill(drill: Drill): Promise<DrillReport> {
  const { onEvent = () => {} } = drill
  const folder = mkdtempSync(join(tmpdir(), 'heddle-drill-'))
  const started = performance.now()
  writeFileSync(
    join(folder, 'drill.json'),
    toJson(
      search({
        name: 'drill',
        experiment: drill.experiment,
        space: { learningRate: logUniform(1e-4, 1e-2) },
        sampler: random(),
        trials: drill.trials,
        repeats: { top: 1, seeds: 1 },
      }).spec,
    ),
  )
  const server = await TestServer.start()
  const workers = new Workers(folder, server.address())
  try {
    const args = ['search', 'drill.json', '--no-repeats', '--threads', '1', '--json']
    const whole = await heddle([...args, '--store', join(folder, 'whole')], { cwd: folder })
    if (whole.code !== 0) throw new Error(whole.stderr)
    onEvent('The undisturbed search has ended.')
    const elsewhere = ['--workers', '0', '--elsewhere', `${drill.workers}`, '--store', server.address()]
    const disturbed = heddle([...args, ...elsewhere], { cwd: folder })
    const hasEnded = disturbed.then(
      () => true,
      () => true,
    )
    for (let i = 0; i < drill.workers; i++) workers.start()
    const faults = await disturb({ drill, server, workers, hasEnded, onEvent })
    const ended = await Promise.race([disturbed, sleep(PATIENCE_MS, null, { ref: false })])
    const differences =
      ended === null
        ? ['the search is stuck']
        : ended.code !== 0
          ? [`the search ended with code ${ended.code}: ${ended.stderr}`]
          : await differencesOf(join(folder, 'whole'), server)
    return { differences, ...faults, seconds: (performance.now() - started) / 1000 }
  } finally {
    workers.stop()
    await server.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The worker processes of a drill. */
class Workers {
  readonly #children = new Map<number, ChildProcess>()
  readonly #folder: string
  readonly #address: string
  readonly #stopped = new Set<number>()
  #isOver = false

  constructor(folder: string, address: string) {
    this.#folder = folder
    this.#address = address
  }

  start(): void {
    if (this.#isOver) return
    const child = spawn(process.execPath, [entry, 'worker', '--threads', '1', '--store', this.#address], {
      cwd: this.#folder,
      stdio: 'ignore',
    })
    const pid = child.pid!
    this.#children.set(pid, child)
    child.once('close', () => {
      this.#children.delete(pid)
      this.start()
    })
  }

  isAlive(pid: number): boolean {
    return this.#children.has(pid) && !this.#stopped.has(pid)
  }

  signal(pid: number, signal: NodeJS.Signals): boolean {
    if (signal === 'SIGSTOP') this.#stopped.add(pid)
    if (signal === 'SIGCONT') this.#stopped.delete(pid)
    return this.#children.get(pid)?.kill(signal) ?? false
  }

  stop(): void {
    this.#isOver = true
    for (const child of this.#children.values()) child.kill('SIGKILL')
  }
}

interface Scene {
  readonly drill: Drill
  readonly server: TestServer
  readonly workers: Workers
  readonly hasEnded: Promise<boolean>
  readonly onEvent: (text: string) => void
}

async function disturb({ drill, server, workers, hasEnded, onEvent }: Scene) {
  const stream = new RandomStream(drill.seed)
  let drawn = 0
  const uniform = (): number => stream.split('moments').uniform(drawn++)
  const planned = [
    ...Array<'kill'>(drill.kills).fill('kill'),
    ...Array<'restart'>(drill.restarts).fill('restart'),
    ...Array<'cut'>(drill.cuts).fill('cut'),
    ...Array<'stop'>(drill.stopMs > 0 ? 1 : 0).fill('stop'),
  ]
  const faults = Array.from(stream.permutation(planned.length), i => planned[i]!)
  const takeovers: Promise<number | null>[] = []
  const done = { killed: 0, restarted: 0, cut: 0 }
  for (const fault of faults) {
    const isOver = await Promise.race([hasEnded, sleep(300 + 900 * uniform(), false)])
    if (isOver) break
    if (fault === 'restart') {
      const mode = done.restarted++ % 2 === 0 ? 'immediate' : 'fast'
      await server.down(mode)
      await sleep(500 + 2000 * uniform())
      await server.up()
      onEvent(`The database was restarted (${mode}).`)
    } else if (fault === 'cut') {
      done.cut++
      await server.run('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()')
      onEvent('All connections were cut.')
    } else {
      const victims = (await runningSlices(server)).filter(({ pid }) => workers.isAlive(pid))
      if (2 * victims.length < drill.workers) {
        // Most workers are on their way still: killing those that are there would show nothing but an empty machine.
        faults.push(fault)
        continue
      }
      const victim = victims[Math.floor(victims.length * uniform())]
      if (!victim || !workers.signal(victim.pid, fault === 'kill' ? 'SIGKILL' : 'SIGSTOP')) {
        // None does a slice now: at the next moment, then.
        faults.push(fault)
        continue
      }
      onEvent(`Worker ${victim.pid} got ${fault === 'kill' ? 'SIGKILL' : 'SIGSTOP'} in run ${victim.run}.`)
      takeovers.push(takeover(server, victim, hasEnded))
      if (fault === 'kill') done.killed++
      else setTimeout(() => workers.signal(victim.pid, 'SIGCONT'), drill.stopMs)
    }
  }
  const takenOverMs = (await Promise.all(takeovers)).filter(ms => ms !== null)
  return { ...done, takenOverMs }
}

/** While the server is away there are none. */
async function runningSlices(server: TestServer): Promise<Running[]> {
  const rows = await server
    .run(`select run, attempt, owner from slice where state = 'running'`)
    .catch(() => [])
  return rows.map(({ run, attempt, owner }) => ({
    run: String(run),
    attempt: Number(attempt),
    pid: (JSON.parse(String(owner)) as { pid: number }).pid,
  }))
}

/** Until another worker has the slice; `null`: it had been ended, or the search has ended. */
async function takeover(
  server: TestServer,
  { run, attempt, pid }: Running,
  hasEnded: Promise<boolean>,
): Promise<number | null> {
  const started = performance.now()
  for (;;) {
    const isOver = await Promise.race([hasEnded, sleep(100, false)])
    if (isOver) return null
    const rows = await server
      .run(`select attempt, state, owner from slice where run = '${run}' and state <> 'ended'`)
      .catch(() => null)
    if (rows === null) continue
    const [now] = rows
    if (!now) return null
    const owner = now.owner === null ? null : (JSON.parse(String(now.owner)) as { pid: number }).pid
    if (Number(now.attempt) !== attempt || (owner !== null && owner !== pid))
      return performance.now() - started
  }
}

/** Compares all that a search has measured and kept, but times and the ids of its runs. */
async function differencesOf(whole: string, server: TestServer): Promise<string[]> {
  const [expected, actual] = await Promise.all([factsOf(whole), factsOf(server.address())])
  const differences = Object.keys(expected.trials)
    .filter(trial => JSON.stringify(expected.trials[trial]) !== JSON.stringify(actual.trials[trial]))
    .map(
      trial =>
        `trial ${trial} is ${JSON.stringify(actual.trials[trial])}, not ${JSON.stringify(expected.trials[trial])}`,
    )
  const unfinished = Object.values(actual.trials).filter(({ state }) => state !== 'finished').length
  if (unfinished > 0) differences.push(`${unfinished} trials did not finish`)
  const [open] = await server.run(`select count(*)::int as open from slice where state <> 'ended'`)
  if (open!.open !== 0) differences.push(`${open!.open} slices are left`)
  if (actual.runs !== expected.runs) differences.push(`there are ${actual.runs} runs, not ${expected.runs}`)
  return differences
}

async function factsOf(address: string) {
  const store = await openStore(address)
  try {
    const id = await store.studies.find('last')
    const { trials } = await storedView(store, id)
    const facts = await Promise.all(
      trials.map(async ({ trial, parameters, state, values, epochs, run }) => {
        const rows = (await store.epochs(run)).map(({ epoch, metrics }) => [epoch, metrics])
        const files = (await store.artefacts(run)).map(({ name, sha256 }) => `${name} ${sha256}`).sort()
        return [String(trial), { parameters, state, values, epochs, rows, files }] as const
      }),
    )
    const runs = (await store.list({ study: id })).length
    return { trials: Object.fromEntries(facts) as Readonly<Record<string, { readonly state: string }>>, runs }
  } finally {
    await store.close()
  }
}
