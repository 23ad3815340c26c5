import { accessSync, constants } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { UsageError } from '../base/errors.ts'
import { kindOf } from '../base/files.ts'
import { custom, type Field } from '../base/schema.ts'
import { systemReason } from '../base/system-errors.ts'

/** A path that an option names. Throws a `UsageError` where it cannot be used: before the work whose result it is to hold. */
function path(check: (path: string, flag: string) => void): Field<string, string> {
  return custom(
    undefined,
    (value, flag) => {
      check(value as string, flag)
      return value as string
    },
    { type: 'text' },
  )
}

/** A file to write. */
export const outputFile = path((path, flag) => {
  const kind = kindOf(path)
  if (kind === 'folder') throw new UsageError(`${flag} ${path} is a folder: name a file.`)
  const folder = dirname(resolve(path))
  if (kindOf(folder) !== 'folder')
    throw new UsageError(
      `${flag} ${path} cannot be written: there is no folder ${folder}. Make it, or name another file.`,
    )
  checkAccess(`${flag} ${path}`, kind === 'absent' ? folder : path)
  if (kind !== 'absent') checkAccess(`${flag} ${path}`, folder)
})

/** A folder to write into, which need not be there yet. */
export const outputFolder = path((path, flag) => {
  let there = resolve(path)
  while (kindOf(there) === 'absent' && dirname(there) !== there) there = dirname(there)
  if (kindOf(there) !== 'folder')
    throw new UsageError(`${flag} ${path} cannot be made: ${there} is a file. Name another folder.`)
  checkAccess(`${flag} ${path}`, there)
})

/** The folder that holds the files of a dataset. */
export const dataFolder = path((path, flag) => {
  if (kindOf(path) === 'folder') return
  throw new UsageError(
    `${flag} ${path}: there is no such folder. Name the one that holds the files of the dataset.`,
  )
})

function checkAccess(what: string, path: string): void {
  try {
    accessSync(path, constants.W_OK)
  } catch (error) {
    throw new UsageError(`${what} cannot be written: ${systemReason(error)}. Name another place.`)
  }
}
