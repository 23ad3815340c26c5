import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HeddleError } from '../base/errors.ts'
import { errorOf } from '../protocol/failure.ts'
import type { Task, TaskEvent } from '../protocol/tasks.ts'
import type { RunStore } from '../store/store.ts'

/** The command line: src/runs and dist/runs are equally deep. */
const HEDDLE = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))

/** The environment of a worker: the studio's store and its data, and not the studio's token. */
export function environmentFor(
  store: Pick<RunStore, 'environment'>,
  dataDir: string | undefined,
): NodeJS.ProcessEnv {
  const data = dataDir === undefined ? {} : { HEDDLE_DATA: resolve(dataDir) }
  return { ...withoutToken(process.env), ...data, ...store.environment(), NO_COLOR: '1' }
}

/** For other processes: the token is the studio's alone. */
export function withoutToken({ HEDDLE_TOKEN: _, ...rest }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return rest
}

export interface WorkerOptions {
  readonly env: NodeJS.ProcessEnv
  readonly onEvent?: (event: TaskEvent) => void
  /** An open file for the log of a training, which goes on when this process ends. Left out: this process' stderr. */
  readonly log?: number
}

/** A process of its own that does one task. */
export interface Worker {
  /** Its result. Rejects with the error of the task, or a `WorkerDied` where the process has ended without an answer. */
  readonly result: Promise<unknown>
  /** Resolves when the process has ended; waiting for it keeps this process alive. */
  ended(): Promise<void>
  /** Answers what it has asked. */
  send(message: object): void
  /** As Ctrl-C does: a training ends at the next step that it can be resumed from. */
  stop(): void
}

/** A worker's process has ended without an answer. */
export class WorkerDied extends HeddleError {
  override name = 'WorkerDied'
}

/** Starts a process for a task. */
export function startWorker(task: Task, { env, onEvent, log }: WorkerOptions): Worker {
  const child = spawn(process.execPath, [HEDDLE, 'task'], {
    // A group of its own: Ctrl-C in the terminal reaches this process alone, which stops its workers.
    detached: true,
    stdio: ['pipe', 'ignore', log ?? 'inherit', 'ipc'],
    // Numbers that are not finite stay numbers.
    serialization: 'advanced',
    env,
  })
  // A process that has ended at once reads no task: its end says so.
  child.stdin!.on('error', () => {})
  child.stdin!.end(JSON.stringify(task))
  if (log !== undefined) {
    child.unref()
    child.channel?.unref()
  }
  const result = resultOf(child, task, onEvent)
  return {
    result,
    // A process that has just ended hears no answer: its end says so.
    send: message => void child.send(message, () => {}),
    stop: () => void child.kill('SIGINT'),
    async ended() {
      child.ref()
      await result.catch(() => {})
    },
  }
}

function resultOf(
  child: ChildProcess,
  { kind }: Task,
  onEvent?: (event: TaskEvent) => void,
): Promise<unknown> {
  let last: TaskEvent | null = null
  child.on('message', event => {
    last = event as TaskEvent
    onEvent?.(last)
  })
  return new Promise((answer, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (last?.type === 'result') return answer(last.value)
      if (last?.type === 'failed') return reject(errorOf(last.error))
      reject(
        new WorkerDied(
          `The process for the task "${kind}" ended without a result (${signal ?? code}). The machine may have run out of memory.`,
        ),
      )
    })
  })
}
