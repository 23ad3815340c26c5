import { HeddleError } from '../../base/errors.ts'
import { boundedJson } from '../../base/json.ts'
import { show } from '../../base/schema.ts'
import { type Shape, sizeOf } from '../../base/shape.ts'
import { fileKind } from './file-kind.ts'

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

/**
 * A header is parsed as a whole. That of a model has some kilobytes, and up to 11 MB of examples if it was exported; that of a checkpoint
 * what every epoch measured: this is enough for 50,000.
 */
export const MAX_HEADER = 16_000_000
const MAX_TENSORS = 10_000
const MAX_NAME = 500
/** Longer than the largest list of anything in a shape. */
const MAX_RANK = 8
export const PREFIX = 8
/** As much of a file as shows what it is. */
export const START = 512

/**
 * What the bytes of a whole file hold, of any origin; `name` is how errors call it. Throws a `HeddleError` that says what
 * is wrong.
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafeTensors {
  const length = headerLength(bytes.subarray(0, START), { fileSize: bytes.length, path: name })
  const start = PREFIX + length
  const { metadata, entries } = parseHeader(bytes.subarray(PREFIX, start), {
    size: bytes.length - start,
    path: name,
  })
  const tensors = entries.map(({ name: tensor, shape, begin, end }): [string, Tensor] => {
    // A copy, so that its numbers are aligned; a Buffer's own slice() is none.
    const own = new Uint8Array(bytes.subarray(start + begin, start + end))
    return [tensor, { shape, values: floatsOf(own) }]
  })
  return { metadata, tensors: new Map(tensors) }
}

export interface Entry {
  readonly name: string
  readonly type: string
  readonly shape: Shape
  /** Bytes, from the start of the data. */
  readonly begin: number
  readonly end: number
}

/** The size of the header in the first bytes of a file, checked against the file's size; reads at most 512 bytes. */
export function headerLength(
  start: Uint8Array,
  { fileSize, path }: { readonly fileSize: number; readonly path: string },
): number {
  if (start.length < PREFIX) {
    throw new HeddleError(
      `${path} is not a safetensors file: it has ${fileSize} bytes, and its header alone needs more.`,
    )
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true)
  const kind = length > MAX_HEADER || Number(length) > fileSize - PREFIX ? fileKind(start) : null
  if (kind) {
    throw new HeddleError(
      `${path} is not a model of Heddle: it looks like ${kind}. A model of Heddle is a .safetensors file, as "heddle run --save" and saveModel write it; "heddle import" makes one of a model of Keras or ONNX.`,
    )
  }
  if (length > MAX_HEADER) {
    throw new HeddleError(
      `${path}: a header of ${length} bytes is announced, which is impossible: at most ${MAX_HEADER} are read. The file is damaged, or is not a safetensors file.`,
    )
  }
  if (Number(length) > fileSize - PREFIX) {
    throw new HeddleError(
      `${path}: a header of ${length} bytes is announced, but the file has ${fileSize} bytes: it is cut short or not a safetensors file.`,
    )
  }
  return Number(length)
}

/** Bytes of a number in the files that Heddle writes. */
const OWN_TYPES: Readonly<Record<string, number>> = { F32: 4 }

interface Data {
  /** Bytes behind the header. */
  readonly size: number
  readonly path: string
  /** Bytes of a number of each type that is taken. */
  readonly types?: Readonly<Record<string, number>>
}

/** Every number in the header is checked against the others and against the size of the data. */
export function parseHeader(
  bytes: Uint8Array,
  { size: dataSize, path, types = OWN_TYPES }: Data,
): { readonly metadata: SafeTensors['metadata']; readonly entries: readonly Entry[] } {
  const wrong = (what: string): HeddleError => new HeddleError(`${path}: the safetensors header ${what}.`)
  let json: unknown
  try {
    json = boundedJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes), bytes.length)
  } catch {
    throw wrong('is not JSON')
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong('is not an object')
  const metadata: unknown = (json as Record<string, unknown>).__metadata__ ?? {}
  const texts = typeof metadata === 'object' && metadata !== null ? Object.values(metadata) : [0]
  if (Array.isArray(metadata) || texts.some(text => typeof text !== 'string')) {
    throw wrong('has a __metadata__ that is not texts by name')
  }
  const count = Object.keys(json).length
  if (count > MAX_TENSORS) throw wrong(`names ${count} tensors; at most ${MAX_TENSORS} are read`)
  const entries = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => parseEntry(name, value, { types, wrong }))
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

interface Rules {
  readonly types: Readonly<Record<string, number>>
  readonly wrong: (what: string) => HeddleError
}

function parseEntry(name: string, value: unknown, { types, wrong }: Rules): Entry {
  if (name.length > MAX_NAME)
    throw wrong(`has a name of ${name.length} characters; at most ${MAX_NAME} are read`)
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>
  const sizes = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every(size => Number.isSafeInteger(size) && size >= 0)
  if (typeof dtype !== 'string' || !Object.hasOwn(types, dtype)) {
    const known = Object.keys(types)
    throw wrong(
      `gives "${name}" the type ${show(dtype)}; only ${known.join(', ')} ${known.length === 1 ? 'is' : 'are'} read`,
    )
  }
  if (!sizes(shape) || shape.length > MAX_RANK)
    throw wrong(`gives "${name}" a shape that is not a list of at most ${MAX_RANK} whole numbers`)
  if (!sizes(offsets) || offsets.length !== 2) throw wrong(`gives "${name}" no two data_offsets`)
  const [begin, end] = offsets as [number, number]
  const needed = types[dtype]! * sizeOf(shape)
  if (end - begin !== needed) {
    throw wrong(`gives "${name}" ${end - begin} bytes, but its shape [${shape.join(', ')}] needs ${needed}`)
  }
  return { name, type: dtype, shape, begin, end }
}

/** `bytes` has a buffer of its own. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer as ArrayBuffer, 0, bytes.length / 4)
}
