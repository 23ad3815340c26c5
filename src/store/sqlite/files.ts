import { existsSync } from 'node:fs'
import { readdir, readFile, rm, rmdir, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HeddleError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { sha256Of } from '../sha256.ts'
import type { Queries } from '../sql/database.ts'
import type { FilePlace, Files } from '../sql/files.ts'
import { wallClock } from '../wall-clock.ts'
import type { StoreFolder } from './store-folder.ts'

/**
 * Files beside the database: artefacts are named after the SHA-256 of what they hold, so that the same content is kept once; checkpoints after
 * their run and step. A file is written before its row and removed after it.
 */
export class FolderFiles implements Files {
  readonly #folder: StoreFolder
  readonly #db: Queries

  constructor(folder: StoreFolder, db: Queries) {
    this.#folder = folder
    this.#db = db
  }

  where({ sha256, checkpoint }: FilePlace): string {
    const path = checkpoint
      ? join('checkpoints', checkpoint.run, `${checkpoint.step}.safetensors`)
      : join('content', sha256.slice(0, 2), sha256.slice(2))
    return join(this.#folder.path, path)
  }

  check(): void {
    this.#folder.check()
  }

  /** An artefact that is there gets a new date, so that `sweep` leaves it alone until a row names it. */
  async write(place: FilePlace, pieces: readonly Uint8Array[]): Promise<void> {
    const path = this.where(place)
    if (place.checkpoint || !existsSync(path)) await replaceFile(path, pieces)
    else await utimes(path, wallClock() / 1000, wallClock() / 1000)
  }

  async insert(): Promise<void> {}

  async read(place: FilePlace): Promise<Buffer> {
    const path = this.where(place)
    const name = place.checkpoint ? `The checkpoint ${path}` : path
    const bytes = await readFile(path).catch((error: Error) => {
      throw new HeddleError(`${name} cannot be read: ${error.message}.`)
    })
    if (sha256Of([bytes]) === place.sha256) return bytes
    throw new HeddleError(
      place.checkpoint
        ? `${name} is damaged: its ${bytes.length} bytes are not what was written.`
        : `${name} is damaged: its content has another checksum than its name.`,
    )
  }

  /** An artefact may be named by other runs: `sweep` finds that out. */
  async remove(places: readonly FilePlace[]): Promise<void> {
    const paths = places.filter(({ checkpoint }) => checkpoint).map(place => this.where(place))
    for (const path of paths) await rm(path, { force: true })
    for (const folder of new Set(paths.map(dirname))) await rmdir(folder).catch(() => {})
  }

  async sweep(graceMs: number): Promise<{ readonly files: number; readonly bytes: number }> {
    const folder = this.#folder.path
    const jobs = await filesBelow(join(folder, 'jobs'))
    const named = await this.#named(jobs)
    const staged = (await readdir(folder).catch(() => [])).filter(name => STAGING.test(name))
    const found = await Promise.all(
      ['content', 'checkpoints', ...staged].map(name => filesBelow(join(folder, name))),
    )
    const corrections = (await filesBelow(join(folder, 'corrections'))).filter(path => PART.test(path))
    const old = wallClock() - graceMs
    let [files, bytes] = [0, 0]
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
    return { files, bytes }
  }

  async #named(jobs: readonly string[]): Promise<Set<string>> {
    const artefacts = await this.#db.selectFrom('artefact').select(['sha256', 'bytes']).distinct().execute()
    const checkpoints = await this.#db.selectFrom('checkpoint').selectAll().execute()
    const queued = await this.#db.selectFrom('job').select('id').execute()
    return new Set([
      // As text: a damaged row names no file, and must not keep others from being swept.
      ...artefacts.map(row => this.where({ ...row, sha256: String(row.sha256) })),
      ...checkpoints.map(({ run, step, ...row }) =>
        this.where({ ...row, checkpoint: { run: String(run), step } }),
      ),
      ...queued.map(({ id }) => join(this.#folder.path, 'jobs', `${id}.log`)),
      // Jobs of an earlier Heddle, until the studio takes them over: beside a job lie its log and its experiment.
      ...jobs.filter(path => JOB.test(path)).flatMap(path => ends.map(end => path.replace(/json$/, end))),
    ])
  }
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
