import { type FileHandle, open } from 'node:fs/promises'
import { HeddleError } from '../spec/errors.ts'
import { replaceFile } from '../spec/files.ts'
import { type Shape, sizeOf } from '../tensor/shape.ts'

/** Numbers of 32 bits with their shape, row by row. */
export interface Tensor {
  readonly shape: Shape
  readonly values: Float32Array
}

/** What a safetensors file holds: named tensors, and texts about them. */
export interface SafeTensors {
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, Tensor>
}

/** As in the reference implementation: a header is parsed as a whole, so it must not be of any size. */
const MAX_HEADER = 100_000_000
const PREFIX = 8

/**
 * The file as pieces, one after the other: the header's length as a 64-bit number, the header in JSON, padded with spaces
 * so that numbers are aligned, then the tensors. Source: https://github.com/huggingface/safetensors.
 */
export function encodeSafetensors({ metadata, tensors }: SafeTensors): Uint8Array[] {
  let end = 0
  const entries = [...tensors].map(([name, { shape, values }]) => {
    const begin = end
    end += values.byteLength
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }] as const
  })
  const header = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) })
  const length = Math.ceil(Buffer.byteLength(header) / 8) * 8
  if (length > MAX_HEADER) {
    throw new HeddleError(`A safetensors header is at most ${MAX_HEADER} bytes, this one has ${length}.`)
  }
  const head = Buffer.alloc(PREFIX + length, ' ')
  head.writeBigUInt64LE(BigInt(length))
  head.write(header, PREFIX)
  const data = [...tensors.values()].map(({ values }) => bytesOf(values))
  return [head, ...data]
}

/** Writes the file beside and renames it: no one ever sees half of it. */
export async function writeSafetensors(path: string, file: SafeTensors): Promise<void> {
  await replaceFile(path, encodeSafetensors(file))
}

/**
 * Reads a file of any origin. Memory is asked for only when the header has been checked against the file's size, so a
 * header that lies costs nothing. Throws a `HeddleError` that says what is wrong.
 */
export async function readSafetensors(path: string): Promise<SafeTensors> {
  const file = await open(path).catch((error: Error) => {
    throw new HeddleError(`${path} cannot be read: ${error.message}.`)
  })
  try {
    const { size } = await file.stat()
    const prefix = await readExactly(file, path, { at: 0, length: Math.min(PREFIX, size) })
    const length = headerLength(prefix, size, path)
    const header = await readExactly(file, path, { at: PREFIX, length })
    const start = PREFIX + length
    const { metadata, entries } = parseHeader(header, size - start, path)
    const tensors = new Map<string, Tensor>()
    for (const { name, shape, begin, end } of entries) {
      const bytes = await readExactly(file, path, { at: start + begin, length: end - begin })
      tensors.set(name, { shape, values: floatsOf(bytes) })
    }
    return { metadata, tensors }
  } finally {
    await file.close()
  }
}

interface Entry {
  readonly name: string
  readonly shape: Shape
  /** Bytes, from the start of the data. */
  readonly begin: number
  readonly end: number
}

function headerLength(prefix: Uint8Array, fileSize: number, path: string): number {
  if (prefix.length < PREFIX) {
    throw new HeddleError(
      `${path} is no safetensors file: it has ${fileSize} bytes, and its header alone needs more.`,
    )
  }
  const length = Buffer.from(prefix).readBigUInt64LE()
  if (length > MAX_HEADER) {
    throw new HeddleError(
      `${path}: a header of ${length} bytes is announced; at most ${MAX_HEADER} are read.`,
    )
  }
  if (Number(length) > fileSize - PREFIX) {
    throw new HeddleError(
      `${path}: a header of ${length} bytes is announced, but the file has ${fileSize} bytes: it is cut short or no safetensors file.`,
    )
  }
  return Number(length)
}

/** Every number in the header is checked against the others and against `dataSize`. */
function parseHeader(
  bytes: Uint8Array,
  dataSize: number,
  path: string,
): { readonly metadata: SafeTensors['metadata']; readonly entries: readonly Entry[] } {
  const wrong = (what: string): HeddleError => new HeddleError(`${path}: the safetensors header ${what}.`)
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw wrong('is not JSON')
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong('is not an object')
  const metadata: unknown = (json as Record<string, unknown>).__metadata__ ?? {}
  const texts = typeof metadata === 'object' && metadata !== null ? Object.values(metadata) : [0]
  if (Array.isArray(metadata) || texts.some(text => typeof text !== 'string')) {
    throw wrong('has a __metadata__ that is not texts by name')
  }
  const entries = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => parseEntry(name, value, wrong))
    .sort((a, b) => a.begin - b.begin || a.end - b.end)
  let end = 0
  for (const entry of entries) {
    if (entry.begin !== end) {
      throw wrong(`puts "${entry.name}" at byte ${entry.begin}, but the tensor before it ends at ${end}`)
    }
    end = entry.end
  }
  if (end !== dataSize) throw wrong(`describes ${end} bytes of numbers, but the file has ${dataSize}`)
  return { metadata: metadata as Record<string, string>, entries }
}

function parseEntry(name: string, value: unknown, wrong: (what: string) => HeddleError): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  const sizes = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every(size => Number.isSafeInteger(size) && size >= 0)
  if (dtype !== 'F32') throw wrong(`gives "${name}" the type ${JSON.stringify(dtype)}; only F32 is read`)
  if (!sizes(shape)) throw wrong(`gives "${name}" no shape of whole numbers`)
  if (!sizes(offsets) || offsets.length !== 2) throw wrong(`gives "${name}" no two data_offsets`)
  const [begin, end] = offsets as [number, number]
  if (end - begin !== 4 * sizeOf(shape)) {
    throw wrong(
      `gives "${name}" ${end - begin} bytes, but its shape [${shape.join(', ')}] needs ${4 * sizeOf(shape)}`,
    )
  }
  return { name, shape, begin, end }
}

async function readExactly(
  file: FileHandle,
  path: string,
  { at, length }: { readonly at: number; readonly length: number },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done)
    // Another process may cut the file while it is read.
    if (bytesRead === 0) throw new HeddleError(`${path} ends after ${at + done} bytes: it is cut short.`)
    done += bytesRead
  }
  return bytes
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** `bytes` has a buffer of its own. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer as ArrayBuffer, 0, bytes.length / 4)
}
