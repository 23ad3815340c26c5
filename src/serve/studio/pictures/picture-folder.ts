import { createHash } from 'node:crypto'
import type { Dirent, Stats } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rmdir } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { MissingError, UsageError } from '../../../base/errors.ts'
import { makeFolder } from '../../../base/files.ts'
import { isSystemError, systemFailure } from '../../../base/system-errors.ts'
import { plural } from '../../../base/text.ts'
import { pictureFile, pictureHeader } from '../../../data/pictures/format.ts'
import {
  type AddedPicture,
  MOST_PICTURES,
  type PictureClass,
  type PictureSetPage,
  type StoredPicture,
} from '../../../protocol/pictures.ts'
import { Changes } from './changes.ts'
import { cleanName, folded, freeName } from './names.ts'
import { checkOwn, moveTo, writeNew } from './place.ts'

const MOST_CLASSES = 200
/** Hidden, as what `heddle run` leaves out. */
const TRASH = '.trash'
const ENDINGS = { PNG: '.png', JPEG: '.jpg', WebP: '.webp', GIF: '.gif', BMP: '.bmp' } as const

/** The pictures of a folder, as they are found. */
export interface Listing {
  readonly classes: readonly PictureClass[]
  readonly leftOut: readonly string[]
}

/**
 * A folder of pictures with a folder for each class, which a page changes. A request names a picture only by what a listing has
 * found, new names are cleaned, and links are not followed: so no request reaches another place of the disk. No file is
 * overwritten, and what is removed is moved to the folder's `.trash`.
 */
export class PictureFolder {
  readonly path: string
  /** As people name it: `pictures/flowers`. */
  readonly shown: string
  readonly #changes = new Changes()
  /** What was listed last: a picture is asked for by what a listing has found. */
  #seen: ReadonlySet<string> = new Set()
  /** The listing that the pictures of a batch are added to: a folder is not read again for each of thousands. */
  #adding: { readonly batch: string; readonly classes: readonly PictureClass[] } | null = null
  /** The last one to change the folder: the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string, shown: string) {
    this.path = path
    this.shown = shown
  }

  get name(): string {
    return basename(this.path)
  }

  async page(): Promise<PictureSetPage> {
    const { classes, leftOut } = await this.list()
    const undo = this.#changes.last?.text ?? null
    return { name: this.name, folder: this.shown, classes, undo, leftOut: leftOut.slice(0, 20) }
  }

  /** Throws a `UsageError` for a folder that is divided into parts, and for one with too many pictures. */
  async list(): Promise<Listing> {
    await checkOwn(this.path)
    const classes: PictureClass[] = []
    const leftOut: string[] = []
    let total = 0
    for (const entry of await entriesOf(this.path)) {
      if (!entry.isDirectory()) {
        leftOut.push(entry.name)
        continue
      }
      const pictures = await this.#picturesOf(entry.name, leftOut)
      total += pictures.length
      if (total > MOST_PICTURES) throw this.#tooMany()
      classes.push({ name: entry.name, pictures })
    }
    const part = classes.find(({ name }) => /^train(ing)?$/i.test(name))
    if (part) {
      throw new UsageError(
        `${this.shown} is divided into parts (${classes.map(({ name }) => name).join(', ')}), and this page is for one folder for each class. Train with: heddle run ${this.shown}`,
      )
    }
    this.#seen = new Set(classes.flatMap(({ pictures }) => pictures.map(({ id }) => id)))
    return { classes, leftOut }
  }

  /** Changes when the pictures do. */
  async state(): Promise<string> {
    const { classes } = await this.list()
    return createHash('sha256').update(JSON.stringify(classes)).digest('hex')
  }

  /** The path of a picture that is there. Throws a `MissingError` for any other text. */
  async pathOf(id: string): Promise<string> {
    if (!this.#seen.has(id)) await this.list()
    if (!this.#seen.has(id)) throw this.#missing(id)
    const path = join(this.path, id)
    // It may have become a link since it was listed.
    for (let folder = dirname(path); folder.length >= this.path.length; folder = dirname(folder))
      await checkOwn(folder)
    if ((await lstat(path).catch(() => null))?.isFile()) return path
    throw this.#missing(id)
  }

  addClass(given: string): Promise<void> {
    return this.#inTurn(async () => {
      const name = await this.#freeClass(given)
      await mkdir(join(this.path, name))
      this.#changes.push({ text: `the class ${name} added`, moves: [[null, name]], batch: null })
    })
  }

  renameClass(from: string, given: string): Promise<void> {
    return this.#inTurn(async () => {
      const { classes } = await this.list()
      const old = classOf(classes, from)
      const name = cleanName(given, 'class')
      if (name === old) return
      const other = classes.find(one => one.name !== old && folded(one.name) === folded(name))
      if (other) {
        throw new UsageError(
          `There is a class "${other.name}" already. To join the two, select the pictures of ${old} and move them there.`,
        )
      }
      await this.#move([[old, name]], `${old} renamed to ${name}`)
    })
  }

  removeClass(given: string): Promise<void> {
    return this.#inTurn(async () => {
      const name = classOf((await this.list()).classes, given)
      await this.#move([[name, join(await this.#newTrash(), name)]], `the class ${name} removed`)
    })
  }

  /** Puts pictures into another class. */
  move(ids: readonly string[], to: string): Promise<void> {
    return this.#inTurn(async () => {
      const name = classOf((await this.list()).classes, to)
      const found = (await this.#find(ids)).filter(path => classIn(path) !== name)
      const taken = await this.#takenIn(name)
      const moves = found.map(path => {
        const free = freeName(basename(path), one => taken.has(folded(one)))
        taken.add(folded(free))
        return [path, join(name, free)] as const
      })
      if (moves.length > 0) await this.#move(moves, `${plural(moves.length, 'picture')} moved to ${name}`)
    })
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      const found = await this.#find(ids)
      const trash = await this.#newTrash()
      const moves = found.map(path => [path, join(trash, path)] as const)
      await this.#move(moves, `${plural(moves.length, 'picture')} removed`)
    })
  }

  /**
   * Adds the bytes of a file that was checked to be a picture, under its name or one like it. The class is made where it is not
   * there; the same bytes are not kept twice in one class.
   */
  add(given: { class: string; name: string; bytes: Uint8Array; batch: string }): Promise<AddedPicture> {
    return this.#inTurn(async () => {
      const classes = this.#adding?.batch === given.batch ? this.#adding.classes : (await this.list()).classes
      const wanted = cleanName(given.class, 'class')
      const known = classes.find(({ name }) => folded(name) === folded(wanted))
      const name = known?.name ?? (await this.#freeClass(given.class))
      const same = await this.#sameIn(known, given.bytes)
      if (same) return { ...same, isThere: true }
      if (classes.reduce((sum, { pictures }) => sum + pictures.length, 0) >= MOST_PICTURES)
        throw new UsageError(`${this.shown} has ${MOST_PICTURES} pictures, and a page takes no more.`)
      const moves: [null, string][] = []
      if (!known) {
        await mkdir(join(this.path, name))
        moves.push([null, name])
      }
      const stem = cleanName(given.name.replace(pictureFile, '') || 'picture', 'file')
      const taken = await this.#takenIn(name)
      const file = freeName(`${stem}${ENDINGS[pictureHeader(given.bytes).format]}`, one =>
        taken.has(folded(one)),
      )
      const path = join(name, file)
      await writeNew(join(this.path, path), given.bytes)
      moves.push([null, path])
      this.#changes.added(moves, given.batch)
      const picture = pictureAt(path, await lstat(join(this.path, path)))
      const others = classes.filter(one => one !== known)
      const grown = { name, pictures: [...(known?.pictures ?? []), picture] }
      this.#adding = { batch: given.batch, classes: [...others, grown] }
      return { ...picture, isThere: false }
    }, given.batch)
  }

  /** Takes the last change back. */
  undo(): Promise<void> {
    return this.#inTurn(async () => {
      const change = this.#changes.last
      if (!change) throw new UsageError('There is nothing to take back.')
      const trash = await this.#newTrash()
      for (const [from, to] of change.moves.toReversed()) {
        const here = join(this.path, to)
        if (from !== null) await moveTo(here, join(this.path, from))
        // A folder that was made, and in which something else was put since, stays.
        else if ((await lstat(here).catch(() => null))?.isDirectory()) await rmdir(here).catch(() => {})
        else await moveTo(here, join(this.path, trash, to))
      }
      this.#changes.pop()
    })
  }

  async #picturesOf(name: string, leftOut: string[]): Promise<StoredPicture[]> {
    const folder = join(this.path, name)
    const paths: string[] = []
    for (const entry of await entriesOf(folder, true)) {
      const path = relative(this.path, join(entry.parentPath, entry.name))
      if (entry.isDirectory() || path.split(sep).some(part => part.startsWith('.'))) continue
      if (entry.isFile() && pictureFile.test(entry.name)) paths.push(path)
      else leftOut.push(path)
    }
    if (paths.length > MOST_PICTURES) throw this.#tooMany()
    const pictures = await Promise.all(
      paths.map(async path => {
        const status = await lstat(join(this.path, path)).catch(unlessGone)
        return status && pictureAt(path, status)
      }),
    )
    return pictures.filter(picture => picture !== null).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** The paths of pictures in the listing: texts that it does not have are refused. */
  async #find(ids: readonly string[]): Promise<string[]> {
    await this.list()
    return [...new Set(ids)].map(id => {
      if (this.#seen.has(id)) return id.split('/').join(sep)
      throw this.#missing(id)
    })
  }

  #missing(id: string): MissingError {
    return new MissingError(`The picture "${id}" is not in ${this.shown}: it was moved or removed meanwhile.`)
  }

  #tooMany(): UsageError {
    return new UsageError(
      `${this.shown} has more than ${MOST_PICTURES} pictures, which are too many for a page. Train with: heddle run ${this.shown}`,
    )
  }

  async #sameIn(known: PictureClass | undefined, bytes: Uint8Array): Promise<StoredPicture | undefined> {
    const digest = (of: Uint8Array): string => createHash('sha256').update(of).digest('hex')
    // A version begins with the size: only files of the same size are read.
    const like = known?.pictures.filter(({ version }) => version.startsWith(`${bytes.length}-`)) ?? []
    for (const picture of like)
      if (digest(await readFile(join(this.path, picture.id))) === digest(bytes)) return picture
    return undefined
  }

  async #freeClass(given: string): Promise<string> {
    const name = cleanName(given, 'class')
    const { classes } = await this.list()
    const other = classes.find(one => folded(one.name) === folded(name))
    if (other) throw new UsageError(`There is a class "${other.name}" already.`)
    if (classes.length >= MOST_CLASSES)
      throw new UsageError(`${this.shown} has ${MOST_CLASSES} classes, and a page takes no more.`)
    return name
  }

  async #takenIn(name: string): Promise<Set<string>> {
    const entries = await readdir(join(this.path, name)).catch(() => [])
    return new Set(entries.map(folded))
  }

  /** A folder in the trash that is not there yet. */
  async #newTrash(): Promise<string> {
    const trash = join(this.path, TRASH)
    makeFolder(trash)
    await checkOwn(trash)
    const used = (await readdir(trash)).map(Number).filter(Number.isSafeInteger)
    return join(TRASH, String(Math.max(0, ...used) + 1))
  }

  async #move(moves: readonly (readonly [string, string])[], text: string): Promise<void> {
    const done: [string, string][] = []
    try {
      for (const [from, to] of moves) {
        await moveTo(join(this.path, from), join(this.path, to))
        done.push([from, to])
      }
    } finally {
      // What was moved before a failure can be taken back too.
      if (done.length > 0) this.#changes.push({ text, moves: done, batch: null })
    }
  }

  #inTurn<T>(work: () => Promise<T>, batch: string | null = null): Promise<T> {
    const inWords = (error: unknown): never => {
      this.#adding = null
      throw isSystemError(error) ? systemFailure(`${this.shown} cannot be changed`, error) : error
    }
    const done = this.#last
      .then(() => {
        if (this.#adding?.batch !== batch) this.#adding = null
        return work()
      })
      .catch(inWords)
    this.#last = done.catch(() => {})
    return done
  }
}

async function entriesOf(folder: string, recursive = false): Promise<Dirent[]> {
  const entries = (await readdir(folder, { withFileTypes: true, recursive }).catch(unlessGone)) ?? []
  return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1))
}

function pictureAt(path: string, { size, mtimeMs }: Stats): StoredPicture {
  return { id: path.split(sep).join('/'), version: `${size}-${Math.round(mtimeMs)}` }
}

function classIn(path: string): string {
  return path.split(sep)[0]!
}

function classOf(classes: readonly PictureClass[], name: string): string {
  if (classes.some(one => one.name === name)) return name
  throw new MissingError(`There is no class "${name}": it was renamed or removed meanwhile.`)
}

/** What was moved while a folder is listed is not there; any other error is one. */
function unlessGone(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
