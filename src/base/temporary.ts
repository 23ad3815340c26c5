import { rmSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether a process of this number runs on this machine. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Removes what killed processes left in a folder, under the names `<prefix><pid>` and `<prefix><pid>-…`. */
export async function removeAbandoned(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid] = (name.startsWith(prefix) && /^(\d+)(?:-|$)/.exec(name.slice(prefix.length))) || []
    if (pid === undefined || isRunning(Number(pid))) continue
    // Another user's may stay.
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {})
  }
}

/** A new folder below the system's temporary one. Those of this prefix that killed processes left are removed. */
export async function temporaryFolder(prefix: string): Promise<string> {
  await removeAbandoned(tmpdir(), prefix)
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
}

/**
 * Runs `work` with a folder of its own below the system's temporary one, and removes it afterwards; also when the
 * process gets a signal to exit meanwhile.
 */
export async function withTemporaryFolder<T>(
  prefix: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await temporaryFolder(prefix)
  const removeAtOnce = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeAtOnce)
  try {
    return await work(folder)
  } finally {
    process.off('exit', removeAtOnce)
    await rm(folder, { recursive: true, force: true })
  }
}
