import { HeddleError, UsageError } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'
import { formatArray, type Shape, sizeOf } from '../../../base/shape.ts'
import { fromHalf } from '../numbers.ts'

// Source: https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/io_utils.ts.

/** One array of the weights, with its bytes. */
export interface StoredArray {
  readonly name: string
  readonly shape: Shape
  numbers(): Float32Array
}

type Json = Readonly<Record<string, unknown>>

interface Stored {
  readonly bytes: number
  read(view: DataView, at: number): number
}

const TYPES: Readonly<Record<string, Stored>> = {
  float32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  float16: { bytes: 2, read: (view, at) => fromHalf(view.getUint16(at, true)) },
  uint16: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
}

const MAX_ARRAYS = 20_000
const MAX_FILES = 10_000
/** Longer than the largest list of anything in a shape. */
const MAX_RANK = 8

/** The arrays of a manifest of any origin, from the files that it names. Throws a `HeddleError`. */
export async function readManifest(
  manifest: unknown,
  read: (path: string) => Promise<Uint8Array>,
): Promise<readonly StoredArray[]> {
  if (!Array.isArray(manifest))
    throw new UsageError(`its weightsManifest must be a list, not ${show(manifest)}.`)
  const arrays: StoredArray[] = []
  let files = 0
  for (const group of manifest as unknown[]) {
    const { paths, weights } = (group ?? {}) as Json
    const isList = Array.isArray(paths) && paths.every(path => typeof path === 'string')
    if (!isList || !Array.isArray(weights))
      throw new UsageError('its weightsManifest has a group without lists of "paths" and "weights".')
    files += paths.length
    if (files > MAX_FILES || arrays.length + weights.length > MAX_ARRAYS)
      throw new UsageError(`its weightsManifest has more than ${MAX_FILES} files or ${MAX_ARRAYS} arrays.`)
    const entries = (weights as unknown[]).map(parseEntry)
    const pieces: Uint8Array[] = []
    for (const path of paths as string[]) pieces.push(await read(path))
    arrays.push(...cut(entries, Buffer.concat(pieces)))
  }
  return arrays
}

interface Entry {
  readonly name: string
  readonly shape: Shape
  readonly stored: Stored
  /** What a stored number is multiplied by, and what is added. */
  readonly scale: number
  readonly min: number
  /** It belongs to an optimizer. */
  readonly isLeftOut: boolean
}

function parseEntry(value: unknown): Entry {
  const { name, shape, dtype, quantization, group } = (value ?? {}) as Json
  if (typeof name !== 'string' || name.length > 500)
    throw new UsageError(`its weightsManifest names an array ${show(name)}.`)
  const isShape =
    Array.isArray(shape) &&
    shape.length <= MAX_RANK &&
    shape.every(size => Number.isSafeInteger(size) && size >= 0)
  if (!isShape) throw new UsageError(`its weights "${name}" have the shape ${show(shape)}.`)
  const isLeftOut = group === 'optimizer'
  if (quantization === undefined || quantization === null) {
    if (dtype !== 'float32' && !(isLeftOut && dtype === 'int32'))
      throw new UsageError(`its weights "${name}" are of the type ${show(dtype)}; only float32 is read.`)
    return { name, shape, stored: TYPES.float32!, scale: 1, min: 0, isLeftOut }
  }
  const { dtype: type, scale, min } = quantization as Json
  const stored =
    typeof type === 'string' && type !== 'float32' && Object.hasOwn(TYPES, type) ? TYPES[type] : null
  if (dtype !== 'float32' || !stored) {
    throw new UsageError(
      `its weights "${name}" are ${show(dtype)} quantized to ${show(type)}; float32 in uint8, uint16 or float16 is read.`,
    )
  }
  if (type === 'float16') return { name, shape, stored, scale: 1, min: 0, isLeftOut }
  if (typeof scale !== 'number' || typeof min !== 'number')
    throw new UsageError(`its weights "${name}" are quantized without a scale and a min.`)
  return { name, shape, stored, scale, min, isLeftOut }
}

function cut(entries: readonly Entry[], bytes: Uint8Array): StoredArray[] {
  let end = 0
  const arrays = entries.map((entry): StoredArray & Pick<Entry, 'isLeftOut'> => {
    const { name, shape, stored, scale, min, isLeftOut } = entry
    const [begin, size] = [end, sizeOf(shape)]
    end += size * stored.bytes
    if (end > bytes.length) {
      throw new HeddleError(
        `its weights "${name}" ${formatArray(shape)} end at byte ${end}, but the files beside it have ${bytes.length}. They are cut short, or belong to another model.`,
      )
    }
    const numbers = (): Float32Array => {
      const view = new DataView(bytes.buffer, bytes.byteOffset + begin)
      return Float32Array.from({ length: size }, (_, i) => stored.read(view, i * stored.bytes) * scale + min)
    }
    return { name, shape, numbers, isLeftOut }
  })
  if (end < bytes.length)
    throw new HeddleError(
      `its weightsManifest describes ${end} bytes of weights, but the files beside it have ${bytes.length}.`,
    )
  return arrays.filter(({ isLeftOut }) => !isLeftOut)
}
