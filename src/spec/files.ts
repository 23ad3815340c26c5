import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemFailure } from './system-errors.ts'

/**
 * Writes a file beside its place and renames it: whoever reads sees the old one or the new one, never half of either.
 * Folders are made. What the system refuses (a full disk, a missing permission) leaves the old file as it was; the
 * `HeddleError` names the file.
 */
export async function replaceFile(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const part = `${path}.part-${process.pid}-${randomUUID().slice(0, 8)}`
  try {
    await mkdir(dirname(path), { recursive: true })
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
