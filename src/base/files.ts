import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { systemFailure } from './system-errors.ts'
import { removeAbandoned } from './temporary.ts'

/** What a path leads to; `other`: a device, a pipe or a socket. */
export function kindOf(path: string): 'file' | 'folder' | 'other' | 'absent' {
  // Not statSync alone, which throws for what is "in" a file.
  const status = existsSync(path) ? statSync(path, { throwIfNoEntry: false }) : undefined
  return status?.isFile() ? 'file' : status?.isDirectory() ? 'folder' : status ? 'other' : 'absent'
}

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
 * Writes a file beside its place and renames it: a reader sees the old file or the new one, never half of either.
 * Folders are made. What the system refuses (a full disk, a missing permission) leaves the old file as it was; the
 * `HeddleError` names the file. Parts that killed processes left of it are removed.
 */
export function replaceFile(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  return replaceFileBy(path, async file => {
    for (const piece of pieces) await file.writeFile(piece)
  })
}

/** As `replaceFile`, for what is too large to be in memory at once: `write` writes it piece by piece. */
export async function replaceFileBy(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const part = partOf(path)
  try {
    makeFolder(dirname(path))
    await removeAbandoned(dirname(path), `${basename(path)}.part-`)
    const file = await open(part, 'wx')
    try {
      await write(file)
    } finally {
      await file.close()
    }
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true }).catch(() => {})
    throw systemFailure(`${path} cannot be written`, error)
  }
}

/** The name of a half-written file beside `path` that belongs to this process alone. */
export function partOf(path: string): string {
  return `${path}.part-${process.pid}-${randomUUID().slice(0, 8)}`
}
