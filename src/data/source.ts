import { resolve } from 'node:path'
import { UsageError } from '../base/errors.ts'
import { hintFor } from '../base/keras-names.ts'
import {
  boolean,
  custom,
  integer,
  number,
  type Options,
  optional,
  parseSpec,
  required,
  type Spec,
  show,
  text,
} from '../base/schema.ts'
import { type Corrections, correctDataset, correctionsField } from './correct.ts'
import type { Dataset } from './dataset.ts'
import { pictureFields } from './preparation.ts'
import { type Classes, classesField, relabelDataset } from './relabel.ts'
import type { LoadOptions } from './sources/context.ts'
import { loadCsv } from './sources/csv.ts'
import { loadFashionMnist } from './sources/fashion-mnist.ts'
import { loadFashionMnistMini } from './sources/fashion-mnist-mini.ts'
import { loadImageFolder } from './sources/folder.ts'
import { loadIdx } from './sources/idx-dataset.ts'

const noFields = {} as const

type ImageShape = Dataset['imageShape']

const classNamesField = custom<readonly string[], readonly string[]>(undefined, (value, path) => {
  const names: unknown[] = Array.isArray(value) ? value : []
  const sound = names.length > 0 && names.every(name => typeof name === 'string' && name !== '')
  if (!sound || new Set(names).size !== names.length) {
    throw new UsageError(`${path} must be a list of different names, one per label, not ${show(value)}.`)
  }
  return Object.freeze([...names] as string[])
})

const idxFields = {
  trainImages: required(text()),
  trainLabels: required(text()),
  testImages: required(text()),
  testLabels: required(text()),
  classNames: optional(classNamesField),
} as const

const imageShapeField = custom<ImageShape, ImageShape>(undefined, (value, path) => {
  const fits =
    Array.isArray(value) && value.length === 3 && value.every(axis => Number.isSafeInteger(axis) && axis >= 1)
  if (!fits) throw new UsageError(`${path} must be [height, width, channels], not ${show(value)}.`)
  return Object.freeze([...value] as unknown as ImageShape)
})

const labelColumnField = custom<string | number, string | number>(undefined, (value, path) => {
  if (typeof value === 'string' && value !== '') return value
  if (Number.isSafeInteger(value) && (value as number) >= -1) return value as number
  throw new UsageError(
    `${path} must be the name of a column, its index from 0, or -1 for the last one, not ${show(value)}.`,
  )
})

const csvFields = {
  train: required(text()),
  test: required(text()),
  imageShape: required(imageShapeField),
  classNames: optional(classNamesField),
  /** The column of labels: its name in the first line, its index from 0, or −1 for the last. Default: the first. */
  labelColumn: optional(labelColumnField),
  /** Whether the first line is names. Default: what it looks like; a line that could be both is refused. */
  header: optional(boolean(false)),
} as const

const imageFolderFields = {
  path: required(text()),
  ...pictureFields,
  skipUnreadable: boolean(false),
  testSplit: number(0.2, { min: 0, below: 1 }),
  seed: integer(0, { min: 0 }),
} as const

const relabelFields = {
  source: required(custom<UnlabelledSource, UnlabelledSource>(undefined, parseUnlabelled)),
  classes: required(classesField),
} as const

const correctedFields = {
  source: required(custom<UncorrectedSource, UncorrectedSource>(undefined, parseUncorrected)),
  /** Of the source, before any correction. */
  fingerprint: required(text()),
  train: correctionsField,
  test: correctionsField,
} as const

export type FashionMnistSpec = Spec<'fashionMnist', typeof noFields>
export type FashionMnistMiniSpec = Spec<'fashionMnistMini', typeof noFields>
export type IdxSpec = Spec<'idx', typeof idxFields>
export type CsvSpec = Spec<'csv', typeof csvFields>
export type ImageFolderSpec = Spec<'imageFolder', typeof imageFolderFields>

type UnlabelledSource = FashionMnistSpec | FashionMnistMiniSpec | IdxSpec | CsvSpec | ImageFolderSpec
export type RelabelSpec = Spec<'relabel', typeof relabelFields>

type UncorrectedSource = UnlabelledSource | RelabelSpec
export type CorrectedSpec = Spec<'corrected', typeof correctedFields>

/** Where a dataset comes from: a frozen JSON value. */
export type DataSource = UncorrectedSource | CorrectedSpec

/** Fashion-MNIST: 60,000 training and 10,000 test images, `[28, 28, 1]`, ten classes; see `obtain` for where it is found. */
export function fashionMnist(): FashionMnistSpec {
  return parseSpec('fashionMnist', noFields, {})
}

/** The built-in subset of Fashion-MNIST: 1,500 training and 500 test images, without any network. */
export function fashionMnistMini(): FashionMnistMiniSpec {
  return parseSpec('fashionMnistMini', noFields, {})
}

/**
 * Four files in the format of MNIST, plain or gzip; relative paths start at the experiment file. Without `classNames` the labels that
 * occur are the classes; as many names as the largest label name the labels from 1 (EMNIST's letters).
 *
 * @example
 * idx({ trainImages: 'a.gz', trainLabels: 'b.gz', testImages: 'c.gz', testLabels: 'd.gz', classNames: ['cat', 'dog'] })
 */
export function idx(options: Options<typeof idxFields>): IdxSpec {
  return parseSpec('idx', idxFields, options)
}

/**
 * Two CSV files in the format of Kaggle's Fashion-MNIST: a line of names or none, then a line for each image with its label and its
 * pixels, whole numbers from 0 to 255, quoted or not; relative paths start at the experiment file. Without `classNames` the labels that
 * occur are the classes. A line that is neither names nor an image is refused with its number: no image is dropped.
 *
 * @example
 * csv({ train: 'fashion-mnist_train.csv', test: 'fashion-mnist_test.csv', imageShape: [28, 28, 1], labelColumn: 'label' })
 */
export function csv(options: Options<typeof csvFields>): CsvSpec {
  return parseSpec('csv', csvFields, options)
}

/**
 * A folder of PNG, JPEG, WebP, GIF or BMP images, a folder for each class: `<path>/<class>/**`, of which `testSplit` of each class
 * (default 0.2) is held out by `seed` (default 0); or `<path>/train/<class>/**` with `test` beside it, and `val`, which is then the
 * validation data (also `valid`, `validation`, `training`, `testing`, in any capitals). Everything that is not read is counted in a
 * notice. Needs the package sharp.
 *
 * How a picture becomes an input, in training, in `predict` and in the studio; names and defaults are those of Keras'
 * image_dataset_from_directory where it has them:
 * - `colorMode`: 'rgb' (default) or 'grayscale', the luma of Rec. 601
 * - `imageSize`: `[height, width]` or one number; without it all images must have one size
 * - `fit`: 'stretch' (default), 'crop' around the middle, or 'pad' with black
 * - `interpolation`: 'bilinear' (default), 'bicubic', 'lanczos3', 'area' or 'nearest', all but the last with antialiasing
 * - `background`: the colour below transparent parts (default: white, `[255, 255, 255]`)
 * - `bits`: of files with 16 bits a channel, how many are in use; default: as many as the largest level of all files needs
 * - `crop`: 'none' (default), or 'thing': cut away what differs from the border's colour by less than `tolerance` (default 0.12)
 * - `invert`: 'no' (default), 'yes', or 'auto': where the border is light
 *
 * `skipUnreadable: true` leaves out files that cannot be read, and names them in a notice; by default they are an error.
 *
 * @example
 * imageFolder({ path: 'flowers', colorMode: 'grayscale', imageSize: [64, 64] })
 */
export function imageFolder(options: Options<typeof imageFolderFields>): ImageFolderSpec {
  return parseSpec('imageFolder', imageFolderFields, options)
}

/**
 * A dataset under other classes: each takes some of the old labels. The new names appear wherever classes are named.
 * Throws a `UsageError` for a label that is in two classes; loading throws one for a label that is in none.
 *
 * @example
 * relabel(fashionMnist(), { Top: [0, 2, 3, 4, 6], Bottom: [1, 5, 7, 9], Accessories: [8] }).kind // 'relabel'
 */
export function relabel(source: UnlabelledSource, classes: Classes): RelabelSpec {
  return parseSpec('relabel', relabelFields, { source, classes })
}

/**
 * A dataset with some labels corrected, by index: what the studio keeps in a file beside the runs. The source itself is never
 * changed. Throws a `UsageError` for what names no classes by index; loading throws one where the source has another
 * `fingerprint`, or lacks an example or a class.
 *
 * @example
 * const { fingerprint } = await loadDataset(fashionMnistMini())
 * const data = await loadDataset(corrected(fashionMnistMini(), { fingerprint, train: { 12: 'Coat' } }))
 * data.classNames[data.train.labels[12]] // 'Coat'
 */
export function corrected(
  source: UncorrectedSource,
  corrections: { readonly fingerprint: string; readonly train?: Corrections; readonly test?: Corrections },
): CorrectedSpec {
  return parseSpec('corrected', correctedFields, { source, ...corrections })
}

interface SourceKind<S extends DataSource> {
  parse(options: unknown): S
  load(spec: S, options: LoadOptions): Promise<Dataset>
  /** Options that are paths. */
  readonly paths?: readonly (keyof S)[]
}

/** A kind of `DataSource` without an entry here does not compile. */
const registry = {
  fashionMnist: {
    parse: options => parseSpec('fashionMnist', noFields, options),
    load: (_spec, options) => loadFashionMnist(options),
  },
  fashionMnistMini: {
    parse: options => parseSpec('fashionMnistMini', noFields, options),
    load: () => loadFashionMnistMini(),
  },
  idx: {
    parse: options => parseSpec('idx', idxFields, options),
    load: loadIdx,
    paths: ['trainImages', 'trainLabels', 'testImages', 'testLabels'],
  },
  csv: {
    parse: options => parseSpec('csv', csvFields, options),
    load: loadCsv,
    paths: ['train', 'test'],
  },
  imageFolder: {
    parse: options => parseSpec('imageFolder', imageFolderFields, options),
    load: loadImageFolder,
    paths: ['path'],
  },
  relabel: {
    parse: options => parseSpec('relabel', relabelFields, options),
    load: async ({ source, classes }, options) => relabelDataset(await loadDataset(source, options), classes),
  },
  corrected: {
    parse: options => parseSpec('corrected', correctedFields, options),
    load: async ({ source, ...corrections }, options) =>
      correctDataset(await loadDataset(source, options), corrections),
  },
} satisfies { [K in DataSource['kind']]: SourceKind<Extract<DataSource, { kind: K }>> }

/** Checks untrusted JSON and returns the frozen spec, or throws a `UsageError` that says what is wrong with it. */
export function parseDataSource(json: unknown): DataSource {
  const kinds = Object.keys(registry)
  const kind = typeof json === 'object' && json !== null && 'kind' in json ? json.kind : undefined
  if (typeof kind !== 'string' || !Object.hasOwn(registry, kind)) {
    const hint = typeof kind === 'string' ? hintFor(kind, kinds) : ''
    throw new UsageError(
      `A data source must be an object whose kind is one of ${kinds.join(', ')}; its kind is ${show(kind)}.${hint}`,
    )
  }
  return registry[kind as DataSource['kind']].parse(json)
}

/** The same source with `skipUnreadable` set on its image folder, also inside `relabel` and `corrected`; `null` without an image folder. */
export function skippingUnreadable<S extends DataSource>(source: S): S | null {
  if (source.kind === 'imageFolder') return { ...source, skipUnreadable: true }
  if (source.kind !== 'relabel' && source.kind !== 'corrected') return null
  const inner = skippingUnreadable<DataSource>(source.source)
  return inner && { ...source, source: inner }
}

/** The same source for whoever stands in another folder: its relative paths, which start at `baseDir`, are made absolute. */
export function withAbsolutePaths<S extends DataSource>(source: S, baseDir: string): S {
  if (source.kind === 'relabel' || source.kind === 'corrected')
    return { ...source, source: withAbsolutePaths(source.source, baseDir) }
  const entry = registry[source.kind]
  const paths: readonly string[] = 'paths' in entry ? entry.paths : []
  const given = source as unknown as Readonly<Record<string, string>>
  return { ...source, ...Object.fromEntries(paths.map(name => [name, resolve(baseDir, given[name]!)])) }
}

function parseUnlabelled(json: unknown): UnlabelledSource {
  const kind = (json as { kind?: unknown } | null)?.kind
  if (kind === 'relabel')
    throw new UsageError('relabel: the source is relabelled already. Name all classes in one relabel.')
  if (kind === 'corrected')
    throw new UsageError('relabel: the source is corrected already. Correct what relabel() gives instead.')
  return parseDataSource(json) as UnlabelledSource
}

function parseUncorrected(json: unknown): UncorrectedSource {
  if ((json as { kind?: unknown } | null)?.kind === 'corrected')
    throw new UsageError('corrected: the source is corrected already. Name all corrections in one.')
  return parseDataSource(json) as UncorrectedSource
}

/**
 * Loads what `spec` describes; errors and side effects (a cache, a download) are those of its source.
 *
 * @example
 * const { train, classNames } = await loadDataset(fashionMnistMini())
 */
export function loadDataset(spec: DataSource, options: LoadOptions = {}): Promise<Dataset> {
  // The entry's kind is the spec's: TypeScript cannot follow that through the lookup.
  const load: (spec: never, options: LoadOptions) => Promise<Dataset> = registry[spec.kind].load
  return load(spec as never, options)
}
