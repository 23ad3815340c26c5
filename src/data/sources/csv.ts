import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { UsageError } from '../../spec/errors.ts'
import { createDataset, type Dataset, type Examples } from '../dataset.ts'
import type { LoadOptions } from './context.ts'
import { namesOfLabels } from './labels-as-names.ts'
import { nameOfPath } from './name-of-path.ts'

export interface CsvOptions {
  /** One image a line: its label, then its pixels row by row, channels fastest. A first line of names is skipped. */
  readonly train: string
  readonly test: string
  /** `[height, width, channels]`. */
  readonly imageShape: readonly [number, number, number]
  /** By label; null: the labels themselves, from 0 to the largest. */
  readonly classNames: readonly string[] | null
}

type Told = Pick<LoadOptions, 'onProgress'>

/** Reads a dataset of two CSV files. Throws a `UsageError` that names file and line. */
export async function loadCsv(
  options: CsvOptions,
  { baseDir = '.', onProgress }: LoadOptions = {},
): Promise<Dataset> {
  const imageSize = options.imageShape.reduce((size, axis) => size * axis, 1)
  const read = (file: string): Promise<Examples> => readCsv(resolve(baseDir, file), imageSize, { onProgress })
  const [train, test] = [await read(options.train), await read(options.test)]
  return createDataset({
    name: nameOfPath(resolve(baseDir, options.train), '.csv'),
    classNames: options.classNames ?? namesOfLabels([train.labels, test.labels]),
    imageShape: options.imageShape,
    train,
    test,
  })
}

async function readCsv(path: string, imageSize: number, { onProgress }: Told): Promise<Examples> {
  const lines = new LabelledLines(path, imageSize)
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

const [ZERO, NINE, COMMA, NEWLINE, RETURN] = [48, 57, 44, 10, 13] as const
const MAX_LABEL = 65_535
const MAX_PIXELS = 2 ** 31

/**
 * Numbers separated by commas, read byte by byte as they come: memory holds the images and never the text.
 *
 * @example
 * const lines = new LabelledLines('two.csv', 2)
 * lines.push(Buffer.from('label,p1,p2\n3,0,255\n1,7,8\n'))
 * lines.end() // { images: Uint8Array.of(0, 255, 7, 8), labels: Int32Array.of(3, 1) }
 */
export class LabelledLines {
  readonly #path: string
  readonly #imageSize: number
  #images = new Uint8Array(2 ** 16)
  readonly #labels: number[] = []
  #line = 1
  /** Values that the line has had so far; 0 is the label. */
  #column = 0
  /** The digits of the value at hand, −1 before the first one. */
  #value = -1
  #state: 'start' | 'header' | 'values' = 'start'

  constructor(path: string, imageSize: number) {
    this.#path = path
    this.#imageSize = imageSize
  }

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (this.#state === 'start') this.#state = byte >= ZERO && byte <= NINE ? 'values' : 'header'
      if (byte === NEWLINE) this.#endLine()
      else if (this.#state === 'header' || byte === RETURN) continue
      else if (byte === COMMA) this.#endValue()
      else if (byte >= ZERO && byte <= NINE) this.#value = Math.max(this.#value, 0) * 10 + byte - ZERO
      else
        throw this.#error(`holds "${String.fromCharCode(byte)}", expected whole numbers separated by commas`)
      if (this.#value > MAX_LABEL) throw this.#error('holds a number that is neither a label nor a pixel')
    }
  }

  end(): Examples {
    if (this.#state === 'values') this.#endLine()
    if (this.#labels.length === 0)
      throw new UsageError(`${this.#path} holds no images: it has no line of numbers.`)
    const pixels = this.#labels.length * this.#imageSize
    return { images: this.#images.slice(0, pixels), labels: Int32Array.from(this.#labels) }
  }

  #endLine(): void {
    const isEmpty = this.#column === 0 && this.#value < 0
    if (this.#state === 'values' && !isEmpty) {
      this.#endValue()
      if (this.#column !== this.#imageSize + 1) {
        throw this.#error(
          `has ${this.#column} values, expected ${this.#imageSize + 1}: a label and the pixels`,
        )
      }
    }
    this.#state = 'values'
    this.#line++
    this.#column = 0
  }

  #endValue(): void {
    const value = this.#value
    if (value < 0) throw this.#error('has an empty value')
    if (this.#column === 0) this.#labels.push(value)
    else if (this.#column <= this.#imageSize) this.#addPixel(value)
    this.#column++
    this.#value = -1
  }

  #addPixel(value: number): void {
    if (value > 255) throw this.#error(`holds the pixel ${value}, expected 0 to 255`)
    const at = (this.#labels.length - 1) * this.#imageSize + this.#column - 1
    if (at >= MAX_PIXELS) throw this.#error('is one too many: no more than 2 GiB of pixels are read')
    if (at >= this.#images.length) {
      const larger = new Uint8Array(this.#images.length * 2)
      larger.set(this.#images)
      this.#images = larger
    }
    this.#images[at] = value
  }

  #error(what: string): UsageError {
    return new UsageError(
      `${this.#path}, line ${this.#line} ${what}. Is this the right file, and imageShape its shape?`,
    )
  }
}
