import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { partOf } from '../../base/files.ts'

/** A picture file at one moment: `["cats/1.jpg",52031,1730.5,1730.5]`, its path in the folder, bytes, and times of change. */
export type Stamp = string

/** What a segment says of its rows. */
export interface SegmentIndex {
  /** The folder that the pictures come from. */
  readonly root: string
  /** The preparation of the rows, as JSON. */
  readonly prepared: string
  readonly rowBytes: number
  /** For each row, the file it was made from, and the bits in use of a file with 16 a channel (else 0). */
  readonly rows: readonly (readonly [Stamp, number])[]
}

/** What files are called that are no segments yet. */
export const UNFINISHED = 'unfinished'

const MAGIC = 'HEDDLEP1'
/** The magic, and the length of the index as 8 bytes. */
const FOOTER_BYTES = 16
/** An index of a million files. */
const MAX_INDEX_BYTES = 2 ** 28

/**
 * Writes one file of a pack: rows of equal size, then the index as JSON, then a footer. The file gets its name when it is whole, so that
 * a process that is killed leaves nothing that is taken for a segment.
 */
export class SegmentWriter {
  readonly path: string
  readonly #about: Omit<SegmentIndex, 'rows'>
  readonly #part: string
  readonly #file: number
  readonly #rows: [Stamp, number][] = []

  constructor(path: string, about: Omit<SegmentIndex, 'rows'>) {
    this.path = path
    this.#about = about
    this.#part = partOf(join(dirname(path), UNFINISHED))
    this.#file = openSync(this.#part, 'wx')
  }

  get bytes(): number {
    return this.#rows.length * this.#about.rowBytes
  }

  add(stamp: Stamp, bits: number, pixels: Uint8Array): void {
    writeAll(this.#file, pixels, this.bytes)
    this.#rows.push([stamp, bits])
  }

  /** Makes the segment whole: only now can others see it. */
  finish(): void {
    const index = Buffer.from(JSON.stringify({ ...this.#about, rows: this.#rows }))
    const footer = Buffer.alloc(FOOTER_BYTES)
    footer.write(MAGIC, 0, 'latin1')
    footer.writeBigUInt64LE(BigInt(index.length), 8)
    writeAll(this.#file, Buffer.concat([index, footer]), this.bytes)
    // Before it has its name: after a power cut it is whole or not there.
    fdatasyncSync(this.#file)
    closeSync(this.#file)
    renameSync(this.#part, this.path)
  }

  discard(): void {
    closeSync(this.#file)
    rmSync(this.#part, { force: true })
  }
}

function writeAll(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(file, bytes, done, bytes.length - done, at + done)
}

/** Segments that are forgotten close their files. */
const openFiles = new FinalizationRegistry<number>(file => closeSync(file))

/** A segment that is open for reading. It stays readable when another process removes the file. */
export class Segment {
  readonly path: string
  readonly index: SegmentIndex
  readonly #file: number

  /** Throws an `Error` for a file that is no whole segment. */
  constructor(path: string) {
    this.path = path
    this.#file = openSync(path, 'r')
    try {
      this.index = indexOf(this.#file, fstatSync(this.#file).size)
    } catch (error) {
      closeSync(this.#file)
      throw error
    }
    openFiles.register(this, this.#file)
  }

  get bytes(): number {
    return this.index.rows.length * this.index.rowBytes
  }

  /** Reads rows, beginning at `row`, until `into` is full. Throws an `Error` if the file has become shorter. */
  read(row: number, into: Uint8Array): void {
    readAll(this.#file, into, row * this.index.rowBytes)
  }
}

function readAll(file: number, into: Uint8Array, at: number): void {
  for (let done = 0; done < into.length; ) {
    const read = readSync(file, into, done, into.length - done, at + done)
    if (read === 0) throw new Error('the file ends before its rows do.')
    done += read
  }
}

/** The index of a segment, whose numbers are checked: a cache is a file that anything may have happened to. */
function indexOf(file: number, size: number): SegmentIndex {
  const footer = Buffer.alloc(FOOTER_BYTES)
  if (size < FOOTER_BYTES) throw new Error('it is too short.')
  readAll(file, footer, size - FOOTER_BYTES)
  if (footer.toString('latin1', 0, 8) !== MAGIC) throw new Error('it has another format.')
  const indexBytes = Number(footer.readBigUInt64LE(8))
  const rowsBytes = size - FOOTER_BYTES - indexBytes
  if (indexBytes > MAX_INDEX_BYTES || rowsBytes < 0) throw new Error('its index has another length.')
  const text = Buffer.alloc(indexBytes)
  readAll(file, text, rowsBytes)
  const index: unknown = JSON.parse(text.toString())
  if (!isIndex(index) || index.rows.length * index.rowBytes !== rowsBytes)
    throw new Error('its index does not fit its rows.')
  return index
}

function isIndex(json: unknown): json is SegmentIndex {
  if (typeof json !== 'object' || json === null) return false
  const { root, prepared, rowBytes, rows } = json as Record<string, unknown>
  const isRow = (row: unknown): boolean =>
    Array.isArray(row) && row.length === 2 && typeof row[0] === 'string' && Number.isInteger(row[1])
  return (
    typeof root === 'string' &&
    typeof prepared === 'string' &&
    Number.isSafeInteger(rowBytes) &&
    (rowBytes as number) > 0 &&
    Array.isArray(rows) &&
    rows.every(isRow)
  )
}
