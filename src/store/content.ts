import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { HeddleError } from '../spec/errors.ts'
import { replaceFile } from '../spec/files.ts'
import { wallClock } from './wall-clock.ts'

/** What no run names any more is kept for so long: another process may be about to name it. */
const GRACE_MS = 60 * 60_000

export function sha256Of(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

/** Files named after the SHA-256 of what they hold: the same content is kept once, and damage is noticed. */
export class ContentFolder {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  pathOf(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256.slice(2))
  }

  async put(pieces: readonly Uint8Array[]): Promise<{ readonly sha256: string; readonly bytes: number }> {
    const sha256 = sha256Of(pieces)
    const path = this.pathOf(sha256)
    // A file that is there gets a new date, so that `sweep` leaves it alone until a row names it.
    if (existsSync(path)) await utimes(path, wallClock() / 1000, wallClock() / 1000)
    else await replaceFile(path, pieces)
    return { sha256, bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) }
  }

  /** Throws a `HeddleError` where the file is missing or holds something else. */
  async get(sha256: string): Promise<Buffer> {
    const path = this.pathOf(sha256)
    const bytes = await readFile(path).catch((error: Error) => {
      throw new HeddleError(`${path} cannot be read: ${error.message}.`)
    })
    if (sha256Of([bytes]) === sha256) return bytes
    throw new HeddleError(`${path} is damaged: its content has another checksum than its name.`)
  }

  /** Removes what `isNamed` does not know and nobody has put for an hour; returns how many bytes that were. */
  async sweep(isNamed: (sha256: string) => boolean, graceMs = GRACE_MS): Promise<number> {
    let freed = 0
    for (const file of await filesBelow(this.#folder)) {
      const sha256 = file.replace(/[\\/]/, '')
      if (isNamed(sha256)) continue
      const path = join(this.#folder, file)
      const { size, mtimeMs } = await stat(path)
      if (wallClock() - mtimeMs < graceMs) continue
      await rm(path)
      freed += size
    }
    return freed
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
}
