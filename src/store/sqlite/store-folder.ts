import { statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { HeddleError } from '../../base/errors.ts'
import { makeFolder } from '../../base/files.ts'
import { systemFailure } from '../../base/system-errors.ts'

/** The folder of a store: its database and, beside it, its files. */
export class StoreFolder {
  readonly path: string
  readonly database: string
  #opened: number | undefined

  constructor(path: string) {
    this.path = resolve(path)
    this.database = join(this.path, 'runs.db')
  }

  /** Makes it where it is not there. */
  async make(): Promise<void> {
    try {
      // Other users of the machine can read neither specs nor weights. A store that is there keeps its permissions.
      makeFolder(this.path, 0o700)
      // Experiments are committed, gigabytes of weights are not.
      await writeFile(join(this.path, '.gitignore'), '*\n', { flag: 'wx' }).catch(error => {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      })
    } catch (error) {
      throw new HeddleError(
        `The run store ${this.path} cannot be made: ${(error as Error).message}. Name another one with HEDDLE_STORE, or run with --no-record.`,
        { cause: error },
      )
    }
  }

  /** Whether a database is in it. Throws a `HeddleError` if that cannot be seen, or a part of the path is a file. */
  holdsStore(): boolean {
    try {
      return statSync(this.database).isFile()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw systemFailure(`The run store ${this.path} cannot be read`, error)
    }
  }

  /** The database is open: from now on `check` compares with what is there. */
  opened(): void {
    this.#opened = this.#inode()
  }

  /** Rows go into the file that was opened, wherever it is now; files would go into a new folder. */
  check(): void {
    if (this.#inode() === this.#opened) return
    throw new HeddleError(
      `The run store ${this.path} was moved or removed while it was written: what is measured from now on is not kept. ` +
        'Move it back, or begin the run again.',
    )
  }

  #inode(): number | undefined {
    return statSync(this.database, { throwIfNoEntry: false })?.ino
  }
}
