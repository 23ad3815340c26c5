import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../base/files.ts'

/** Folders of this name hold files that are about to become the store's; `gc` removes those that a killed process left. */
export const STAGING = /^import-[0-9a-f-]+$/

/** Files that wait on the store's own disk, named after their content, until all of them are there. */
export class Staging {
  readonly #folder: string

  constructor(storeFolder: string) {
    this.#folder = join(storeFolder, `import-${randomUUID()}`)
  }

  pathOf(sha256: string): string {
    return join(this.#folder, sha256)
  }

  async put(sha256: string, bytes: Uint8Array): Promise<void> {
    await replaceFile(this.pathOf(sha256), [bytes])
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}
