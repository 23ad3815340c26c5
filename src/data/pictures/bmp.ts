import { HeddleError } from '../../base/errors.ts'
import type { Picture } from './picture.ts'

/** Bytes of the header of the file and of the smallest header of a picture. */
const HEADER_BYTES = 54

/**
 * Decodes an uncompressed BMP file: a palette of 1, 4 or 8 bits, or colours of 24 or 32 bits; transparency is not read.
 * Throws a `HeddleError` for a file of another kind, or one that is cut short.
 */
export function decodeBmp(bytes: Uint8Array): Picture {
  if (bytes.length < HEADER_BYTES) throw new HeddleError('the BMP is cut short.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [width, tall] = [view.getInt32(18, true), view.getInt32(22, true)]
  const [depth, compression] = [view.getUint16(28, true), view.getUint32(30, true)]
  if (compression !== 0 || ![1, 4, 8, 24, 32].includes(depth)) {
    throw new HeddleError(
      `the BMP has ${depth} bits a pixel and the compression ${compression}; uncompressed ones of 1, 4, 8, 24 and 32 bits are read. Convert it to PNG.`,
    )
  }
  const [height, start] = [Math.abs(tall), view.getUint32(10, true)]
  if (width <= 0 || height === 0) throw new HeddleError(`the BMP is damaged: its size is ${width} × ${tall}.`)
  const palette = 14 + view.getUint32(14, true)
  const rowBytes = Math.ceil((width * depth) / 32) * 4
  if (start + height * rowBytes > bytes.length) throw new HeddleError('the BMP is cut short.')
  const levels = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    // Rows go up, unless the height is negative.
    const row = start + (tall > 0 ? height - 1 - y : y) * rowBytes
    for (let x = 0; x < width; x++) {
      const from = depth >= 24 ? row + (x * depth) / 8 : palette + 4 * indexAt(bytes, row, { x, depth })
      if (from + 3 > bytes.length) throw new HeddleError('the BMP is damaged: its palette is too short.')
      for (let c = 0; c < 3; c++) levels[(y * width + x) * 3 + c] = bytes[from + 2 - c]!
    }
  }
  return { width, height, channels: 3, levels }
}

function indexAt(
  bytes: Uint8Array,
  row: number,
  { x, depth }: { readonly x: number; readonly depth: number },
): number {
  const bit = x * depth
  return (bytes[row + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1)
}
