import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type HeddleError, UsageError } from '../../base/errors.ts'
import { createDataset, type Dataset, type Examples } from '../dataset.ts'
import type { LoadOptions } from './context.ts'
import { type IdxArray, parseIdx } from './idx.ts'
import { nameClasses } from './name-classes.ts'
import { nameOfPath } from './name-of-path.ts'

export interface IdxOptions {
  /** IDX of `[n, height, width]` or `[n, height, width, channels]`, plain or gzip. */
  readonly trainImages: string
  /** IDX of `[n]`. */
  readonly trainLabels: string
  readonly testImages: string
  readonly testLabels: string
  /** By label; null: all from 0 to the largest. */
  readonly classNames: readonly string[] | null
}

/** Reads a dataset of four IDX files. Throws a `HeddleError` or `UsageError` that names the file. */
export async function loadIdx(
  options: IdxOptions,
  { baseDir = '.', onNotice }: LoadOptions = {},
): Promise<Dataset> {
  const path = (file: string) => resolve(baseDir, file)
  const train = await readSplit(path(options.trainImages), path(options.trainLabels))
  const test = await readSplit(path(options.testImages), path(options.testLabels))
  if (train.imageShape.join() !== test.imageShape.join()) {
    throw new UsageError(
      `The images of ${options.testImages} are ${test.imageShape.join(' × ')}, those of ${options.trainImages} are ` +
        `${train.imageShape.join(' × ')}: training and test images must have one shape.`,
    )
  }
  const { notice, ...named } = nameClasses(
    {
      train: { images: train.images, labels: train.labels },
      test: { images: test.images, labels: test.labels },
    },
    options.classNames,
    // In this format a label is a place in a list, as MNIST's are: networks have an output for each.
    { everyLabel: true },
  )
  if (notice) onNotice?.(notice)
  return createDataset({
    name: nameOfPath(path(options.trainImages), '.gz'),
    imageShape: train.imageShape,
    ...named,
  })
}

async function readSplit(
  imagesPath: string,
  labelsPath: string,
): Promise<Examples & { imageShape: readonly [number, number, number] }> {
  const images = await readIdx(imagesPath)
  const labels = await readIdx(labelsPath)
  const [count, height, width, channels = 1] = images.shape
  if (count === undefined || height === undefined || width === undefined) {
    throw wrongShape(
      imagesPath,
      images,
      'images of [count, height, width] or [count, height, width, channels]',
    )
  }
  if (labels.shape.length !== 1) throw wrongShape(labelsPath, labels, 'labels of [count]')
  if (labels.shape[0] !== count) {
    throw new UsageError(
      `${imagesPath} has ${count} images, but ${labelsPath} has ${labels.shape[0]} labels: do they belong together?`,
    )
  }
  return { images: images.data, labels: Int32Array.from(labels.data), imageShape: [height, width, channels] }
}

async function readIdx(path: string): Promise<IdxArray> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw new UsageError(`The IDX file ${path} cannot be read: ${(error as Error).message}. Check the path.`)
  }
  return parseIdx(bytes, path)
}

function wrongShape(path: string, { shape }: IdxArray, expected: string): HeddleError {
  return new UsageError(`${path} holds an array of [${shape.join(', ')}], expected ${expected}.`)
}
