import { constants } from 'node:fs'
import { copyFile, link, lstat, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HeddleError, MissingError } from '../../../base/errors.ts'
import { makeFolder, partOf } from '../../../base/files.ts'

/** Throws a `HeddleError` unless a path is a folder itself: a link could lead anywhere. */
export async function checkOwn(path: string): Promise<void> {
  const status = await lstat(path).catch(() => null)
  if (status?.isDirectory()) return
  throw status
    ? new HeddleError(`${path} is not a folder but a link or a file: the studio does not follow it.`)
    : new MissingError(`There is no folder ${path}: it was moved or removed.`)
}

/** Writes a file whose name is free; a reader never sees half of it. */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const part = join(dirname(path), `.${basename(partOf(path))}`)
  try {
    await writeFile(part, bytes, { flag: 'wx' })
    await place(part, path)
  } finally {
    await rm(part, { force: true })
  }
}

/** Gives a file another name that is free; one that is taken is an error of the system. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    // Memory cards and some shares have no links.
    if (
      !['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK', 'EXDEV'].includes((error as NodeJS.ErrnoException).code ?? '')
    )
      throw error
    await copyFile(from, to, constants.COPYFILE_EXCL)
  }
  await rm(from)
}

/** Renames a file or a folder; what is there already is not overwritten. */
export async function moveTo(from: string, to: string): Promise<void> {
  makeFolder(dirname(to))
  const isFolder = (await lstat(from)).isDirectory()
  if (!isFolder) return await place(from, to)
  const there = await lstat(to).catch(() => null)
  // Another spelling of a folder's name leads to the folder itself on a disk that ignores capitals.
  if (there && there.ino !== (await lstat(from)).ino)
    throw new HeddleError(`${to} is there already: rename it, or move it away.`)
  await rename(from, to)
}
