import { HeddleError } from '../../base/errors.ts'
import { gunzip, gunzipHead, isGzip } from './gzip.ts'

/** An array of bytes read from an IDX file. */
export interface IdxArray {
  readonly shape: readonly number[]
  /** Row-major, a view on the file's bytes. */
  readonly data: Uint8Array
}

const UNSIGNED_BYTE = 0x08
const MAX_DIMENSIONS = 4
/** What is read is held in memory at once; and Node reads no larger file. */
const MAX_BYTES = 2 ** 31

/**
 * Reads IDX, the format of MNIST: `00 00 08 ndim`, ndim big-endian 32-bit sizes, then the bytes. Gzip is unpacked.
 *
 * A header that promises another size than the file has is refused before anything is allocated for it.
 * Throws a `HeddleError` that names `name`.
 *
 * @example
 * parseIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 9), 'labels').data // Uint8Array [7, 9]
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  const packed = isGzip(bytes)
  const { shape, sizeBytes } = parseHeader(packed ? gunzipHead(bytes, name) : bytes, name)
  if (!packed && bytes.length !== sizeBytes) {
    const relation = bytes.length < sizeBytes ? 'is cut off' : 'has bytes left over'
    throw new HeddleError(
      `${name} ${relation}: its header announces ${shape.join(' × ')}, which makes ${sizeBytes} bytes with the ` +
        `header, and the file has ${bytes.length}. Fetch or write the file again.`,
    )
  }
  const unpacked = packed ? gunzip(bytes, sizeBytes, name) : bytes
  return { shape, data: unpacked.subarray(4 + 4 * shape.length) }
}

/** The shape that the header announces, and the size in bytes of the whole file that it makes. */
function parseHeader(bytes: Uint8Array, name: string): { shape: number[]; sizeBytes: number } {
  const dimensions = bytes[3] ?? 0
  const sound = bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && bytes[2] === UNSIGNED_BYTE
  if (!sound || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    const found = [...bytes.subarray(0, 4)].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
    throw new HeddleError(
      `${name} is not an IDX file of unsigned bytes: it starts with ${found || 'nothing (it is empty)'}, expected ` +
        '00 00 08 and the number of dimensions, 1 to 4 (labels: 00 00 08 01, grey images: 00 00 08 03).',
    )
  }
  const headerSize = 4 + 4 * dimensions
  if (bytes.length < headerSize) {
    throw new HeddleError(
      `${name} ends within its IDX header of ${headerSize} bytes: the file is cut off. Fetch it again.`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i))
  const sizeBytes = headerSize + shape.reduce((size, length) => size * length, 1)
  if (sizeBytes > MAX_BYTES) {
    throw new HeddleError(
      `${name}: its header announces ${shape.join(' × ')}, which makes ${sizeBytes} bytes; at most ${MAX_BYTES} are ` +
        'read. If the data is not that large, the file is damaged: fetch it again; else use a part of it.',
    )
  }
  return { shape, sizeBytes }
}
