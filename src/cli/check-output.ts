import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { UsageError } from '../base/errors.ts'
import { systemReason } from '../base/system-errors.ts'

/** Throws a `UsageError` where a file cannot be written: before the work whose result it is to hold. */
export function checkOutputFile(flag: string, path: string): void {
  const status = existsSync(path) ? statSync(path) : null
  if (status?.isDirectory()) throw new UsageError(`${flag} ${path} is a folder: name a file.`)
  const folder = dirname(resolve(path))
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UsageError(
      `${flag} ${path} cannot be written: there is no folder ${folder}. Make it, or name another file.`,
    )
  checkAccess(`${flag} ${path}`, status ? path : folder)
  if (status) checkAccess(`${flag} ${path}`, folder)
}

/** Throws a `UsageError` where a folder, which need not be there yet, cannot be written into. */
export function checkOutputFolder(flag: string, path: string): void {
  let there = resolve(path)
  // Not statSync, which throws for what is "in" a file.
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there)
  if (!statSync(there).isDirectory())
    throw new UsageError(`${flag} ${path} cannot be made: ${there} is a file. Name another folder.`)
  checkAccess(`${flag} ${path}`, there)
}

function checkAccess(what: string, path: string): void {
  try {
    accessSync(path, constants.W_OK)
  } catch (error) {
    throw new UsageError(`${what} cannot be written: ${systemReason(error)}. Name another place.`)
  }
}

/** Throws a `UsageError` for `--data-dir` of a folder that is not there. */
export function checkDataDir(path: string | undefined): void {
  if (path === undefined || statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  throw new UsageError(
    `--data-dir ${path}: there is no such folder. Name the one that holds the files of the dataset.`,
  )
}
