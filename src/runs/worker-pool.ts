import { totalmem } from 'node:os'
import { availableCores } from '../base/available-cores.ts'
import type { Task, TaskEvent } from '../protocol/tasks.ts'
import { startWorker, type Worker, WorkerDied } from './worker-process.ts'

export interface PoolOptions {
  readonly workers: number
  /** What each of them does until there is no more to do. */
  readonly task: Task
  readonly env: Readonly<Record<string, string | undefined>>
  /** What each of them computes with; the threads of all together are the machine's cores, unless they are given for each. */
  readonly engine: { readonly backend: string; readonly threads?: number | undefined }
  /** Called with the events of each worker, which is a number from 0. */
  readonly onEvent?: (event: TaskEvent, worker: number) => void
}

/** Processes that do the same task side by side. */
export interface WorkerPool {
  /** Resolves when all have ended. Rejects with the first error of a worker, when all have ended. */
  readonly ended: Promise<void>
  /** Stops them as Ctrl-C does, and waits for their ends. */
  stop(): Promise<void>
}

/** Memory that a worker may need: its data, its network and Node. */
const WORKER_BYTES = 1 << 30

/** How many workers a search has where you do not say: one for each core, as memory allows. */
export function usualWorkers(): number {
  return Math.max(1, Math.min(availableCores(), Math.floor(totalmem() / WORKER_BYTES)))
}

/** Threads of each of several workers that share the machine. */
export function threadsOfEach(workers: number): number {
  return Math.max(1, Math.floor(availableCores() / workers))
}

/** A place whose process dies this often without any progress in between is given up. */
const MOST_DEATHS = 5

/** Starts processes; one that dies is replaced. An error that a worker reports stops the others. */
export function startPool({ workers, task, engine, onEvent, ...options }: PoolOptions): WorkerPool {
  const threads = engine.threads ?? threadsOfEach(workers)
  const env = { ...options.env, HEDDLE_BACKEND: engine.backend, HEDDLE_THREADS: String(threads) }
  const running = new Set<Worker>()
  let isStopped = false
  const stopAll = (): void => {
    isStopped = true
    for (const worker of running) worker.stop()
  }
  const keep = async (place: number): Promise<void> => {
    for (let deaths = 0; !isStopped; ) {
      const worker = startWorker(task, {
        env,
        onEvent(event) {
          if (event.type === 'progress') deaths = 0
          onEvent?.(event, place)
        },
      })
      running.add(worker)
      try {
        await worker.result
        return
      } catch (error) {
        if (isStopped) return
        if (error instanceof WorkerDied && ++deaths < MOST_DEATHS) continue
        stopAll()
        throw error
      } finally {
        running.delete(worker)
      }
    }
  }
  const places = Promise.allSettled(Array.from({ length: workers }, (_, place) => keep(place)))
  const ended = places.then(results => {
    for (const result of results) if (result.status === 'rejected') throw result.reason
  })
  // A caller that stops the pool may not wait for its end.
  ended.catch(() => {})
  return {
    ended,
    async stop() {
      stopAll()
      await places
    },
  }
}
