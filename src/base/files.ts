import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { systemFailure } from './system-errors.ts'
import { removeAbandoned } from './temporary.ts'

/**
 * Makes a folder and those above it. Node's own `recursive` never ends below `/proc`, where no folder can be made.
 * The system's error is thrown where there is a file of that name.
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(path).isDirectory()) return
    const above = dirname(path)
    if (code !== 'ENOENT' || above === path || existsSync(above)) throw error
    makeFolder(above, mode)
    makeFolder(path, mode)
  }
}

/**
 * Writes a file beside its place and renames it: whoever reads sees the old one or the new one, never half of either.
 * Folders are made. What the system refuses (a full disk, a missing permission) leaves the old file as it was; the
 * `HeddleError` names the file. Parts that killed processes left of it are removed.
 */
export async function replaceFile(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const part = `${path}.part-${process.pid}-${randomUUID().slice(0, 8)}`
  try {
    makeFolder(dirname(path))
    await removeAbandoned(dirname(path), `${basename(path)}.part-`)
    const file = await open(part, 'wx')
    try {
      for (const piece of pieces) await file.writeFile(piece)
    } finally {
      await file.close()
    }
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true }).catch(() => {})
    throw systemFailure(`${path} cannot be written`, error)
  }
}
