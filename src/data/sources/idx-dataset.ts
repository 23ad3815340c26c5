import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type HeddleError, UsageError } from '../../base/errors.ts'
import { type Options, optional, parseSpec, required, type Spec, text } from '../../base/schema.ts'
import { createDataset, type Dataset } from '../dataset.ts'
import type { LabelledImages } from '../examples.ts'
import type { LoadOptions } from './context.ts'
import type { SourceDefinition } from './definition.ts'
import { type IdxArray, parseIdx } from './idx.ts'
import { classNamesField, nameClasses } from './name-classes.ts'
import { nameOfPath } from './name-of-path.ts'

const fields = {
  /** The file of training images: IDX of `[n, height, width]` or `[n, height, width, channels]`, plain or gzip. Required. */
  trainImages: required(text()),
  /** The file of their labels: IDX of `[n]`. Required. */
  trainLabels: required(text()),
  /** The file of test images. Required. */
  testImages: required(text()),
  /** The file of their labels. Required. */
  testLabels: required(text()),
  /** The names of the labels 0, 1, …; as many as the largest label: of 1, 2, … Default null: all from 0 to the largest. */
  classNames: optional(classNamesField),
}

export interface IdxOptions extends Options<typeof fields> {}
export type IdxSpec = Spec<'idx', typeof fields>

/**
 * Four files in the format of MNIST, plain or gzip; relative paths start at the experiment file. Without `classNames` the labels that
 * occur are the classes; as many names as the largest label name the labels from 1 (EMNIST's letters).
 *
 * @example
 * idx({ trainImages: 'a.gz', trainLabels: 'b.gz', testImages: 'c.gz', testLabels: 'd.gz', classNames: ['cat', 'dog'] })
 */
export function idx(options: IdxOptions): IdxSpec {
  return parseSpec('idx', fields, options)
}

export const idxSource: SourceDefinition<IdxSpec> = {
  fields,
  load: loadIdx,
  paths: ['trainImages', 'trainLabels', 'testImages', 'testLabels'],
}

/** Reads a dataset of four IDX files. Throws a `HeddleError` or `UsageError` that names the file. */
async function loadIdx(options: IdxSpec, { baseDir = '.', onNotice }: LoadOptions = {}): Promise<Dataset> {
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
    { train, test },
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
): Promise<LabelledImages & { imageShape: readonly [number, number, number] }> {
  const images = await readIdx(imagesPath)
  const labels = await readIdx(labelsPath)
  const [count, height, width, channels = 1] = images.shape
  if (count === undefined || height === undefined || width === undefined) {
    const expected = 'images of [count, height, width] or [count, height, width, channels]'
    throw wrongShape(imagesPath, images, expected)
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
