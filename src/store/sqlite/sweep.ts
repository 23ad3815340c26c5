import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Swept } from '../store.ts'
import { wallClock } from '../wall-clock.ts'
import type { StoreParts } from './archived.ts'

/** Files that no row names are kept for an hour: another process may be about to name them, or still write them. */
const GRACE_MS = 60 * 60_000

/** Removes the runs in the bin for good, and every file that no run names: what killed processes left is among them. */
export async function sweep(parts: StoreParts, graceMs = GRACE_MS): Promise<Swept> {
  const { db, folder, content, checkpoints } = parts
  const binned = await db.selectFrom('run').select('id').where('binnedAt', 'is not', null).execute()
  let bytes = 0
  for (const { id } of binned) {
    for (const checkpoint of await checkpoints.of(id).catch(() => [])) bytes += checkpoint.bytes
    await db.deleteFrom('run').where('id', '=', id).where('binnedAt', 'is not', null).execute()
    await checkpoints.remove(id)
  }
  const artefacts = await db.selectFrom('artefact').select('sha256').distinct().execute()
  const rows = await db.selectFrom('checkpoint').select(['run', 'step']).execute()
  const jobs = await filesBelow(join(folder, 'jobs'))
  const named = new Set([
    ...artefacts.map(({ sha256 }) => content.pathOf(String(sha256))),
    // As text: a damaged row names no file, and must not keep others from being swept.
    ...rows.map(({ run, step }) => checkpoints.pathOf(String(run), step)),
    ...(await db.selectFrom('job').select('id').execute()).map(({ id }) => join(folder, 'jobs', `${id}.log`)),
    // Jobs of an earlier Heddle, until the studio takes them over: beside a job lie its log and its experiment.
    ...jobs.filter(path => JOB.test(path)).flatMap(path => ends.map(end => path.replace(/json$/, end))),
  ])
  const staged = (await readdir(folder).catch(() => [])).filter(name => STAGING.test(name))
  const found = await Promise.all(
    ['content', 'checkpoints', ...staged].map(name => filesBelow(join(folder, name))),
  )
  const corrections = (await filesBelow(join(folder, 'corrections'))).filter(path => PART.test(path))
  const old = wallClock() - graceMs
  let files = 0
  for (const path of [...found.flat(), ...jobs, ...corrections]) {
    if (named.has(path)) continue
    // Another process may have removed it meanwhile.
    const status = await stat(path).catch(() => null)
    if (!status || status.mtimeMs > old) continue
    await rm(path, { force: true })
    files++
    bytes += status.size
  }
  for (const name of ['checkpoints', ...staged]) await removeEmpty(join(folder, name), old)
  return { runs: binned.length, files, bytes }
}

/** What an import of an older Heddle left that was killed. */
const STAGING = /^import-[0-9a-f-]+$/
const JOB = /[\\/][0-9a-f]{12}\.json$/
const PART = /\.part-/
const ends = ['json', 'log', 'experiment.json'] as const

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}

/** Folders without a file: a process that is about to write one has just made its folder. */
async function removeEmpty(folder: string, old: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await removeEmpty(join(folder, entry.name), old)
  }
  const status = await stat(folder).catch(() => null)
  if (status && status.mtimeMs <= old && (await readdir(folder)).length === 0)
    await rmdir(folder).catch(() => {})
}
