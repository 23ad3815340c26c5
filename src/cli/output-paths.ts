import { accessSync, constants, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { HeddleError, UsageError } from '../base/errors.ts'
import { kindOf, makeFolder } from '../base/files.ts'
import { custom, type Field } from '../base/schema.ts'
import { systemFailure, systemReason } from '../base/system-errors.ts'

/** A path that an option names. Throws a `UsageError` if it cannot be used: before the work whose result it is to hold. */
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

/** A file of yours to read. */
export const inputFile = path((path, flag) => {
  if (kindOf(path) !== 'file') throw new UsageError(`${flag} ${path}: there is no such file.`)
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

/** A folder for what a command writes: made when the first file is, and never one that holds something else. */
export class OutFolder {
  readonly path: string
  readonly files: string[] = []

  /** Throws a `UsageError` for a file, or a folder that is not empty: before any work is done. */
  constructor(path: string) {
    const kind = kindOf(path)
    if (kind !== 'absent' && kind !== 'folder')
      throw new UsageError(`--out ${path} is a file: name a folder.`)
    if (kind === 'folder' && readdirSync(path).length > 0) {
      throw new UsageError(`--out ${path} is not empty, and nothing is overwritten: name a new folder.`)
    }
    this.path = outputFolder.parse(path, '--out')
  }

  /** Throws a `HeddleError` if another program has made a file of this name meanwhile. */
  write(name: string, content: string | Uint8Array): void {
    try {
      makeFolder(this.path)
      writeFileSync(join(this.path, name), content, { flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw systemFailure(`${join(this.path, name)} cannot be written`, error)
      }
      throw new HeddleError(`${join(this.path, name)} is there already, and nothing is overwritten.`)
    }
    this.files.push(name)
  }
}
