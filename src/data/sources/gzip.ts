import { constants, gunzipSync } from 'node:zlib'
import { HeddleError } from '../../base/errors.ts'

/** Deflate codes at most 258 bytes in 2 bits: no honest file expands further. */
const LARGEST_RATIO = 1032

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * Unpacks gzip `bytes` to exactly `sizeBytes` bytes; memory stays below that bound whatever the file holds.
 * Throws a `HeddleError` that names `name` when the file is damaged, or holds more or less than expected.
 *
 * @example
 * gunzip(gzipSync(new Uint8Array(8)), 8, 'labels.gz').length // 8
 */
export function gunzip(bytes: Uint8Array, sizeBytes: number, name: string): Uint8Array {
  if (sizeBytes > bytes.length * LARGEST_RATIO) {
    throw new HeddleError(
      `${name} cannot hold ${sizeBytes} bytes: ${bytes.length} bytes of gzip expand to at most ` +
        `${bytes.length * LARGEST_RATIO}. The file is damaged or cut off: fetch it again.`,
    )
  }
  const unpacked = inflate(bytes, Math.max(1, sizeBytes), name)
  if (unpacked.length !== sizeBytes) {
    throw new HeddleError(
      `${name} unpacks to ${unpacked.length} bytes where ${sizeBytes} were expected. Fetch the file again.`,
    )
  }
  return unpacked
}

/** The first bytes (at most a few hundred thousand) of what `bytes` unpack to: enough to read a header. */
export function gunzipHead(bytes: Uint8Array, name: string): Uint8Array {
  const head = bytes.subarray(0, 256)
  // Flushing early is what lets a piece of a gzip file be unpacked at all.
  return inflate(head, head.length * LARGEST_RATIO, name, constants.Z_SYNC_FLUSH)
}

function inflate(
  bytes: Uint8Array,
  maxOutputLength: number,
  name: string,
  finishFlush: number = constants.Z_FINISH,
) {
  try {
    return gunzipSync(bytes, { maxOutputLength, finishFlush })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason =
      code === 'ERR_BUFFER_TOO_LARGE' ? `it unpacks to more than ${maxOutputLength} bytes` : message
    throw new HeddleError(`${name} is not a sound gzip file: ${reason}. Fetch the file again.`)
  }
}
