import { existsSync } from 'node:fs'
import { readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { HeddleError } from '../../base/errors.ts'
import { replaceFile } from '../../base/files.ts'
import { sha256Of } from '../sha256.ts'
import { wallClock } from '../wall-clock.ts'

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
    await this.keep(sha256, async () => pieces)
    return { sha256, bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) }
  }

  /** Content whose checksum is known. A file that is there gets a new date, so that `sweep` leaves it alone until a row names it. */
  async keep(sha256: string, pieces: () => Promise<readonly Uint8Array[]>): Promise<void> {
    const path = this.pathOf(sha256)
    if (existsSync(path)) await utimes(path, wallClock() / 1000, wallClock() / 1000)
    else await replaceFile(path, await pieces())
  }

  /** Throws a `HeddleError` if the file is missing or holds something else. */
  async get(sha256: string): Promise<Buffer> {
    const path = this.pathOf(sha256)
    const bytes = await readFile(path).catch((error: Error) => {
      throw new HeddleError(`${path} cannot be read: ${error.message}.`)
    })
    if (sha256Of([bytes]) === sha256) return bytes
    throw new HeddleError(`${path} is damaged: its content has another checksum than its name.`)
  }
}
