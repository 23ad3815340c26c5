import type { ChildProcess } from 'node:child_process'
import { readFile, rename } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Job } from '../protocol/studio.ts'
import { boundedJson } from '../spec/json.ts'
import { visible } from '../spec/visible.ts'

/** A job as it is kept on the disk. */
export interface Kept extends Job {
  /** What the command line is given. */
  readonly args: readonly string[]
  /** Whose process it is, while it runs: see `processIdentity`. */
  readonly owner: string | null
}

const MAX_JOB = 100_000
const states: readonly string[] = ['queued', 'running', 'done', 'stopped', 'failed'] satisfies Job['state'][]

/** Ctrl-C, "Stop", a shutdown and a terminal that was closed; the command line ends with 128 and the signal's number. */
const stops = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** What came of a job's process; `null`: it has not ended, or was killed in a way that says nothing. */
export function stateAfter({
  exitCode,
  signalCode,
}: Pick<ChildProcess, 'exitCode' | 'signalCode'>): Job['state'] | null {
  // A signal ends the process itself before the command listens for it.
  if (signalCode !== null) return signalCode in stops ? 'stopped' : null
  if (exitCode === null) return null
  if (exitCode === 0) return 'done'
  return Object.values<number>(stops).includes(exitCode) ? 'stopped' : 'failed'
}

/** The job in a file. One that holds none (a full disk has cut it short, or it was edited) is renamed, and said once. */
export async function readJob(path: string): Promise<Kept | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const job = parsed(text)
  if (isJob(job) && `${job.id}.json` === basename(path)) return job
  await rename(path, `${path}.unreadable`).catch(() => {})
  process.stderr.write(
    `heddle: ${visible(path)} holds no training: it is set aside as ${basename(path)}.unreadable.\n`,
  )
  return null
}

function parsed(text: string): unknown {
  try {
    return boundedJson(text, MAX_JOB)
  } catch {
    return null
  }
}

function isJob(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false
  const { id, experiment, model, seed, state, createdAt, run, args, owner } = value as Partial<
    Record<keyof Kept, unknown>
  >
  const isText = (field: unknown): boolean => typeof field === 'string' && field.length <= 1000
  const isTextOrNull = (field: unknown): boolean => field === null || isText(field)
  return (
    [id, experiment, model].every(isText) &&
    Number.isSafeInteger(seed) &&
    Number.isFinite(createdAt) &&
    states.includes(state as string) &&
    [run, owner].every(isTextOrNull) &&
    Array.isArray(args) &&
    args.length <= 20 &&
    args.every(isText) &&
    ['run', 'resume'].includes(args[0] as string)
  )
}
