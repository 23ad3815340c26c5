import { UsageError } from '../base/errors.ts'

/**
 * Images as bytes that keep their number while the engine works: those on a shared or resizable buffer are copied. Another
 * buffer can only be transferred, which leaves nothing of it and is found out.
 *
 * Throws a `UsageError` for anything but a `Uint8Array` with its memory.
 */
export function ownBytes(images: unknown): Uint8Array {
  if (!ArrayBuffer.isView(images) || nameOf(images) !== 'Uint8Array') {
    throw new UsageError(
      `Images must be a Uint8Array: bytes [count, height, width, channels] from 0 to 255. Received ${described(images)}.`,
    )
  }
  const bytes = images as Uint8Array
  const { buffer } = bytes as { readonly buffer: { readonly resizable?: boolean } & ArrayBufferLike }
  if (bytes.length === 0 && isDetached(buffer)) {
    throw new UsageError(
      'The images are gone: their buffer was transferred, to a worker for instance. Transfer a copy (images.slice().buffer).',
    )
  }
  return buffer.resizable === true || !(buffer instanceof ArrayBuffer) ? Uint8Array.from(bytes) : bytes
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

function nameOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

function described(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  return /^[AEIO]/.test(nameOf(value)) ? `an ${nameOf(value)}` : `a ${nameOf(value)}`
}
