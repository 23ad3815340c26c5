import { UsageError } from '../../base/errors.ts'
import type { LabelledImages } from '../examples.ts'
import { type CsvLayout, type FirstLine, readFirstLine } from './csv-first-line.ts'

const [TAB, NEWLINE, RETURN, SPACE, QUOTE, COMMA, POINT, ZERO, NINE] = [
  9, 10, 13, 32, 34, 44, 46, 48, 57,
] as const
const MAX_LABEL = 65_535
const MAX_PIXELS = 2 ** 31
/** The names of a million columns are shorter. */
const MAX_FIRST_LINE = 2 ** 24
const BYTE_ORDER_MARK = '\ufeff'

/** The reader's place in a value: before its digits, in them, in the zeros after a point (NumPy writes 12.0), or behind. */
type Place = 'before' | 'digits' | 'zeros' | 'behind'

/**
 * Whole numbers separated by commas, quoted or not, read byte by byte as they come: memory holds the images and never the text.
 *
 * @example
 * const lines = new LabelledLines('two.csv', { imageSize: 2, labelColumn: null, header: null })
 * lines.push(Buffer.from('label,p1,p2\n3,0,255\n1,7,8\n'))
 * lines.end() // { images: Uint8Array.of(0, 255, 7, 8), labels: Int32Array.of(3, 1) }
 */
export class LabelledLines {
  readonly #path: string
  readonly #layout: CsvLayout
  readonly #imageSize: number
  #images = new Uint8Array(2 ** 16)
  readonly #labels: number[] = []
  #line = 1
  /** The first line that is not empty, until it ends. */
  #first: number[] | null = []
  #told: FirstLine = { isHeader: false, labelColumn: 0, isLabelNamed: false }
  /** Values that the line has had so far. */
  #column = 0
  /** The digits of the value at hand, −1 before the first one. */
  #value = -1
  #place: Place = 'before'
  #zeros = 0
  #inQuotes = false

  constructor(path: string, layout: CsvLayout) {
    this.#path = path
    this.#layout = layout
    this.#imageSize = layout.imageSize
  }

  /** Whether the file or the user says which column has the labels. */
  get isLabelNamed(): boolean {
    return this.#told.isLabelNamed
  }

  push(chunk: Uint8Array): void {
    let from = 0
    while (this.#first && from < chunk.length) this.#pushFirst(chunk[from++]!)
    this.#pushValues(chunk, from)
  }

  end(): LabelledImages {
    if (this.#first) this.#endFirst()
    if (this.#inQuotes) throw this.#error('has a quoted value that does not end')
    this.#endLine()
    if (this.#labels.length === 0)
      throw new UsageError(`${this.#path} holds no images: it has no line of numbers.`)
    const pixels = this.#labels.length * this.#imageSize
    return { images: this.#images.slice(0, pixels), labels: Int32Array.from(this.#labels) }
  }

  #pushFirst(byte: number): void {
    if (byte === NEWLINE) this.#endFirst()
    else if (this.#first!.push(byte) > MAX_FIRST_LINE) {
      throw this.#error(`has more than ${MAX_FIRST_LINE} bytes`)
    }
  }

  #endFirst(): void {
    const bytes = Uint8Array.from(this.#first!)
    if (bytes[0] === 0xff || bytes[0] === 0xfe) {
      throw this.#error('is not UTF-8 text (UTF-16 begins like this). Save the file as UTF-8')
    }
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    const line = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
    this.#first = []
    if (line.trim() === '') {
      this.#line++
      return
    }
    this.#told = readFirstLine(line, this.#layout, what => this.#error(what))
    this.#first = null
    if (!this.#told.isHeader) this.#pushValues(new TextEncoder().encode(line), 0)
    this.#endLine()
  }

  #pushValues(chunk: Uint8Array, from: number): void {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i]!
      if (this.#place === 'zeros' && byte === ZERO) {
        this.#zeros++
        continue
      }
      if (byte >= ZERO && byte <= NINE && (this.#place === 'before' || this.#place === 'digits')) {
        this.#place = 'digits'
        this.#value = Math.max(this.#value, 0) * 10 + byte - ZERO
        if (this.#value > MAX_LABEL) throw this.#error('holds a number that is neither a label nor a pixel')
      } else if (byte === POINT && this.#place === 'digits') [this.#place, this.#zeros] = ['zeros', 0]
      else if (byte === COMMA && !this.#inQuotes) this.#endValue()
      else if (byte === NEWLINE && !this.#inQuotes) this.#endLine()
      else if (byte === SPACE || byte === TAB || (byte === RETURN && !this.#inQuotes)) {
        if (this.#place !== 'before' || byte === RETURN) this.#place = 'behind'
      } else if (byte === QUOTE && (this.#inQuotes ? this.#value >= 0 : this.#place === 'before')) {
        this.#inQuotes = !this.#inQuotes
        if (!this.#inQuotes) this.#place = 'behind'
      } else throw this.#refused(this.#valueAt(chunk, i))
    }
  }

  #refused(value: string): UsageError {
    return this.#error(
      this.#column === this.#told.labelColumn && /[a-z]/i.test(value) && !/nan|inf/i.test(value)
        ? `holds the label ${value}, expected a whole number: number the classes from 0 and give their names as classNames`
        : `holds ${value}, expected whole numbers separated by commas`,
    )
  }

  /** The value that cannot be read, for the message. */
  #valueAt(chunk: Uint8Array, at: number): string {
    const digits = this.#value < 0 ? '' : String(this.#value)
    const before = this.#place === 'zeros' ? `${digits}.${'0'.repeat(this.#zeros)}` : digits
    const rest = new TextDecoder().decode(chunk.subarray(at, at + 40)).split(/[,\n\r]/)[0]!
    return JSON.stringify((before + rest).slice(0, 20) || '"')
  }

  #endLine(): void {
    const isEmpty = this.#column === 0 && this.#value < 0
    if (!isEmpty) {
      this.#endValue()
      if (this.#column !== this.#imageSize + 1) {
        throw this.#error(
          `has ${this.#column} values, expected ${this.#imageSize + 1}: a label and the pixels`,
        )
      }
    }
    this.#line++
    this.#column = 0
    this.#place = 'before'
  }

  #endValue(): void {
    const value = this.#value
    if (value < 0) throw this.#error('has an empty value')
    // A line's label may come after its pixels.
    if (this.#column === 0) this.#labels.push(0)
    const { labelColumn } = this.#told
    if (this.#column === labelColumn) this.#labels[this.#labels.length - 1] = value
    else if (this.#column <= this.#imageSize) {
      this.#addPixel(value, this.#column - (this.#column > labelColumn ? 1 : 0))
    }
    this.#column++
    this.#value = -1
    this.#place = 'before'
  }

  #addPixel(value: number, index: number): void {
    if (value > 255) throw this.#error(`holds the pixel ${value}, expected 0 to 255`)
    const at = (this.#labels.length - 1) * this.#imageSize + index
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
