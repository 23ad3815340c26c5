import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { listOf } from '../../base/text.ts'
import { pictureFile, pictureFormats } from '../pictures/format.ts'

export interface ImageFiles {
  readonly paths: readonly string[]
  readonly labels: Int32Array
}

/** The image files of a folder tree, by sorted class and sorted path: every machine sees one order. */
export interface FolderListing {
  readonly classNames: readonly string[]
  readonly train: ImageFiles
  /** Null where there is no folder for them. */
  readonly validation: ImageFiles | null
  /** Null where there is no folder for them: the reader holds some of the training images out. */
  readonly test: ImageFiles | null
  readonly found: Found
}

/** What lies in a folder tree besides images in class folders; hidden files and folders are not counted. */
interface Found {
  /** Files that are not images. */
  readonly others: string[]
  /** Images outside any class folder. */
  readonly strays: string[]
  /** Folders that are neither classes nor parts of the data. */
  readonly folders: string[]
  /** Links to a folder that is read already, or that holds the link itself. */
  readonly links: string[]
  /** Images in folders below a class folder: they are read. */
  readonly nested: string[]
}

/** The names that the parts of a dataset go by, whatever their capitals. */
const partNames = {
  train: ['train', 'training'],
  validation: ['val', 'valid', 'validation'],
  test: ['test', 'testing'],
} as const

type Part = keyof typeof partNames

/**
 * Lists `<root>/train/<class>/**`, beside it `val` (or `valid`, `validation`) and `test`, or `<root>/<class>/**`: PNG, JPEG,
 * WebP, GIF and BMP. Class names are compared in Unicode's composed form (NFC).
 * Throws a `UsageError` for a missing folder, a class without images, and a class that is not in train.
 */
export async function listImageFolder(root: string): Promise<FolderListing> {
  const found: Found = { others: [], strays: [], folders: [], links: [], nested: [] }
  const top = await look(root)
  const parts = partsOf(root, top.folders)
  const others = top.folders.filter(name => !Object.values(parts).includes(name))
  if (!(await isDivided(root, parts, others))) {
    const { classNames, files } = await listClasses(root, found)
    await checkLevel(root, classNames)
    return { classNames, train: files, validation: null, test: null, found }
  }
  sortOut(root, top.files, found)
  found.folders.push(...others.map(name => join(root, name)))
  const { classNames, files } = await listClasses(join(root, parts.train!), found)
  const part = async (name: 'validation' | 'test'): Promise<ImageFiles | null> =>
    parts[name] === undefined
      ? null
      : (await listClasses(join(root, parts[name]), found, { train: parts.train!, classNames })).files
  return { classNames, train: files, validation: await part('validation'), test: await part('test'), found }
}

/** Which folder is which part of the data. Throws a `UsageError` if two folders could be one part. */
function partsOf(root: string, folders: readonly string[]): Partial<Record<Part, string>> {
  return Object.fromEntries(
    Object.entries(partNames).flatMap(([part, names]) => {
      const fitting = folders.filter(name => (names as readonly string[]).includes(name.toLowerCase()))
      if (fitting.length > 1) {
        throw new UsageError(
          `${root} has the folders ${listOf(fitting)}, which could all be the ${part} images. Keep one of them there.`,
        )
      }
      return fitting.map(name => [part, name])
    }),
  )
}

/** Whether the folders are parts of the data rather than classes. Throws a `UsageError` if that is ambiguous. */
async function isDivided(
  root: string,
  parts: Partial<Record<Part, string>>,
  others: readonly string[],
): Promise<boolean> {
  const names = Object.values(parts)
  const onlyParts = names.length >= 2 && others.length === 0
  if (parts.train === undefined) {
    if (!onlyParts) return false
    throw new UsageError(
      `${root} has the folders ${listOf(names)}, but no folder train. Name the folder of training images train.`,
    )
  }
  if ((await look(join(root, parts.train))).folders.length === 0) {
    if (!onlyParts) return false
    throw new UsageError(
      `${join(root, parts.train)} has no class folders: expected one folder per class with its images in it, such as ` +
        `${join(root, parts.train, 'cat')}.`,
    )
  }
  if (names.length >= 2 || others.length === 0) return true
  throw new UsageError(
    `${root} has a folder ${parts.train} with folders in it, but no folder test or val (it has ${[parts.train, ...others].join(', ')}). ` +
      `Name the folders of test and validation images test and val; or, if ${parts.train} is a class like the others, give it ` +
      'another name; or use the path of the folder that holds the class folders.',
  )
}

/** Throws a `UsageError` if the only class folder holds folders alone: the classes lie one level deeper. */
async function checkLevel(root: string, classNames: readonly string[]): Promise<void> {
  if (classNames.length > 1) return
  const [only] = (await look(root)).folders
  const inside = await look(join(root, only!))
  if (inside.folders.length < 2 || inside.files.some(({ name }) => pictureFile.test(name))) return
  throw new UsageError(
    `${root} has one folder, ${only}, and the class folders seem to lie in it: ${listOf(inside.folders)}. Use the path ${join(root, only!)}.`,
  )
}

/** The classes of `root` and their images; those of a part other than train are named by train's classes. */
async function listClasses(
  root: string,
  found: Found,
  known?: { readonly train: string; readonly classNames: readonly string[] },
) {
  const { folders, files: loose } = await look(root)
  sortOut(root, loose, found)
  if (folders.length === 0) {
    throw new UsageError(
      `${root} has no class folders: expected one folder per class with its images in it, such as ${join(root, 'cat')}.` +
        (known
          ? ' Images whose classes are not known cannot be tested on: move the folder elsewhere, and ask a trained model with heddle predict.'
          : ''),
    )
  }
  const byName = new Map<string, string[]>()
  for (const name of folders) {
    const composed = name.normalize('NFC')
    byName.set(composed, [...(byName.get(composed) ?? []), name])
  }
  const classNames = known?.classNames ?? [...byName.keys()].sort()
  if (known) checkClasses(root, [...byName.keys()], known)
  const paths: string[] = []
  const labels: number[] = []
  for (const [label, className] of classNames.entries()) {
    const own = byName.get(className) ?? []
    const images = (await Promise.all(own.map(name => imagesBelow(join(root, name), found)))).flat()
    if (images.length === 0 && !known) {
      throw new UsageError(
        `${join(root, className)} has no images (.png, .jpg, .jpeg, .webp, .gif, .bmp). ${unread(found)}Add some, or remove the folder if it is not a class.`,
      )
    }
    for (const path of inOrder(images, root)) {
      paths.push(path)
      labels.push(label)
    }
  }
  if (paths.length === 0)
    throw new UsageError(`${root} has no images in its class folders. Add some, or remove it.`)
  return { classNames, files: { paths, labels: Int32Array.from(labels) } }
}

/** Photos of an iPhone are the usual reason why a folder has files and no images. */
function unread({ others }: Found): string {
  const photo = others.find(file => /\.(hei[cf]|avif|tiff?|dng|cr2|nef|svg)$/i.test(file))
  return photo ? `Files such as ${basename(photo)} are not read: convert them to JPEG. ` : ''
}

/** A class that train has not cannot be learned, and is often one of train's, spelt in another way. */
function checkClasses(
  root: string,
  names: readonly string[],
  { train, classNames }: { readonly train: string; readonly classNames: readonly string[] },
): void {
  const extra = names.filter(name => !classNames.includes(name))
  if (extra.length === 0) return
  const missing = classNames.filter(name => !names.includes(name))
  throw new UsageError(
    `${root} has class folders that ${train} does not have: a network cannot learn them. Only there: ${listOf(extra.sort())}; only in ` +
      `${train}: ${listOf(missing) || 'none'}. Give a class the same name in both, or add training images of it.`,
  )
}

/** All images below a class folder. A folder is read once, so that links cannot lead in circles. */
async function imagesBelow(classFolder: string, found: Found): Promise<string[]> {
  const start = await realpath(classFolder)
  const seen = new Set<string>()
  const images: string[] = []
  const waiting = [classFolder]
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const real = await realpath(folder)
    const holdsTheClass =
      real !== start && `${start}${sep}`.startsWith(real.endsWith(sep) ? real : `${real}${sep}`)
    if (seen.has(real) || holdsTheClass) {
      found.links.push(folder)
      continue
    }
    seen.add(real)
    const { folders, files } = await look(folder)
    for (const { name, isFile } of files) {
      const path = join(folder, name)
      if (!isFile || !pictureFile.test(name)) found.others.push(path)
      else images.push(path)
      if (isFile && pictureFile.test(name) && folder !== classFolder) found.nested.push(path)
    }
    waiting.push(...folders.toReversed().map(name => join(folder, name)))
  }
  return images
}

/** By path below `root` in composed form: file systems differ in the form that they keep. */
function inOrder(paths: readonly string[], root: string): string[] {
  const keyed = paths.map(path => ({ path, key: relative(root, path).normalize('NFC') }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ path }) => path)
}

/** Files outside class folders: images without a class, and others. */
function sortOut(folder: string, files: readonly LooseFile[], { strays, others }: Found): void {
  for (const { name, isFile } of files)
    (isFile && pictureFile.test(name) ? strays : others).push(join(folder, name))
}

interface LooseFile {
  readonly name: string
  /** False for what is no file either, such as a socket. */
  readonly isFile: boolean
}

/** What archives of macOS hold beside the files. */
const HIDDEN = /^\.|^__MACOSX$/

/** The folders and files in `folder`, links followed, sorted; without hidden ones, such as .DS_Store. */
async function look(folder: string): Promise<{ folders: string[]; files: LooseFile[] }> {
  let entries: Dirent[]
  try {
    entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !HIDDEN.test(name))
  } catch (error) {
    throw new UsageError(
      `The image folder ${folder} cannot be read: ${(error as Error).message}. Check the path.`,
    )
  }
  const folders: string[] = []
  const files: LooseFile[] = []
  for (const entry of entries) {
    const { name } = entry
    const target = entry.isSymbolicLink() ? await stat(join(folder, name)).catch(() => null) : entry
    if (target?.isDirectory()) folders.push(name)
    // A link that leads nowhere counts as a file: reading it says what is wrong.
    else files.push({ name, isFile: target?.isFile() ?? true })
  }
  return { folders: folders.sort(), files: files.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** What a user should know of a listing: everything that is not used, counted, each with an example. */
export function describeFound(root: string, { others, strays, folders, links, nested }: Found): string[] {
  const say = (paths: readonly string[], one: string, many: string): string[] =>
    paths.length === 0
      ? []
      : [
          `${root}: ${paths.length === 1 ? `${one}: ${paths[0]}` : `${many.replace('#', String(paths.length))}, such as ${paths[0]}`}.`,
        ]
  return [
    ...say(
      others,
      `ignored 1 file that is not ${pictureFormats}`,
      `ignored # files that are not ${pictureFormats}`,
    ),
    ...say(
      strays,
      'ignored 1 image that lies outside the class folders',
      'ignored # images that lie outside the class folders',
    ),
    ...say(
      folders,
      'ignored 1 folder that is none of train, val and test',
      'ignored # folders that are none of train, val and test',
    ),
    ...say(
      links,
      'ignored 1 link to a folder that is read already or holds the link',
      'ignored # links to folders that are read already or hold the link',
    ),
    ...say(
      nested,
      'read 1 image from a folder below its class folder',
      'read # images from folders below their class folders',
    ),
  ]
}
