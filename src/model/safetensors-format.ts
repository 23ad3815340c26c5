import { HeddleError } from '../spec/errors.ts'
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
export const MAX_HEADER = 100_000_000
export const PREFIX = 8

/**
 * What the bytes of a whole file hold, of any origin; `name` is how errors call it. Throws a `HeddleError` that says what
 * is wrong.
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafeTensors {
  const length = headerLength(bytes.subarray(0, PREFIX), bytes.length, name)
  const start = PREFIX + length
  const { metadata, entries } = parseHeader(bytes.subarray(PREFIX, start), bytes.length - start, name)
  const tensors = entries.map(({ name: tensor, shape, begin, end }): [string, Tensor] => {
    // A copy, so that its numbers are aligned; a Buffer's own slice() is none.
    const own = new Uint8Array(bytes.subarray(start + begin, start + end))
    return [tensor, { shape, values: floatsOf(own) }]
  })
  return { metadata, tensors: new Map(tensors) }
}

interface Entry {
  readonly name: string
  readonly shape: Shape
  /** Bytes, from the start of the data. */
  readonly begin: number
  readonly end: number
}

/** What the first bytes of a file say, checked against its size. */
export function headerLength(prefix: Uint8Array, fileSize: number, path: string): number {
  if (prefix.length < PREFIX) {
    throw new HeddleError(
      `${path} is no safetensors file: it has ${fileSize} bytes, and its header alone needs more.`,
    )
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true)
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
export function parseHeader(
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

/** `bytes` has a buffer of its own. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer as ArrayBuffer, 0, bytes.length / 4)
}
