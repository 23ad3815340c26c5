import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { atOnce } from '../../base/at-once.ts'
import { UsageError } from '../../base/errors.ts'
import {
  boolean,
  integer,
  number,
  type Options,
  type Pair,
  parseSpec,
  required,
  type Spec,
  text,
} from '../../base/schema.ts'
import { sizeOf } from '../../base/shape.ts'
import { systemReason } from '../../base/system-errors.ts'
import { megabytes, plural } from '../../base/text.ts'
import { ownVersion } from '../../base/version.ts'
import { createDataset, type Dataset } from '../dataset.ts'
import type { ImageShape, LabelledImages } from '../examples.ts'
import { decodingHere, decodingOnThreads } from '../packs/decoding.ts'
import { Pack } from '../packs/pack.ts'
import type { Stamp } from '../packs/segment.ts'
import { type PictureOptions, type Preparation, pictureFields, preparation } from '../preparation.ts'
import type { LoadOptions } from './context.ts'
import { imageDecoder, wideBits } from './decode.ts'
import type { SourceDefinition } from './definition.ts'
import { describeFound, type ImageFiles, listImageFolder } from './folder-listing.ts'
import { nameOfPath } from './name-of-path.ts'
import { cachePlaces } from './places.ts'
import { MAX_PROBLEMS, MEMORY_BYTES, PictureReader, unreadable } from './read-pictures.ts'
import { splitByRecording } from './recordings.ts'
import { loadSharp } from './sharp.ts'

const place = {
  /** The folder, relative to the experiment file. Required. */
  path: required(text()),
}

const handling = {
  /** Leave out files that cannot be read, and name them in a notice. Default false: they are an error. */
  skipUnreadable: boolean(false),
  /** The share of each class that becomes test images where the folder has no `test`: at least 0 and below 1. Default 0.2. */
  testSplit: number(0.2, { min: 0, below: 1 }),
  /** Draws those test images. Default 0. */
  seed: integer(0, { min: 0 }),
}

const fields = { ...place, ...pictureFields, ...handling }

export interface ImageFolderOptions extends Options<typeof place>, PictureOptions, Options<typeof handling> {}
export type ImageFolderSpec = Spec<'imageFolder', typeof fields>

/**
 * A folder of PNG, JPEG, WebP, GIF or BMP images, a folder for each class: `<path>/<class>/**`, of which `testSplit` of each class is
 * held out by `seed` (frames of one recording of the studio's camera stay together); or `<path>/train/<class>/**` with `test` beside
 * it, and `val`, which is then the validation data (also `valid`, `validation`, `training`, `testing`, in any capitals). Everything that
 * is not read is counted in a notice. Needs the package sharp.
 *
 * The options from `colorMode` on are how a picture becomes an input, in training, in `predict` and in the studio; names and defaults are
 * those of Keras' image_dataset_from_directory where it has them.
 *
 * @example
 * imageFolder({ path: 'flowers', colorMode: 'grayscale', imageSize: [64, 64] })
 */
export function imageFolder(options: ImageFolderOptions): ImageFolderSpec {
  return parseSpec('imageFolder', fields, options)
}

export const imageFolderSource: SourceDefinition<ImageFolderSpec> = {
  fields,
  load: loadImageFolder,
  paths: ['path'],
}

/** Fewer and smaller files than these are decoded in a second or two: neither threads nor a pack pay. */
const MANY_FILES = 200
const MANY_BYTES = 2 ** 24

/**
 * Reads a folder of images with one folder per class; see `listImageFolder` for its layouts. What was decoded is kept in the cache
 * (`Pack`), so that only new and changed files are decoded the next time; a set larger than memory stays there.
 * Throws a `UsageError` that names the files which cannot be read, or are not of one size.
 */
async function loadImageFolder(options: ImageFolderSpec, given: LoadOptions = {}): Promise<Dataset> {
  const skipped: string[] = []
  const skips = options.skipUnreadable && !given.onUnreadable
  const context = skips
    ? { ...given, onUnreadable: (file: string, reason: string) => void skipped.push(`${file}: ${reason}`) }
    : given
  const root = resolve(context.baseDir ?? '.', options.path)
  const { classNames, validation, found, ...listed } = await listImageFolder(root)
  for (const notice of describeFound(root, found)) context.onNotice?.(notice)
  if (validation && !listed.test) {
    context.onNotice?.(
      `${root} has no folder test: a part of ${options.testSplit} of each class of the training images is held out as test images (testSplit).`,
    )
  }
  const { train, test } = listed.test
    ? { ...listed, test: listed.test }
    : holdOut(listed.train, root, options)
  const paths = [train, validation, test].flatMap(part => part?.paths ?? [])
  const asked = picturesOf(options)
  const channels = options.colorMode === 'rgb' ? 3 : 1
  const [height, width] = options.imageSize ?? (await firstSize(train.paths, asked, context))
  const shape = [height, width, channels] as const
  const files = await stampsOf(paths, root)
  const isInMemory = paths.length * sizeOf(shape) <= (context.memoryBytes ?? MEMORY_BYTES)
  const isMany = paths.length >= MANY_FILES || files.bytes >= MANY_BYTES
  const pack = isMany || !isInMemory ? await packOf(root, asked, context) : null
  if (!pack && !isInMemory) throw tooMany(paths.length, shape)
  const bits = await bitsOf(paths, files.stamps, { root, asked, pack, context })
  const chosen = preparation({ ...asked, bits: bits.most, imageSize: [height, width] })
  const { colorMode, imageSize, ...rest } = { ...asked, bits: bits.most }
  pack?.use({ root, prepared: await preparedBy(chosen), rowBytes: sizeOf(shape) })
  const total = paths.filter(path => !pack?.has(files.stamps.get(path) ?? '')).length
  const task = { colorMode, imageSize, options: rest }
  const decoding = isMany && total > 0 ? await decodingOnThreads(task) : await decodingHere(task)
  const about = { shape, decoding, pack, stamps: files.stamps, bits: bits.of, total, isInMemory, context }
  const reader = new PictureReader(about)
  const parts = { train, ...(validation && { validation }), test }
  const read: Partial<Record<keyof typeof parts, LabelledImages>> = {}
  try {
    for (const [name, part] of Object.entries(parts))
      read[name as keyof typeof parts] = await reader.read(part, `${root}, ${name}`)
  } finally {
    await decoding.end()
    reader.keep(paths)
  }
  reader.finish()
  const { train: trained, test: tested, ...validated } = read
  const data = createDataset({
    name: nameOfPath(root),
    classNames,
    imageShape: shape,
    preparation: chosen,
    train: trained!,
    ...validated,
    test: tested!,
  })
  if (skipped.length > 0) {
    given.onNotice?.(
      `${root}: ${plural(skipped.length, 'image')} cannot be read and ${skipped.length === 1 ? 'is' : 'are'} left out:${skipped.map(one => `\n  - ${one}`).join('')}`,
    )
  }
  return data
}

function tooMany(count: number, shape: ImageShape): UsageError {
  return new UsageError(
    `${count} images of ${shape.join(' × ')} make ${megabytes(count * sizeOf(shape))}, too many for memory, and they cannot be kept in the cache. ` +
      'Set HEDDLE_CACHE to a folder with room, or choose a smaller imageSize.',
  )
}

/** What makes the same bytes of a picture again. */
async function preparedBy(chosen: Preparation): Promise<string> {
  const { sharp, vips } = (await loadSharp()).versions
  return JSON.stringify([ownVersion(), sharp, vips, chosen])
}

/** The pack of a folder under the options that were asked for; `null` with a notice where none can be made. */
async function packOf(root: string, asked: Asked, { env, onNotice }: LoadOptions): Promise<Pack | null> {
  const place = JSON.stringify([await realpath(root), asked])
  const key = createHash('sha256').update(place).digest('hex').slice(0, 32)
  const folder = join(cachePlaces(env ?? process.env).pictures, key)
  try {
    return await Pack.open(folder)
  } catch (error) {
    onNotice?.(
      `Pictures cannot be kept in ${folder}: ${systemReason(error)} They are decoded again each time. Set HEDDLE_CACHE to a folder of yours.`,
    )
    return null
  }
}

/** Which state each file is in, and how large all of them are. */
async function stampsOf(paths: readonly string[], root: string) {
  const stamps = new Map<string, Stamp>()
  let bytes = 0
  await atOnce(paths.length, 16, async i => {
    // Reading says what is wrong with a file that cannot be looked at.
    const file = await stat(paths[i]!).catch(() => null)
    if (!file) return
    bytes += file.size
    stamps.set(paths[i]!, JSON.stringify([relative(root, paths[i]!), file.size, file.mtimeMs, file.ctimeMs]))
  })
  return { stamps, bytes }
}

type Asked = Omit<Preparation, 'kind' | 'pixelRange'>

/** The options that say how a picture becomes an image. */
function picturesOf(options: ImageFolderSpec): Asked {
  const names = Object.keys(pictureFields) as (keyof typeof pictureFields)[]
  return Object.fromEntries(names.map(name => [name, options[name]])) as unknown as Asked
}

interface Measuring {
  readonly root: string
  readonly asked: Asked
  readonly pack: Pack | null
  readonly context: LoadOptions
}

/**
 * All files of a dataset are read with one number of bits, that of the brightest: so they stay comparable, and data of 12 bits
 * in files of 16 does not become black.
 */
async function bitsOf(
  paths: readonly string[],
  stamps: ReadonlyMap<string, Stamp>,
  { root, asked, pack, context }: Measuring,
) {
  const of = new Map<string, number>()
  if (asked.bits !== null) return { most: asked.bits, of }
  const known = pack?.bits
  await atOnce(paths.length, 8, async i => {
    const path = paths[i]!
    of.set(path, known?.get(stamps.get(path) ?? '') ?? (await wideBits(path)))
  })
  const wide = [...of.values()].filter(bits => bits > 0)
  if (wide.length === 0) return { most: null, of }
  const most = wide.reduce((a, b) => Math.max(a, b))
  const use = most === 16 ? 'use all of them' : `use ${most} of them`
  context.onNotice?.(
    `${root}: ${plural(wide.length, 'file')} with 16 bits a channel ${use}: level ${2 ** most - 1} becomes white, ` +
      'and 8 bits are kept. The option bits of imageFolder sets another number.',
  )
  return { most, of }
}

function holdOut(files: ImageFiles, root: string, { testSplit, seed }: ImageFolderSpec) {
  const classCount = files.labels.at(-1)! + 1
  const { train, validation } = splitByRecording(files.paths, files.labels, {
    fraction: testSplit,
    seed,
    classCount,
  })
  if (train.length === 0 || validation.length === 0) {
    throw new UsageError(
      `${root}: testSplit ${testSplit} of ${plural(files.paths.length, 'image')} leaves ${train.length} for training and ` +
        `${validation.length} for testing. Add images (two in a class at least), or make folders train and test.`,
    )
  }
  const pick = (indices: Int32Array): ImageFiles => ({
    paths: Array.from(indices, i => files.paths[i]!),
    labels: indices.map(i => files.labels[i]!),
  })
  return { train: pick(train), test: pick(validation) }
}

/** That of the first image that can be read: what is to become of the others, their reader knows. */
async function firstSize(
  paths: readonly string[],
  { colorMode, imageSize, ...options }: Asked,
  { onUnreadable }: LoadOptions,
): Promise<Pair> {
  const decode = await imageDecoder(colorMode, imageSize, options)
  const problems: { path: string; error: unknown }[] = []
  for (const path of paths) {
    try {
      return (await decode(path)).size
    } catch (error) {
      problems.push({ path, error })
      if (!onUnreadable && problems.length >= MAX_PROBLEMS) break
    }
  }
  throw unreadable(problems)
}
