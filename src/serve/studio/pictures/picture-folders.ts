import { type Dirent, readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { didYouMean, MissingError, UsageError } from '../../../base/errors.ts'
import { makeFolder } from '../../../base/files.ts'
import { cleanName, folded } from './names.ts'
import { PictureFolder } from './picture-folder.ts'
import { checkOwn } from './place.ts'

const MOST_FOLDERS = 200

/** The folders of pictures that pages may show and change: those in the folder `pictures` of the project, and no other. */
export class PictureFolders {
  /** The folder in which the studio was started. */
  readonly project: string
  readonly #home: string
  /** Each keeps what can be taken back. */
  readonly #known = new Map<string, PictureFolder>()

  constructor(project: string) {
    this.project = project
    this.#home = join(project, 'pictures')
  }

  /** Their names, sorted. */
  get names(): readonly string[] {
    let entries: Dirent[]
    try {
      entries = readdirSync(this.#home, { withFileTypes: true })
    } catch {
      return []
    }
    return entries
      .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort()
  }

  /** Throws a `MissingError` for a name that no folder has. */
  async get(name: string): Promise<PictureFolder> {
    const { names } = this
    if (!names.includes(name)) {
      throw new MissingError(
        `There is no folder of pictures "${name}" in ${this.#home}.${didYouMean(name, names)}`,
      )
    }
    await checkOwn(this.#home)
    return this.#at(name)
  }

  /** Makes one. Throws a `UsageError` if one of that name is there. */
  async add(given: string): Promise<PictureFolder> {
    const name = cleanName(given, 'folder')
    const { names } = this
    const other = names.find(one => folded(one) === folded(name))
    if (other !== undefined) throw new UsageError(`There is a folder of pictures "${other}" already.`)
    if (names.length >= MOST_FOLDERS)
      throw new UsageError(`${this.#home} has ${MOST_FOLDERS} folders, and pages make no more.`)
    makeFolder(this.#home)
    await checkOwn(this.#home)
    await mkdir(join(this.#home, name))
    return this.#at(name)
  }

  /** The one at a path; `null`: it is no folder of this kind. */
  at(path: string): PictureFolder | null {
    const name = path.slice(this.#home.length + 1)
    return dirname(path) === this.#home && !name.includes(sep) && this.names.includes(name)
      ? this.#at(name)
      : null
  }

  #at(name: string): PictureFolder {
    const known = this.#known.get(name) ?? new PictureFolder(join(this.#home, name), `pictures/${name}`)
    this.#known.set(name, known)
    return known
  }
}
