import { resolve } from 'node:path'
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
import { plural } from '../../base/text.ts'
import { createDataset, type Dataset } from '../dataset.ts'
import type { ImageShape, LabelledImages } from '../examples.ts'
import { type PictureOptions, type Preparation, pictureFields, preparation } from '../preparation.ts'
import { stratifiedSplit } from '../split.ts'
import type { LoadOptions } from './context.ts'
import { type DecodedImage, imageDecoder, measureBits } from './decode.ts'
import type { SourceDefinition } from './definition.ts'
import { describeFound, type ImageFiles, listImageFolder } from './folder-listing.ts'
import { nameOfPath } from './name-of-path.ts'

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

/**` with `test` beside it, and `val`, which is then the
 * validation data (also `valid`, `validation`, `training`, `testing`, in any capitals). Everything that is not read is counted in a
 * notice. Needs the package sharp.
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

/** Enough to keep sharp's threads busy. */
const DECODED_AT_ONCE = 8
/** The pixels of a split are one array, and that is the largest Node 20 makes. */
const MAX_BYTES = 2 ** 32
/** A folder full of broken files is reported after this many. */
const MAX_PROBLEMS = 20

/**
 * Reads a folder of images with one folder per class; see `listImageFolder` for its layouts.
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
  const bits = await bitsOf(paths, root, options, context)
  const { colorMode, imageSize, ...rest } = picturesOf({ ...options, bits })
  const decode = await imageDecoder(colorMode, imageSize, rest)
  const channels = options.colorMode === 'rgb' ? 3 : 1
  const [height, width] = options.imageSize ?? (await firstSize(train.paths, decode, context))
  const read = readerOf([height, width, channels], { total: paths.length, decode, context })
  const data = createDataset({
    name: nameOfPath(root),
    classNames,
    imageShape: [height, width, channels],
    preparation: preparation({ ...rest, colorMode, imageSize: [height, width] }),
    train: await read(train),
    ...(validation && { validation: await read(validation) }),
    test: await read(test),
  })
  if (skipped.length > 0) {
    given.onNotice?.(
      `${root}: ${plural(skipped.length, 'image')} cannot be read and ${skipped.length === 1 ? 'is' : 'are'} left out:${skipped.map(one => `\n  - ${one}`).join('')}`,
    )
  }
  return data
}

/** The options that say how a picture becomes an image. */
function picturesOf(options: ImageFolderSpec): Omit<Preparation, 'kind' | 'pixelRange'> {
  const names = Object.keys(pictureFields) as (keyof typeof pictureFields)[]
  return Object.fromEntries(names.map(name => [name, options[name]])) as ReturnType<typeof picturesOf>
}

/**
 * All files of a dataset are read with one number of bits, that of the brightest: so they stay comparable, and data of 12 bits
 * in files of 16 does not become black.
 */
async function bitsOf(
  paths: readonly string[],
  root: string,
  { bits }: ImageFolderSpec,
  { onNotice }: LoadOptions,
): Promise<number | null> {
  if (bits !== null) return bits
  const measured = await measureBits(paths)
  if (!measured) return null
  const { files } = measured
  const use = measured.bits === 16 ? 'use all of them' : `use ${measured.bits} of them`
  onNotice?.(
    `${root}: ${plural(files, 'file')} with 16 bits a channel ${use}: level ${2 ** measured.bits - 1} becomes white, ` +
      'and 8 bits are kept. The option bits of imageFolder sets another number.',
  )
  return measured.bits
}

function holdOut(files: ImageFiles, root: string, { testSplit, seed }: ImageFolderSpec) {
  const classCount = files.labels.at(-1)! + 1
  const { train, validation } = stratifiedSplit(files.labels, { fraction: testSplit, seed, classCount })
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

/** That of the first image; of the first that can be read, where others are left out. */
async function firstSize(
  paths: readonly string[],
  decode: (path: string) => Promise<DecodedImage>,
  { onUnreadable }: LoadOptions,
): Promise<Pair> {
  const problems: Problem[] = []
  for (const [i, path] of paths.entries()) {
    try {
      return (await decode(path)).size
    } catch (error) {
      problems.push({ i, error })
      if (!onUnreadable) break
    }
  }
  throw firstOrAll(problems, paths)
}

interface Reading {
  /** Images of all parts. */
  readonly total: number
  readonly decode: (path: string) => Promise<DecodedImage>
  readonly context: LoadOptions
}

/** A function that reads one part of the data after the other, as images of one shape. */
function readerOf(shape: ImageShape, { total, decode, context: { onUnreadable, onProgress } }: Reading) {
  const imageBytes = sizeOf(shape)
  let done = 0
  return async ({ paths, labels }: ImageFiles): Promise<LabelledImages> => {
    if (paths.length * imageBytes > MAX_BYTES) {
      throw new UsageError(
        `${paths.length} images of ${shape.join(' × ')} make ${paths.length * imageBytes} bytes; ` +
          `at most ${MAX_BYTES} are read into memory. Choose a smaller imageSize.`,
      )
    }
    const images = new Uint8Array(paths.length * imageBytes) // [count, height, width, channels]
    const problems: Problem[] = []
    let next = 0
    const work = async () => {
      while (next < paths.length && (onUnreadable || problems.length < MAX_PROBLEMS)) {
        const i = next++
        try {
          images.set(fitting(await decode(paths[i]!), shape, paths[i]!), i * imageBytes)
        } catch (error) {
          problems.push({ i, error })
          // A wrong size is rarely alone: stop at the first.
          if (error instanceof UsageError) next = paths.length
        }
        onProgress?.({ what: 'images', done: ++done, total, unit: 'images' })
      }
    }
    await Promise.all(Array.from({ length: DECODED_AT_ONCE }, work))
    const isFatal = !onUnreadable || problems.some(({ error }) => error instanceof UsageError)
    if (problems.length > 0 && isFatal) throw firstOrAll(problems, paths)
    problems.sort((a, b) => a.i - b.i)
    for (const { i, error } of problems) onUnreadable?.(paths[i]!, reasonOf(error))
    return without(problems, { images, labels, files: paths })
  }
}

function fitting({ size, pixels }: DecodedImage, [height, width]: ImageShape, path: string): Uint8Array {
  if (size[0] === height && size[1] === width) return pixels
  throw new UsageError(
    `${path} is ${size[0]} × ${size[1]} pixels (height × width), expected ${height} × ${width} as the first ` +
      `image. Set imageSize, such as imageSize: [${height}, ${width}], to bring all images to one size.`,
  )
}

interface Problem {
  /** The index of the file. */
  readonly i: number
  readonly error: unknown
}

function reasonOf(error: unknown): string {
  return (error as Error).message.split('\n')[0]!
}

/** The examples that could be read. */
function without(problems: readonly Problem[], { images, labels, files }: LabelledImages): LabelledImages {
  if (problems.length === 0) return { images, labels, files }
  const size = images.length / labels.length
  const broken = new Set(problems.map(({ i }) => i))
  const kept = [...labels.keys()].filter(i => !broken.has(i))
  kept.forEach((from, to) => {
    images.copyWithin(to * size, from * size, (from + 1) * size)
  })
  return {
    images: images.subarray(0, kept.length * size),
    labels: Int32Array.from(kept, i => labels[i]!),
    files: kept.map(i => files![i]!),
  }
}

/** The first image of a wrong size, else all that cannot be read; sorted, as decoding ends in any order. */
function firstOrAll(problems: Problem[], paths: readonly string[]): UsageError {
  problems.sort((a, b) => a.i - b.i)
  const wrongSize = problems.find(({ error }) => error instanceof UsageError)
  if (wrongSize) return wrongSize.error as UsageError
  const reasons = problems.map(({ i, error }) => `${paths[i]}: ${reasonOf(error)}`)
  const count = reasons.length >= MAX_PROBLEMS ? `At least ${reasons.length}` : reasons.length
  return new UsageError(
    `${count} image${reasons.length === 1 ? '' : 's'} cannot be read. Replace or remove ${reasons.length === 1 ? 'it' : 'them'}, or leave unreadable images out with skipUnreadable: true (--skip-unreadable):\n` +
      reasons.map(reason => `  - ${reason}`).join('\n'),
  )
}
