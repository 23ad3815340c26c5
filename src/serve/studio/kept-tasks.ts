import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { toJson } from '../../protocol/json.ts'
import type { Task, TaskEvent, TaskState } from '../../protocol/tasks.ts'
import { startWorker, type Worker } from '../../runs/worker-process.ts'

interface KeptTasksOptions {
  /** The folder of the results: a file for each key. */
  readonly folder: string
  /** The environment of the processes. */
  readonly env: NodeJS.ProcessEnv
  /** A field that every sound result has. */
  readonly field: string
}

/** More of a kind are not computed at once: each takes a core and the memory of its data. */
const MOST_RUNNING = 2

/**
 * Long tasks, such as audits, each done once by a process of its own: they compute for seconds or minutes. What they found is kept under a
 * key that names the question.
 */
export class KeptTasks<T> {
  readonly #options: KeptTasksOptions
  readonly #running = new Map<string, { worker: Worker | null; said: string; isStopped: boolean }>()
  readonly #failed = new Map<string, string>()

  constructor(options: KeptTasksOptions) {
    this.#options = options
  }

  async of(key: string): Promise<TaskState<T>> {
    const running = this.#running.get(key)
    if (running) return { state: 'running', said: running.said }
    const value = await this.#kept(key)
    if (value) return { state: 'done', value }
    const failed = this.#failed.get(key)
    return failed === undefined ? { state: 'none' } : { state: 'failed', said: failed }
  }

  /** Begins a task, unless its result is there or on its way. Throws a `UsageError` if two others are running. */
  async start(key: string, task: Task): Promise<void> {
    if (this.#running.has(key)) return
    const running: { worker: Worker | null; said: string; isStopped: boolean } = {
      worker: null,
      said: '',
      isStopped: false,
    }
    this.#running.set(key, running)
    let kept: T | null
    try {
      kept = await this.#kept(key)
      if (!kept) this.#checkIsRoom()
    } catch (error) {
      this.#running.delete(key)
      throw error
    }
    if (kept) {
      this.#running.delete(key)
      return
    }
    this.#failed.delete(key)
    const onEvent = (event: TaskEvent): void => {
      if (event.type === 'progress') running.said = event.text
    }
    running.worker = startWorker(task, { env: this.#options.env, onEvent })
    if (running.isStopped) running.worker.stop()
    running.worker.result
      .then(async value => {
        if (!running.isStopped) await replaceFile(this.#fileOf(key), [Buffer.from(toJson(value as object))])
      })
      .catch((error: Error) => {
        if (!running.isStopped) this.#failed.set(key, error.message)
      })
      .finally(() => this.#running.delete(key))
  }

  /** Ends a task before it has a result. */
  stop(key: string): void {
    const running = this.#running.get(key)
    if (!running) return
    running.isStopped = true
    running.said = 'Stopping'
    running.worker?.stop()
  }

  close(): void {
    for (const { worker } of this.#running.values()) worker?.stop()
  }

  #checkIsRoom(): void {
    const working = [...this.#running.values()].filter(({ worker, isStopped }) => worker && !isStopped)
    if (working.length < MOST_RUNNING) return
    throw new UsageError(
      `${MOST_RUNNING} tasks of this kind are running already: wait for one of them to end, or stop it, then try again.`,
    )
  }

  /** `null`: there is none, or its file is damaged, and it can be made again. */
  async #kept(key: string): Promise<T | null> {
    const text = await readFile(this.#fileOf(key), 'utf8').catch(error => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'null'
      throw error
    })
    try {
      const value: unknown = JSON.parse(text)
      const isSound = typeof value === 'object' && value !== null && this.#options.field in value
      return isSound ? (value as T) : null
    } catch {
      return null
    }
  }

  #fileOf(key: string): string {
    return join(this.#options.folder, `${key}.json`)
  }
}
