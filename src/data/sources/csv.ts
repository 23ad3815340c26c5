import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { UsageError } from '../../base/errors.ts'
import { createDataset, type Dataset, type Examples } from '../dataset.ts'
import type { LoadOptions } from './context.ts'
import { LabelledLines } from './csv-lines.ts'
import { nameClasses } from './name-classes.ts'
import { nameOfPath } from './name-of-path.ts'

export interface CsvOptions {
  /** One image a line: its label and its pixels row by row, channels fastest. A first line of names is skipped. */
  readonly train: string
  readonly test: string
  /** `[height, width, channels]`. */
  readonly imageShape: readonly [number, number, number]
  /** By label; null: the labels that occur. */
  readonly classNames: readonly string[] | null
  readonly labelColumn: string | number | null
  readonly header: boolean | null
}

type Told = Pick<LoadOptions, 'onProgress'>

/** Reads a dataset of two CSV files. Throws a `UsageError` that names file and line. */
export async function loadCsv(
  options: CsvOptions,
  { baseDir = '.', onNotice, onProgress }: LoadOptions = {},
): Promise<Dataset> {
  const imageSize = options.imageShape.reduce((size, axis) => size * axis, 1)
  const read = async (file: string): Promise<Examples> => {
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

/** Throws a `UsageError` where the first column looks like pixels: up to a large number, of which most do not occur. */
function checkLabels(path: string, labels: Int32Array): void {
  const different = new Set(labels).size
  const largest = labels.reduce((most, label) => Math.max(most, label), 0)
  if (different >= (largest + 1) / 2) return
  throw new UsageError(
    `${path}: the first column goes up to ${largest}, and only ${different} of these numbers occur in it. It may not be the column of labels. ` +
      'Give labelColumn: a name, an index from 0 (0 if it is the first), or -1 for the last column.',
  )
}

async function readCsv(path: string, lines: LabelledLines, { onProgress }: Told): Promise<Examples> {
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
