import { closeSync, openSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { makeFolder } from '../../base/files.ts'
import { plural } from '../../base/text.ts'
import { visible } from '../../base/visible.ts'
import type { Job } from '../../protocol/studio.ts'
import type { Task } from '../../protocol/tasks.ts'
import { startWorker, type Worker } from '../../runs/worker-process.ts'
import { interruptProcess, isOfThisMachine, machineOf } from '../../store/process-identity.ts'
import { isOwnJob, type NewJob, type QueuedJob } from '../../store/queue.ts'
import type { RunStore } from '../../store/store.ts'
import type { ExperimentSpec } from '../../train/experiment.ts'
import { coalesced } from './coalesced.ts'
import { takeOver } from './earlier-queue.ts'

const LOOK_MS = 500
/** Only the end of a log is shown. */
const LOG_BYTES = 64 << 10

/**
 * Does the jobs of the store's queue one after the other, each in a process of its own. When this process dies a training goes
 * on, and the next studio finds it and what is still to come.
 */
export class JobQueue {
  readonly #store: RunStore
  readonly #env: NodeJS.ProcessEnv
  readonly #listeners = new Set<(jobs: readonly Job[]) => void>()
  #rows: readonly QueuedJob[] = []
  #revision = ''
  /** Jobs whose process has failed are not begun again, also where the store cannot be written. */
  readonly #failed = new Set<string>()
  /** Messages are written once, not at every look. */
  readonly #told = new Set<string>()
  /** The process that this studio has started. */
  #started: { readonly id: string; readonly worker: Worker } | null = null
  #timer: NodeJS.Timeout | undefined
  #closed = false
  /** The run that `close` has stopped. */
  interrupted: string | null = null

  private constructor(store: RunStore, env: NodeJS.ProcessEnv) {
    this.#store = store
    this.#env = env
  }

  /** Finds what an earlier studio left, and goes on with it. */
  static async open(store: RunStore, env: NodeJS.ProcessEnv): Promise<JobQueue> {
    const queue = new JobQueue(store, env)
    await takeOver(store).catch(error => queue.#problem(error))
    queue.#timer = setInterval(() => void queue.look(), LOOK_MS)
    await queue.look()
    const notice = heldNotice(queue.jobs)
    if (notice) queue.#tell(notice)
    return queue
  }

  /** The newest first. */
  get jobs(): readonly Job[] {
    return this.#rows.map(shownJob).reverse()
  }

  listen(listener: (jobs: readonly Job[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Trains an experiment of one model, once. */
  train(experiment: ExperimentSpec, seed: number): Promise<Job> {
    const model = Object.keys(experiment.models)[0]!
    const task = { kind: 'train', experiment, seed } satisfies Task
    return this.#add({ task, experiment: experiment.name, model, seed, run: null })
  }

  /** Goes on with a run, once: two that ask for it, also at the same moment, get the same job. */
  async resume(run: string): Promise<Job> {
    const { experiment, model, seed, status } = await this.#store.run(run)
    if (status === 'finished' || status === 'running') {
      throw new UsageError(`The run ${run} is ${status}: there is nothing to resume.`)
    }
    const task = { kind: 'resume', run } satisfies Task
    return this.#add({ task, experiment, model, seed, run })
  }

  /** Starts a job that is held, when it is its turn. */
  async start(id: string): Promise<void> {
    await this.#store.queue.job(id)
    await this.#store.queue.approve(id)
    await this.look()
  }

  /** Stops a training, which then can be resumed, or takes it out of the queue. */
  async stop(id: string): Promise<void> {
    const { state, owner, run } = await this.#store.queue.job(id)
    if (state === 'running' && !interruptProcess(owner)) {
      if (run === null)
        throw new UsageError(
          `The training is being prepared on ${machineOf(owner)}. Try again when its run is in the list, or stop it there.`,
        )
      await this.#store.askToStop(run)
    }
    if (state === 'queued') await this.#store.queue.drop(id, 'stopped')
    await this.look()
  }

  /** The end of what a training wrote. */
  async log(id: string): Promise<string> {
    await this.#store.queue.job(id)
    const text = await readFile(this.#store.queue.logOf(id), 'utf8').catch(() => '')
    return text.slice(-LOG_BYTES)
  }

  /** Removes what has ended from the list; runs stay. */
  async clear(): Promise<void> {
    for (const id of await this.#store.queue.clear()) await rm(this.#store.queue.logOf(id), { force: true })
    await this.look()
  }

  /** Stops what this studio has started, with a checkpoint; what waits is found by the next one. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    if (!this.#started) return
    const { id, worker } = this.#started
    worker.stop()
    await worker.ended()
    await this.look()
    this.interrupted = this.#rows.find(row => row.id === id)?.run ?? null
  }

  /** Now, and not only the next time: after a change of one's own. */
  readonly look = coalesced(() => this.#lookNow().catch(error => this.#problem(error)))

  async #lookNow(): Promise<void> {
    const { queue } = this.#store
    if (this.#rows.some(({ state }) => state === 'running')) await queue.markDead()
    const revision = await this.#store.revision()
    if (revision !== this.#revision) {
      this.#revision = revision
      const before = JSON.stringify(this.jobs)
      this.#rows = await queue.list()
      if (JSON.stringify(this.jobs) !== before) for (const listener of this.#listeners) listener(this.jobs)
    }
    const next = this.#rows.find(row => row.state === 'queued' && isOwnJob(row) && !this.#failed.has(row.id))
    const isBusy = this.#rows.some(({ state, owner }) => state === 'running' && isOfThisMachine(owner))
    if (next && !this.#closed && !this.#started && !isBusy) this.#begin(next.id)
  }

  #begin(id: string): void {
    const { queue } = this.#store
    const path = queue.logOf(id)
    makeFolder(dirname(path))
    const log = openSync(path, 'a', 0o600)
    const worker = startWorker({ kind: 'job', id }, { env: this.#env, log })
    closeSync(log)
    this.#started = { id, worker }
    worker.result
      // The worker itself writes how its job ended: this is for one that could not even claim it.
      .catch(async (error: Error) => {
        this.#failed.add(id)
        if (!this.#closed) await queue.drop(id, 'failed', error.message)
      })
      .catch(error => this.#problem(error))
      .finally(() => {
        this.#started = null
        if (!this.#closed) void this.look()
      })
  }

  async #add(job: NewJob): Promise<Job> {
    const id = await this.#store.queue.add(job)
    void this.look()
    return shownJob(await this.#store.queue.job(id))
  }

  #problem(error: unknown): void {
    this.#tell((error as Error).message)
  }

  #tell(message: string): void {
    if (!this.#told.has(message)) process.stderr.write(`heddle: ${visible(message)}\n`)
    this.#told.add(message)
  }
}

function shownJob({ place, askedBy, owner, heartbeatAt, ...job }: QueuedJob): Job {
  return { ...job, isHeld: job.state === 'queued' && !isOwnJob({ askedBy }) }
}

/** What to do about trainings that wait for you; `null`: none does. */
export function heldNotice(jobs: readonly Pick<Job, 'isHeld'>[]): string | null {
  const held = jobs.filter(({ isHeld }) => isHeld).length
  if (held === 0) return null
  const [wait, them] = held === 1 ? ['waits', 'it'] : ['wait', 'them']
  return `${plural(held, 'training')} of an earlier studio ${wait}: start ${them} on the page New run.`
}
