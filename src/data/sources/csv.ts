import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import {
  boolean,
  custom,
  type Options,
  optional,
  parseSpec,
  required,
  type Spec,
  show,
  text,
} from '../../base/schema.ts'
import { createDataset, type Dataset } from '../dataset.ts'
import type { LabelledImages } from '../examples.ts'
import type { LoadOptions } from './context.ts'
import { LabelledLines } from './csv-lines.ts'
import type { SourceDefinition } from './definition.ts'
import { classNamesField, nameClasses } from './name-classes.ts'
import { nameOfPath } from './name-of-path.ts'

const imageShapeField = custom<Dataset['imageShape'], Dataset['imageShape']>(undefined, (value, path) => {
  const fits =
    Array.isArray(value) && value.length === 3 && value.every(axis => Number.isSafeInteger(axis) && axis >= 1)
  if (!fits) throw new UsageError(`${path} must be [height, width, channels], not ${show(value)}.`)
  return Object.freeze([...value] as unknown as Dataset['imageShape'])
})

const labelColumnField = custom<string | number, string | number>(undefined, (value, path) => {
  if (typeof value === 'string' && value !== '') return value
  if (Number.isSafeInteger(value) && (value as number) >= -1) return value as number
  throw new UsageError(
    `${path} must be the name of a column, its index from 0, or -1 for the last one, not ${show(value)}.`,
  )
})

const fields = {
  /** The file of training images: one a line, its label and its pixels row by row, channels fastest. Required. */
  train: required(text()),
  /** The file of test images. Required. */
  test: required(text()),
  /** `[height, width, channels]`. Required. */
  imageShape: required(imageShapeField),
  /** The names of the labels 0, 1, … Default null: the labels that occur. */
  classNames: optional(classNamesField),
  /** The column of labels: its name in the first line, its index from 0, or −1 for the last. Default null: the first. */
  labelColumn: optional(labelColumnField),
  /** Whether the first line is names. Default null: what it looks like; a line that could be both is refused. */
  header: optional(boolean(false)),
}

export interface CsvOptions extends Options<typeof fields> {}
export type CsvSpec = Spec<'csv', typeof fields>

/**
 * Two CSV files in the format of Kaggle's Fashion-MNIST: a line of names or none, then a line for each image with its label and its
 * pixels, whole numbers from 0 to 255, quoted or not; relative paths start at the experiment file. Without `classNames` the labels that
 * occur are the classes. A line that is neither names nor an image is refused with its number: no image is dropped.
 *
 * @example
 * csv({ train: 'fashion-mnist_train.csv', test: 'fashion-mnist_test.csv', imageShape: [28, 28, 1], labelColumn: 'label' })
 */
export function csv(options: CsvOptions): CsvSpec {
  return parseSpec('csv', fields, options)
}

export const csvSource: SourceDefinition<CsvSpec> = { fields, load: loadCsv, paths: ['train', 'test'] }

type Progress = Pick<LoadOptions, 'onProgress'>

/** Reads a dataset of two CSV files. Throws a `UsageError` that names file and line. */
async function loadCsv(
  options: CsvSpec,
  { baseDir = '.', onNotice, onProgress }: LoadOptions = {},
): Promise<Dataset> {
  const imageSize = options.imageShape.reduce((size, axis) => size * axis, 1)
  const read = async (file: string): Promise<LabelledImages> => {
    const path = resolve(baseDir, file)
    const lines = new LabelledLines(path, { ...options, imageSize })
    const examples = await readCsv(path, lines, { onProgress })
    if (!lines.isLabelNamed && !options.classNames) checkLabels(path, examples.labels)
    return examples
  }
  const parts = { train: await read(options.train), test: await read(options.test) }
  const { notice, ...named } = nameClasses(parts, options.classNames)
  if (notice) onNotice?.(notice)
  return createDataset({
    name: nameOfPath(resolve(baseDir, options.train), '.csv'),
    imageShape: options.imageShape,
    ...named,
  })
}

/** Throws a `UsageError` if the first column looks like pixels: up to a large number, of which most do not occur. */
function checkLabels(path: string, labels: Int32Array): void {
  const different = new Set(labels).size
  const largest = labels.reduce((most, label) => Math.max(most, label), 0)
  if (different >= (largest + 1) / 2) return
  throw new UsageError(
    `${path}: the first column goes up to ${largest}, and only ${different} of these numbers occur in it. It may not be the column of labels. ` +
      'Give labelColumn: a name, an index from 0 (0 if it is the first), or -1 for the last column.',
  )
}

async function readCsv(
  path: string,
  lines: LabelledLines,
  { onProgress }: Progress,
): Promise<LabelledImages> {
  try {
    const total = (await stat(path)).size
    let done = 0
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      lines.push(chunk)
      done += (chunk as Buffer).length
      onProgress?.({ what: basename(path), done, total, unit: 'bytes' })
    }
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new UsageError(`The CSV file ${path} cannot be read: ${error.message}. Check the path.`)
  }
  return lines.end()
}
