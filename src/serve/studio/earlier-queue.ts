import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { HeddleError } from '../../base/errors.ts'
import { boundedJson } from '../../base/json.ts'
import { show } from '../../base/schema.ts'
import { visible } from '../../base/visible.ts'
import type { Task } from '../../protocol/tasks.ts'
import { checkJob, type StoredJob } from '../../store/queue.ts'
import type { RunStore } from '../../store/store.ts'

const MAX_JOB = 100_000
/** As of any experiment that is read from JSON. */
const MAX_EXPERIMENT = 10_000_000

/**
 * Takes over the queue of an earlier Heddle, once: a file for each job. A file that holds none (a full disk has cut it short, or
 * it was edited) is renamed, with a message. What waits is held until you start it, as the folder may come from elsewhere.
 */
export async function takeOver(store: RunStore): Promise<void> {
  const folder = join(store.folder, 'jobs')
  const names = existsSync(folder) ? await readdir(folder) : []
  for (const name of names.filter(name => /^[0-9a-f]{12}\.json$/.test(name))) {
    const path = join(folder, name)
    const job = await readJob(path).catch(async (error: Error) => {
      await rename(path, `${path}.unreadable`).catch(() => {})
      const what = `${path} is set aside as ${name}.unreadable: it holds no training`
      process.stderr.write(`heddle: ${visible(`${what} (${error.message})`)}.\n`)
      return null
    })
    if (job === null) continue
    await store.queue.adopt(job)
    for (const file of [path, experimentFileOf(path)]) await rm(file, { force: true })
  }
}

/** The job in a file. Throws if it holds none. */
export async function readJob(path: string): Promise<StoredJob> {
  const kept = boundedJson(await readFile(path, 'utf8'), MAX_JOB) as Record<string, unknown> | null
  const { experiment, model, seed, state, createdAt, run, owner, args } = kept ?? {}
  const job = {
    ...{ id: basename(path, '.json'), experiment, model, seed, state, createdAt, run, owner },
    ...{ task: JSON.stringify(await taskOf(args, path)), askedBy: null, heartbeatAt: null, error: null },
  }
  return checkJob(job)
}

/** What the command line was given, which was one of two commands. */
async function taskOf(args: unknown, path: string): Promise<Task> {
  const [command, what, option, seed, ...others] = Array.isArray(args) ? args.map(String) : []
  if (command === 'resume' && /^[0-9a-f]{12}$/.test(what ?? '') && option === undefined)
    return { kind: 'resume', run: what! }
  const isTraining = command === 'run' && basename(what ?? '') === basename(experimentFileOf(path))
  if (!isTraining || option !== '--seed' || !/^\d{1,15}$/.test(seed ?? '') || others.length > 0)
    throw new HeddleError(`its command is ${show(args)}`)
  // One that is missing or damaged is refused when the job is done.
  const text = await readFile(experimentFileOf(path), 'utf8').catch(() => '{}')
  return { kind: 'train', experiment: boundedJson(text, MAX_EXPERIMENT) as object, seed: Number(seed) }
}

/** The experiment of a job lies beside it, wherever the store was before. */
function experimentFileOf(path: string): string {
  return path.replace(/json$/, 'experiment.json')
}
