import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HeddleError, UsageError } from '../base/errors.ts'
import { kindOf, makeFolder } from '../base/files.ts'
import { systemFailure } from '../base/system-errors.ts'
import { outputFolder } from './output-paths.ts'

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

  /** Throws a `HeddleError` where another program has made a file of this name meanwhile. */
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
