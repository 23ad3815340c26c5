import { copyFile, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { partOf } from '../../base/files.ts'
import { isRunning } from '../../base/temporary.ts'

/**
 * A half-written file belongs to one process: `<file>.part-<pid>-<random>`. A process that gives up leaves
 * `<file>.part`; one that was killed leaves its own name behind. The next process takes either over by renaming it,
 * which only one process can do.
 */
const OWNER = /\.part(?:-(\d+)-.*)?$/

/** The path of a new or taken-over half-written file for `target`, ours alone. */
export async function claimPart(target: string): Promise<string> {
  const mine = partOf(target)
  for (const abandoned of await abandonedParts(target)) {
    const taken = await rename(abandoned, mine).then(
      () => true,
      () => false, // Another process was faster.
    )
    if (taken) return mine
  }
  return mine
}

/** Gives a half-written file up, so that a later attempt continues it. */
export async function releasePart(part: string, target: string): Promise<void> {
  if ((await stat(part)).size === 0) await rm(part)
  else await rename(part, `${target}.part`)
}

/** Puts a finished `part` in its place, and clears what earlier attempts have left. */
export async function finishPart(part: string, target: string): Promise<void> {
  await rename(part, target)
  for (const abandoned of await abandonedParts(target)) await rm(abandoned, { force: true })
}

/** Copies `path` into place so that no one ever sees half of it. */
export async function copyIntoPlace(path: string, target: string): Promise<void> {
  const part = partOf(target)
  await copyFile(path, part)
  await finishPart(part, target)
}

/** Renames a damaged file to `<file>.corrupt-<n>`, the first free n; returns the new path. */
export async function quarantine(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const aside = `${path}.corrupt-${n}`
    try {
      // Reserves the name: a rename alone would overwrite an earlier file.
      await (await open(aside, 'wx')).close()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue
      throw error
    }
    try {
      await rename(path, aside)
      return aside
    } catch (error) {
      await rm(aside)
      throw error
    }
  }
}

async function abandonedParts(target: string): Promise<string[]> {
  const names = await readdir(dirname(target))
  return names
    .filter(name => {
      const owner = name.startsWith(`${basename(target)}.part`) && OWNER.exec(name)
      return owner && (owner[1] === undefined || !isRunning(Number(owner[1])))
    })
    .map(name => join(dirname(target), name))
}
