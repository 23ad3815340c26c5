import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HeddleError, MissingError, UsageError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { visible } from '../../base/visible.ts'
import type { Job } from '../../protocol/studio.ts'
import { interruptProcess, isAlive, processIdentity } from '../../store/process-identity.ts'
import type { RunStore } from '../../store/store.ts'
import { wallClock } from '../../store/wall-clock.ts'
import type { ExperimentSpec } from '../../train/experiment.ts'
import { environmentFor, HEDDLE } from './command.ts'
import { experimentFileOf, type Kept, readJob, stateAfter } from './kept-job.ts'

const LOOK_MS = 500
/** Of a log, the end is shown. */
const LOG_BYTES = 64 << 10

export type NewJob = Pick<Job, 'experiment' | 'model' | 'seed'>

/**
 * Trainings one after the other, each in a process of its own that runs the command line. The queue is kept beside the
 * runs: when this process dies a training goes on, and the next studio finds it and what is still to come.
 */
export class JobQueue {
  readonly #store: RunStore
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  readonly #listeners = new Set<(jobs: readonly Job[]) => void>()
  readonly #jobs = new Map<string, Kept>()
  /** Messages are written once, not at every look. */
  readonly #told = new Set<string>()
  readonly #resuming = new Map<string, Promise<Job>>()
  #child: { readonly id: string; readonly process: ChildProcess } | null = null
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()
  #closed = false
  /** The run that `close` has stopped. */
  interrupted: string | null = null

  private constructor(store: RunStore, dataDir: string | undefined) {
    this.#store = store
    this.#env = environmentFor(store.where, dataDir)
    this.#folder = join(store.where, 'jobs')
  }

  /** Finds what an earlier studio left, and goes on with it. */
  static async open(store: RunStore, dataDir: string | undefined): Promise<JobQueue> {
    const queue = new JobQueue(store, dataDir)
    // The first job makes the folder: a store that is only looked at stays as it is.
    for (const file of existsSync(queue.#folder) ? await readdir(queue.#folder) : []) {
      if (!/^[0-9a-f]{12}\.json$/.test(file)) continue
      const job = await readJob(join(queue.#folder, file))
      if (job) queue.#jobs.set(job.id, job)
    }
    queue.#timer = setInterval(() => void queue.look(), LOOK_MS)
    await queue.look()
    return queue
  }

  /** The newest first. */
  get jobs(): readonly Job[] {
    return [...this.#jobs.values()]
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .map(({ args, owner, ...job }) => job)
  }

  listen(listener: (jobs: readonly Job[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Trains an experiment of one model, once. */
  async train(experiment: ExperimentSpec, seed: number): Promise<Job> {
    const id = newId()
    const file = experimentFileOf(id, this.#folder)
    await replaceFile(file, [Buffer.from(JSON.stringify(experiment, null, 2))])
    const model = Object.keys(experiment.models)[0]!
    return this.#add(id, { experiment: experiment.name, model, seed }, ['run', file, '--seed', String(seed)])
  }

  /** Goes on with a run, once: two that ask for it, also at the same moment, get the same job. */
  resume(run: string): Promise<Job> {
    const asked = this.#resuming.get(run) ?? this.#resume(run).finally(() => this.#resuming.delete(run))
    this.#resuming.set(run, asked)
    return asked
  }

  async #resume(run: string): Promise<Job> {
    const { experiment, model, seed, status } = await this.#store.run(run)
    if (status === 'finished' || status === 'running') {
      throw new UsageError(`The run ${run} is ${status}: there is nothing to resume.`)
    }
    const same = [...this.#jobs.values()].find(job => job.run === run && isOpen(job))
    return same ?? this.#add(newId(), { experiment, model, seed, run }, ['resume', run])
  }

  /** Stops a training, which then can be resumed, or takes it out of the queue. */
  async stop(id: string): Promise<void> {
    const job = this.#jobs.get(id)
    if (!job) throw new MissingError(`There is no job "${id}".`)
    if (job.state === 'queued') await this.#put({ ...job, state: 'stopped' })
    else if (job.state === 'running') interruptProcess(job.owner)
  }

  /** What a training said, its last part. */
  async log(id: string): Promise<string> {
    if (!this.#jobs.has(id)) throw new MissingError(`There is no job "${id}".`)
    const text = await readFile(this.#logOf(id), 'utf8').catch(() => '')
    return text.slice(-LOG_BYTES)
  }

  /** Removes what is done from the list; runs stay. */
  async clear(): Promise<void> {
    for (const job of [...this.#jobs.values()].filter(job => !isOpen(job))) {
      this.#jobs.delete(job.id)
      for (const end of ['.json', '.log', '.experiment.json']) {
        await rm(join(this.#folder, job.id + end), { force: true })
      }
    }
    this.#tell()
  }

  /** Stops what this studio has started, with a checkpoint; what waits is found by the next one. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    const child = this.#child?.process
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise(resolve => child.once('exit', resolve))
      const { id } = this.#child!
      // It was left out of what keeps this process alive; now its end is waited for.
      child.ref()
      child.kill('SIGINT')
      await ended
      await this.look()
      this.interrupted = this.#jobs.get(id)?.run ?? null
    }
  }

  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#lookNow()).catch(error => this.#problem(error))
    return this.#looking
  }

  async #lookNow(): Promise<void> {
    // What goes wrong with one job must not stop the others.
    for (const job of this.#jobs.values()) {
      if (job.state === 'running') await this.#follow(job).catch(error => this.#problem(error))
    }
    const jobs = [...this.#jobs.values()].sort((a, b) => a.createdAt - b.createdAt)
    const next = jobs.find(({ state }) => state === 'queued')
    if (next && !this.#closed && !jobs.some(({ state }) => state === 'running')) await this.#start(next)
  }

  async #follow(job: Kept): Promise<void> {
    const run = job.run ?? (await this.#runOf(job))
    if (run !== job.run) await this.#put({ ...job, run })
    if (!isAlive(job.owner, 0))
      await this.#put({ ...job, run, state: await this.#endOf(job, run), owner: null })
  }

  #problem(error: unknown): void {
    const { message } = error as Error
    if (!this.#told.has(message)) process.stderr.write(`heddle: ${visible(message)}\n`)
    this.#told.add(message)
  }

  async #start(job: Kept): Promise<void> {
    const log = openSync(this.#logOf(job.id), 'a')
    try {
      const child = spawn(process.execPath, [HEDDLE, ...job.args], {
        // A group of its own: Ctrl-C in the studio's terminal is not meant for it.
        detached: true,
        stdio: ['ignore', log, log],
        env: this.#env,
      })
      child.unref()
      if (child.pid === undefined) throw new HeddleError('The training could not be started: is memory left?')
      this.#child = { id: job.id, process: child }
      child.on('exit', () => void this.look())
      await this.#put({ ...job, state: 'running', owner: processIdentity(child.pid) })
    } finally {
      closeSync(log)
    }
  }

  /** The run that a job's process has recorded. */
  async #runOf({ owner }: Kept): Promise<string | null> {
    return (await this.#store.list({ limit: 50 })).find(run => run.owner === owner)?.id ?? null
  }

  /** What came of a training: what its process said last, or, where that is not known, what it has recorded. */
  async #endOf(job: Kept, run: string | null): Promise<Job['state']> {
    const known = this.#child?.id === job.id ? stateAfter(this.#child.process) : null
    if (known !== null) return known
    await this.#store.markDead()
    const status = run === null ? 'failed' : (await this.#store.run(run)).status
    return status === 'finished' ? 'done' : status === 'interrupted' ? 'stopped' : 'failed'
  }

  async #add(id: string, job: NewJob & { run?: string }, args: readonly string[]): Promise<Job> {
    const kept: Kept = { run: null, ...job, id, state: 'queued', createdAt: wallClock(), args, owner: null }
    await this.#put(kept)
    void this.look()
    const { args: _, owner, ...shown } = kept
    return shown
  }

  async #put(job: Kept): Promise<void> {
    await replaceFile(join(this.#folder, `${job.id}.json`), [Buffer.from(JSON.stringify(job))])
    this.#jobs.set(job.id, job)
    this.#tell()
  }

  #tell(): void {
    const { jobs } = this
    for (const listener of this.#listeners) listener(jobs)
  }

  #logOf(id: string): string {
    return join(this.#folder, `${id}.log`)
  }
}

const isOpen = ({ state }: Job): boolean => state === 'queued' || state === 'running'

const newId = (): string => randomUUID().replaceAll('-', '').slice(0, 12)
