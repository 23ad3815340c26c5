import { LruCache } from '../../base/lru.ts'
import type { Task } from '../../protocol/tasks.ts'
import { startWorker } from './worker.ts'

/** Size of the cache of answers. */
const MOST = 40

/**
 * Questions that take seconds of arithmetic, answered by a process of its own: pages stay live meanwhile. Each is asked once:
 * runs that are finished do not change, and every look at the test images counts.
 */
export class Questions {
  readonly #env: NodeJS.ProcessEnv
  readonly #answers = new LruCache<unknown>(MOST)
  #last: Promise<unknown> = Promise.resolve()

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  /** The result of a task. Throws its error. */
  ask<T>(task: Task): Promise<T> {
    const answer = this.#answers.get(JSON.stringify(task), () => {
      // One at a time: each of them takes all cores.
      this.#last = this.#last.catch(() => {}).then(() => startWorker(task, { env: this.#env }).result)
      return this.#last
    })
    return answer as Promise<T>
  }
}
