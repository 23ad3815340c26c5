import { UsageError } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'
import { sizeOf } from '../../../base/shape.ts'
import { type Datatype, type Images, INPUT, MAX_IMAGES, type Signature } from './signature.ts'

/** How many images a tensor of this shape has. Throws a `UsageError` if it is not one of the model's. */
export function countOf(shape: unknown, datatype: Datatype, { inputShape }: Signature): number {
  const wanted = datatype === 'BYTES' ? [] : inputShape
  const given: readonly unknown[] = Array.isArray(shape) ? shape : []
  // BYTES of [images, 1] is how clients with a fixed number of axes send a list.
  const axes = datatype === 'BYTES' && given.length === 2 && given[1] === 1 ? given.slice(0, 1) : given
  const [count] = axes
  const fits = axes.length === wanted.length + 1 && wanted.every((axis, i) => axis === axes[i + 1])
  if (!fits || typeof count !== 'number' || !Number.isSafeInteger(count)) {
    throw new UsageError(
      `The shape of "${INPUT}" must be [${['images', ...wanted].join(', ')}] for ${datatype}, not ${show(shape)}.`,
    )
  }
  if (count < 1 || count > MAX_IMAGES)
    throw new UsageError(
      `A request has 1 to ${MAX_IMAGES} images, and this one says ${count}. Send several requests.`,
    )
  return count
}

/** Reads images from the numbers or texts of a JSON tensor, flat or nested. */
export function imagesOfJson(data: unknown, datatype: Datatype, count: number, signature: Signature): Images {
  const size = datatype === 'BYTES' ? count : count * sizeOf(signature.inputShape)
  const flat = flatten(data, size, datatype === 'BYTES' ? 2 : signature.inputShape.length + 1)
  if (datatype === 'BYTES') return { datatype, count, values: flat.map(pictureOfText) }
  if (datatype === 'UINT8') {
    const bad = flat.findIndex(
      value => !Number.isInteger(value) || (value as number) < 0 || (value as number) > 255,
    )
    if (bad >= 0)
      throw new UsageError(
        `UINT8 is whole numbers from 0 to 255, and number ${bad} of "${INPUT}" is ${show(flat[bad])}.`,
      )
    return { datatype, count, values: Uint8Array.from(flat as number[]) }
  }
  const bad = flat.findIndex(value => typeof value !== 'number')
  if (bad >= 0)
    throw new UsageError(`FP32 is numbers, and number ${bad} of "${INPUT}" is ${show(flat[bad])}.`)
  return { datatype, count, values: finite(Float32Array.from(flat as number[])) }
}

/** Reads images from the bytes of a binary tensor: row by row, little-endian. */
export function imagesOfBytes(
  bytes: Uint8Array,
  datatype: Datatype,
  count: number,
  signature: Signature,
): Images {
  if (datatype === 'BYTES') return { datatype, count, values: elementsIn(bytes, count) }
  const size = count * sizeOf(signature.inputShape) * (datatype === 'FP32' ? 4 : 1)
  if (bytes.length !== size)
    throw new UsageError(
      `${count} images of ${datatype} take ${size} bytes, and "${INPUT}" has ${bytes.length}.`,
    )
  if (datatype === 'UINT8')
    return { datatype, count, values: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) }
  // A copy: the bytes of a body seldom begin at a multiple of four.
  return { datatype, count, values: finite(new Float32Array(new Uint8Array(bytes).buffer)) }
}

/** Numbers that are not finite would make every output of the batch unreadable. */
function finite(values: Float32Array): Float32Array {
  const bad = values.findIndex(value => !Number.isFinite(value))
  if (bad >= 0)
    throw new UsageError(`Number ${bad} of "${INPUT}" is ${values[bad]}: FP32 numbers must be finite.`)
  return values
}

/** The elements of BYTES: each has its length before it, in four bytes. */
function elementsIn(bytes: Uint8Array, count: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const elements: Uint8Array[] = []
  let at = 0
  while (elements.length < count) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY
    if (at + 4 + length > bytes.length)
      throw new UsageError(`Element ${elements.length} of "${INPUT}" goes beyond its ${bytes.length} bytes.`)
    elements.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  if (at !== bytes.length)
    throw new UsageError(`"${INPUT}" has ${bytes.length - at} bytes more than its ${count} elements.`)
  return elements
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/

function pictureOfText(text: unknown, index: number): Uint8Array {
  if (typeof text !== 'string' || !base64.test(text) || text.length % 4 !== 0)
    throw new UsageError(
      `Element ${index} of "${INPUT}" must be a picture file in base64, not ${show(text)}.`,
    )
  return Buffer.from(text, 'base64')
}

/** The elements of a list, or of lists of lists to `depth`, in row-major order. Never more than `size` are taken. */
function flatten(data: unknown, size: number, depth: number): unknown[] {
  const elements: unknown[] = []
  const take = (list: readonly unknown[], level: number): void => {
    for (const element of list) {
      if (Array.isArray(element) && level < depth) take(element, level + 1)
      else if (elements.length < size) elements.push(element)
      else throw new UsageError(`"data" of "${INPUT}" has more than the ${size} elements of its shape.`)
    }
  }
  if (!Array.isArray(data)) throw new UsageError(`"data" of "${INPUT}" must be a list, not ${show(data)}.`)
  take(data, 1)
  if (elements.length < size)
    throw new UsageError(`"data" of "${INPUT}" has ${elements.length} elements, and its shape says ${size}.`)
  return elements
}
