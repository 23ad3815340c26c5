import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemFailure } from './system-errors.ts'

/**
 * Makes a folder and those above it. Node's own `recursive` never ends below `/proc`, where no folder can be made.
 * The system's error is thrown where there is a file of that name.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    const above = dirname(path)
    if (code !== 'ENOENT' || above === path || existsSync(above)) throw error
    await makeFolder(above, mode)
    await mkdir(path, { mode }).catch(again => {
      if ((again as NodeJS.ErrnoException).code !== 'EEXIST') throw again
    })
  }
}

/**
 * Writes a file beside its place and renames it: whoever reads sees the old one or the new one, never half of either.
 * Folders are made. What the system refuses (a full disk, a missing permission) leaves the old file as it was; the
 * `HeddleError` names the file.
 */
export async function replaceFile(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const part = `${path}.part-${process.pid}-${randomUUID().slice(0, 8)}`
  try {
    await makeFolder(dirname(path))
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
