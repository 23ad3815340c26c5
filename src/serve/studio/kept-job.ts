import type { ChildProcess } from 'node:child_process'
import { readFile, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { boundedJson } from '../../base/json.ts'
import { visible } from '../../base/visible.ts'
import type { Job } from '../../protocol/studio.ts'
import { withoutLogs } from '../../runs/described.ts'
import { parseExperiment } from '../../train/experiment.ts'

/** A job as it is kept on the disk. */
export interface Kept extends Job {
  /** What the command line is given. */
  readonly args: readonly string[]
  /** Whose process it is, while it runs: see `processIdentity`. */
  readonly owner: string | null
}

const MAX_JOB = 100_000
/** As of any experiment that is read from JSON. */
const MAX_EXPERIMENT = 10_000_000
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
  if (isJob(job) && `${job.id}.json` === basename(path)) {
    const args = argsOf(job, dirname(path))
    if (args && !(await writesLogs(args))) return { ...job, args }
  }
  await rename(path, `${path}.unreadable`).catch(() => {})
  process.stderr.write(
    `heddle: ${visible(path)} holds no training: it is set aside as ${basename(path)}.unreadable.\n`,
  )
  return null
}

/** Whether an experiment of the queue writes a log, as none of the studio does: it could overwrite any file. */
async function writesLogs([command, file]: readonly string[]): Promise<boolean> {
  // What is missing or no experiment is refused by the command, in the job's own log.
  const text = command === 'run' ? await readFile(file!, 'utf8').catch(() => null) : null
  if (text === null) return false
  try {
    const experiment = parseExperiment(boundedJson(text, MAX_EXPERIMENT), file!)
    return JSON.stringify(withoutLogs(experiment)) !== JSON.stringify(experiment)
  } catch {
    return false
  }
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
    args.every(isText)
  )
}

/** Where a job's experiment is kept. */
export function experimentFileOf(id: string, folder: string): string {
  return join(folder, `${id}.experiment.json`)
}

/**
 * The command of a job: one of the two that the queue writes itself, `null` for any other. The folder may be a stranger's, and
 * the studio goes on with its queue without being asked: another file could be code, another option write anywhere.
 */
function argsOf({ id, args }: Kept, folder: string): readonly string[] | null {
  const [command, what, option, seed] = args
  if (command === 'resume') return args.length === 2 && /^[0-9a-f]{12}$/.test(what!) ? args : null
  const file = experimentFileOf(id, folder)
  const isOwn = command === 'run' && args.length === 4 && basename(what!) === basename(file)
  return isOwn && option === '--seed' && /^\d{1,16}$/.test(seed!) ? ['run', file, '--seed', seed!] : null
}
