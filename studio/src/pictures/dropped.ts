import { pictureFile } from '../../../src/data/pictures/format.ts'

/** A file with the folders that it lay in, the outermost first. */
export interface FoundFile {
  readonly folders: readonly string[]
  readonly file: File
}

const MOST_FILES = 20_000
const MOST_DEPTH = 20
/** What a server can say something about: whether it is read, or how to convert it. */
const LIKE_A_PICTURE = /\.(hei[cf]|avif|tiff?|jxl|svg)$/i
const PARTS = /^(train|training|val|valid|validation|test|testing)$/i

/** The files that were dropped, those in folders too. Must be called while the event is handled. */
export function droppedFiles({ items, files }: DataTransfer): Promise<FoundFile[]> {
  const entries = [...items].map(item => item.webkitGetAsEntry())
  // What was copied from a page is a file without an entry.
  if (entries.every(entry => entry === null))
    return Promise.resolve([...files].map(file => ({ folders: [], file })))
  return walked(entries.filter(entry => entry !== null))
}

/** The files of a field in which a folder was chosen, or files. */
export function chosenFiles(files: FileList): FoundFile[] {
  return [...files]
    .map(file => ({ folders: file.webkitRelativePath.split('/').slice(0, -1), file }))
    .filter(({ folders, file }) => ![...folders, file.name].some(name => name.startsWith('.')))
}

/** Whether a file is worth sending: it is a picture, or is taken for one. */
export function isLikePicture({ name, type }: Pick<File, 'name' | 'type'>): boolean {
  return pictureFile.test(name) || LIKE_A_PICTURE.test(name) || type.startsWith('image/')
}

/**
 * The class of each file by its folders: the outermost folder, after those that hold everything and those that are parts of a
 * dataset; `null` for a file without a folder.
 *
 * @example
 * classesOf([['photos', 'cat'], ['photos', 'dog', '2020']]) // ['cat', 'dog']
 */
export function classesOf(paths: readonly (readonly string[])[]): (string | null)[] {
  let depth = 0
  const goesDeeper = (): boolean => {
    const names = new Set(paths.map(path => path[depth] ?? ''))
    const isDeeper = paths.every(path => path.length > depth + 1)
    return isDeeper && (names.size === 1 || [...names].every(name => PARTS.test(name)))
  }
  while (paths.length > 0 && goesDeeper()) depth++
  return paths.map(path => path[depth] ?? path.at(-1) ?? null)
}

async function walked(entries: readonly FileSystemEntry[]): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  const visit = async (entry: FileSystemEntry, folders: readonly string[]): Promise<void> => {
    if (entry.name.startsWith('.')) return
    if (found.length >= MOST_FILES)
      throw new Error(`More than ${MOST_FILES} files were dropped: drop a part of them.`)
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      )
      found.push({ folders, file })
    } else if (folders.length < MOST_DEPTH) {
      for (const inside of await entriesIn(entry as FileSystemDirectoryEntry))
        await visit(inside, [...folders, entry.name])
    }
  }
  for (const entry of entries) await visit(entry, [])
  return found
}

/** A reader gives some at a time, until it gives none. */
async function entriesIn(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return all
    all.push(...some)
  }
}
