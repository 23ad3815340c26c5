import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../../spec/errors.ts'

const IMAGE = /\.(png|jpe?g|webp)$/i

export interface ImageFiles {
  readonly paths: readonly string[]
  readonly labels: Int32Array
}

/** The image files of a folder tree, by sorted class and sorted name: every machine sees one order. */
export interface FolderListing {
  readonly classNames: readonly string[]
  readonly train: ImageFiles
  /** Null for `<root>/<class>/*`: the reader splits. */
  readonly test: ImageFiles | null
  /** Files within class folders that are not images. */
  readonly ignored: readonly string[]
}

/**
 * Lists `<root>/train/<class>/*` and `<root>/test/<class>/*`, or `<root>/<class>/*`: PNG, JPEG and WebP.
 * Throws a `UsageError` for a missing folder, a class without images, or classes that differ between train and test.
 */
export async function listImageFolder(root: string): Promise<FolderListing> {
  const top = await foldersIn(root)
  if (!top.includes('train') || (await foldersIn(join(root, 'train'))).length === 0) {
    const { classNames, files, ignored } = await listClasses(root)
    return { classNames, train: files, test: null, ignored }
  }
  if (!top.includes('test')) {
    throw new UsageError(
      `${root} has a folder train but no folder test (it has ${top.join(', ')}). Name the folder of test images ` +
        'test; or, to have a part of the images held out, put the class folders directly below the root.',
    )
  }
  const train = await listClasses(join(root, 'train'))
  const test = await listClasses(join(root, 'test'))
  const onlyTrain = train.classNames.filter(name => !test.classNames.includes(name))
  const onlyTest = test.classNames.filter(name => !train.classNames.includes(name))
  if (onlyTrain.length + onlyTest.length > 0) {
    throw new UsageError(
      `${root}: train and test must have the same class folders. Only in train: ${onlyTrain.join(', ') || 'none'}; ` +
        `only in test: ${onlyTest.join(', ') || 'none'}.`,
    )
  }
  return {
    classNames: train.classNames,
    train: train.files,
    test: test.files,
    ignored: [...train.ignored, ...test.ignored],
  }
}

async function listClasses(root: string) {
  const classNames = await foldersIn(root)
  if (classNames.length === 0) {
    throw new UsageError(
      `${root} has no class folders: expected one folder per class with its images in it, such as ${join(root, 'cat')}.`,
    )
  }
  const paths: string[] = []
  const labels: number[] = []
  const ignored: string[] = []
  for (const [label, className] of classNames.entries()) {
    const folder = join(root, className)
    const files = (await entriesOf(folder)).filter(entry => !entry.isDirectory()).map(entry => entry.name)
    const images = files.filter(name => IMAGE.test(name)).sort()
    if (images.length === 0) {
      throw new UsageError(
        `${folder} has no images (.png, .jpg, .jpeg, .webp). Add some, or remove the folder if it is not a class.`,
      )
    }
    for (const name of images) {
      paths.push(join(folder, name))
      labels.push(label)
    }
    ignored.push(...files.filter(name => !IMAGE.test(name)).map(name => join(folder, name)))
  }
  return { classNames, files: { paths, labels: Int32Array.from(labels) }, ignored }
}

/** The names of the folders in `root`, links to folders included, sorted. */
async function foldersIn(root: string): Promise<string[]> {
  const names: string[] = []
  for (const entry of await entriesOf(root)) {
    const linked = entry.isSymbolicLink() && (await leadsToFolder(join(root, entry.name)))
    if (entry.isDirectory() || linked) names.push(entry.name)
  }
  return names.sort()
}

async function leadsToFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

/** Everything in `folder` but hidden files, such as .DS_Store. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).filter(entry => !entry.name.startsWith('.'))
  } catch (error) {
    throw new UsageError(
      `The image folder ${folder} cannot be read: ${(error as Error).message}. Check the path.`,
    )
  }
}
