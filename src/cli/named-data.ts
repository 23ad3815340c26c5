import { existsSync, readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { didYouMean, UsageError } from '../base/errors.ts'
import { kindOf } from '../base/files.ts'
import type { Pair } from '../base/schema.ts'
import type { Shape } from '../base/shape.ts'
import { createDataset, type Dataset } from '../data/dataset.ts'
import { knownDatasets } from '../data/known-datasets.ts'
import type { Preparation } from '../data/preparation.ts'
import { csv, type DataSource, idx, imageFolder, loadDataset } from '../data/source.ts'
import type { LoadOptions } from '../data/sources/context.ts'
import { surveyImageFolder } from '../data/sources/survey.ts'
import { storedData } from '../runs/stored.ts'
import { usualSize } from '../train/photo-experiment.ts'
import { findExperiment } from './find-experiment.ts'
import { isPicture } from './image-files.ts'
import { asAsked, loadExperiment } from './load-experiment.ts'
import { withStore } from './named-run.ts'

/** The data that a text on the command line means. */
export interface NamedData {
  readonly load: (options: LoadOptions) => Promise<Dataset>
  /** Heddle itself holds test images out of it: a model from elsewhere can be tested on all of them. */
  readonly isWhole: boolean
}

export interface NamedDataOptions {
  /** Height and width that pictures of a folder are brought to. */
  readonly imageSize?: number | undefined
  /** Leave out pictures that cannot be read. */
  readonly skipUnreadable?: boolean | undefined
  /** What a model takes: pictures of a folder and lines of a CSV are read as such. */
  readonly inputShape?: Shape
  /** How the model's own pictures were prepared. */
  readonly preparation?: Preparation | null
}

const EXPECTED =
  'a folder with a folder of images for each class, a folder of IDX files, a .csv file, an experiment, or a run'

/**
 * Finds out which data is meant: a built-in name, a folder of images or IDX files, a CSV file, an experiment, or a run. Every
 * command that takes data asks here. Throws a `UsageError` that lists what is possible.
 */
export async function namedData(wanted: string, options: NamedDataOptions = {}): Promise<NamedData> {
  const known = knownDatasets.get(wanted)
  if (known) return ofSource(known)
  const kind = kindOf(wanted)
  if (kind === 'folder') return inFolder(wanted, options)
  if (kind === 'file' && extname(wanted).toLowerCase() === '.csv') return ofCsv(wanted, options)
  if (kind === 'file' && isPicture(wanted)) {
    throw new UsageError(`${wanted} is one picture, not labelled data: expected ${EXPECTED}.`)
  }
  try {
    findExperiment(wanted, process.cwd())
  } catch (error) {
    if (kind !== 'absent') throw error
    return ofRun(wanted)
  }
  const { experiment, baseDir } = await loadExperiment(wanted, process.cwd())
  return ofSource(asAsked(experiment.data, options), baseDir)
}

function ofSource(source: DataSource, baseDir?: string): NamedData {
  return { load: options => loadDataset(source, { ...options, baseDir }), isWhole: false }
}

function ofRun(wanted: string): NamedData {
  return {
    isWhole: false,
    load: options =>
      withStore(async store => {
        const id = await store.find(wanted, { newest: true }).catch(() => {
          throw new UsageError(
            `There is no dataset, folder, experiment or run "${wanted}".${didYouMean(wanted, [...knownDatasets.keys()])} ` +
              `Expected ${[...knownDatasets.keys()].join(', ')}, ${EXPECTED}.`,
          )
        })
        return storedData(store, await store.run(id), options)
      }),
  }
}

async function inFolder(
  path: string,
  { imageSize, inputShape, preparation, skipUnreadable }: NamedDataOptions,
): Promise<NamedData> {
  const names = readdirSync(path)
  const fileLike = (pattern: RegExp): string | undefined => {
    const name = names.find(each => pattern.test(each))
    return name && resolve(path, name)
  }
  const trainImages = fileLike(/^train-images.idx3-ubyte(\.gz)?$/)
  const trainLabels = fileLike(/^train-labels.idx1-ubyte(\.gz)?$/)
  const testImages = fileLike(/^(t10k|test)-images.idx3-ubyte(\.gz)?$/)
  const testLabels = fileLike(/^(t10k|test)-labels.idx1-ubyte(\.gz)?$/)
  if (trainImages && trainLabels && testImages && testLabels)
    return ofSource(idx({ trainImages, trainLabels, testImages, testLabels }))
  const files = [trainImages, trainLabels, testImages, testLabels]
  const missing = files.filter(file => file === undefined).length
  if (missing < 4) {
    throw new UsageError(
      `${path} has some IDX files, but ${missing} of the four are missing: train-images-idx3-ubyte, train-labels-idx1-ubyte, ` +
        't10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each plain or with .gz.',
    )
  }
  const table = names.find(name => /train.*\.csv$/i.test(name))
  if (table) return ofCsv(join(path, table), inputShape ? { inputShape } : {})
  const [height, width, channels] = inputShape ?? []
  const asked = imageSize ?? (height && width ? ([height, width] as const) : undefined)
  const common = asked || preparation ? undefined : await commonSize(path)
  const size = asked ?? common
  const { kind: _, pixelRange: _range, ...picture } = preparation ?? {}
  const source = imageFolder({
    path: resolve(path),
    ...(channels === 1 && { colorMode: 'grayscale' }),
    ...picture,
    ...(skipUnreadable && { skipUnreadable }),
    ...(size && { imageSize: size as never }),
  })
  const isSplit = names.some(name => /^test$/i.test(name) && kindOf(join(path, name)) === 'folder')
  const { load } = ofSource(source)
  return {
    isWhole: !isSplit,
    load: options => {
      if (common)
        options.onNotice?.(
          `${path} has pictures of several sizes: they are looked at as ${common.join(' × ')} pixels.`,
        )
      return load(options)
    },
  }
}

/** What a training would bring pictures of several sizes to; `undefined` where all have one size. */
async function commonSize(path: string): Promise<Pair | undefined> {
  const survey = await surveyImageFolder(resolve(path))
  return survey.isOneSize ? undefined : usualSize(survey)
}

/** `x-train.csv` comes with `x-test.csv`; a file without a partner is all there is. */
async function ofCsv(path: string, { inputShape }: NamedDataOptions): Promise<NamedData> {
  const partner = [
    path.replace(/train(?=[^/\\]*$)/i, 'test'),
    path.replace(/test(?=[^/\\]*$)/i, 'train'),
  ].find(other => other !== path && existsSync(other))
  const isTest = partner !== undefined && /train(?=[^/\\]*$)/i.test(partner)
  const imageShape = (inputShape as Dataset['imageShape'] | undefined) ?? (await squareShape(path))
  const [train, test] = isTest ? [partner, path] : [path, partner ?? path]
  return ofSource(csv({ train: resolve(train), test: resolve(test), imageShape }))
}

/** That of the numbers of the first line that is not empty. Throws a `UsageError` if they make no square. */
async function squareShape(path: string): Promise<Dataset['imageShape']> {
  const file = await open(path)
  const start = Buffer.alloc(2 ** 22)
  const { bytesRead } = await file.read(start, 0, start.length, 0).finally(() => file.close())
  const line = /[^\r\n]*[^\s\uFEFF][^\r\n]*/.exec(start.toString('utf8', 0, bytesRead))?.[0]
  if (line === undefined) throw new UsageError(`${path} holds no images: it has no line of numbers.`)
  const pixels = line.split(',').length - 1
  if (pixels === 0)
    throw new UsageError(
      `${path}: its first line has no commas: expected the label and the pixels of an image, separated by commas. ` +
        (/[;\t]/.test(line)
          ? `Save the file with commas in place of ${line.includes(';') ? 'semicolons' : 'tabs'}.`
          : 'Remove lines that are not images.'),
    )
  for (const channels of [1, 3]) {
    const side = Math.sqrt(pixels / channels)
    if (Number.isInteger(side)) return [side, side, channels]
  }
  throw new UsageError(
    `${path}: its first line has ${pixels + 1} values, a label and ${pixels} pixels, and ${pixels} pixels do not make a square picture. ` +
      'If a column is neither, such as an index, remove it. If the pictures are not square, name an experiment with data: csv({ …, imageShape }).',
  )
}

/** All images as the test, for a model that saw none of them. */
export function allAsTest(data: Dataset): Dataset {
  return createDataset({ ...data, test: data.train.followedBy(data.test) })
}

/**
 * The test images under the classes of a model, matched by name; classes that the data lacks have no image then. Labels that are
 * only numbers are taken as places in the model's list. Throws a `UsageError` for a class that the model does not know.
 */
export function underClassesOf(data: Dataset, classNames: readonly string[], model: string): Dataset {
  const isNumbers = data.classNames.every((name, i) => name === String(i))
  const places = data.classNames.map((name, i) => {
    const place = classNames.indexOf(name)
    return place < 0 && isNumbers && i < classNames.length ? i : place
  })
  const strangers = data.classNames.filter((_, i) => places[i]! < 0)
  if (strangers.length > 0) {
    throw new UsageError(
      `${model} predicts the classes ${classNames.join(', ')}, but ${data.name} has ${data.classNames.join(', ')}: the model cannot predict ${strangers.join(', ')}. ` +
        'Give the folders or labels the names that the model uses.',
    )
  }
  const under = (examples: Dataset['test']) =>
    examples.withLabels(examples.labels.map(label => places[label]!))
  return createDataset({ ...data, classNames, train: under(data.train), test: under(data.test) })
}
