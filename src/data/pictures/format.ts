import { HeddleError } from '../../base/errors.ts'

/** The files that are read as pictures, by their content: in folders, on the command line and in a web page alike. */
type PictureFormat = 'PNG' | 'JPEG' | 'WebP' | 'GIF' | 'BMP'

/** Names that picture files have. */
export const pictureFile = /\.(png|jpe?g|webp|gif|bmp)$/i

/** How those files are called in messages. */
export const pictureFormats = 'PNG, JPEG, WebP, GIF or BMP'

/** A picture of 10,000 × 10,000: anything larger is a mistake or an attack, and is refused before it is unpacked. */
const MAX_PIXELS = 10_000 ** 2

/** A PNG of that many pixels in 16-bit RGB and alpha that cannot be packed has as many bytes. */
export const MAX_FILE_BYTES = 8 * MAX_PIXELS

export interface PictureHeader {
  readonly format: PictureFormat
  readonly width: number
  readonly height: number
}

/**
 * Format and size that a file announces in its first bytes; a name never decides. Throws a `HeddleError` for other files,
 * with what they are where that is known, and for pictures too large to open.
 */
export function pictureHeader(bytes: Uint8Array): PictureHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const header = headerOf(view)
  if (!header) {
    const other = otherKind(bytes)
    throw new HeddleError(
      other
        ? `it is ${other}, which Heddle does not read. Convert it to PNG or JPEG.`
        : bytes.length === 0
          ? 'it is empty.'
          : `it is not a whole ${pictureFormats} file.`,
    )
  }
  const { width, height } = header
  if (width * height > MAX_PIXELS) {
    throw new HeddleError(`it says that it has ${width} × ${height} pixels; at most 100 million are opened.`)
  }
  if (width === 0 || height === 0) throw new HeddleError(`it says that it has ${width} × ${height} pixels.`)
  return header
}

function headerOf(view: DataView): PictureHeader | null {
  const header = (format: PictureFormat, size: readonly [number, number] | null): PictureHeader | null =>
    size && { format, width: size[0], height: size[1] }
  try {
    const start = view.getUint32(0)
    if (start === 0x89504e47) return header('PNG', [view.getUint32(16), view.getUint32(20)])
    if (start === 0x47494638) return header('GIF', [view.getUint16(6, true), view.getUint16(8, true)])
    if (start >>> 16 === 0x424d) return header('BMP', bmpSize(view))
    if (start === 0x52494646) return header('WebP', webpSize(view))
    if (start >>> 8 === 0xffd8ff) return header('JPEG', jpegSize(view))
    return null
  } catch (error) {
    // Cut short before its size.
    if (error instanceof RangeError) return null
    throw error
  }
}

function bmpSize(view: DataView): readonly [number, number] | null {
  // A text may begin with BM too.
  if (view.getUint32(14, true) < 40) return null
  return [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))]
}

/** From marker to marker, up to the one that starts the frame. */
function jpegSize(view: DataView): readonly [number, number] | null {
  for (let at = 2; ; ) {
    const marker = view.getUint16(at)
    if (marker >>> 8 !== 0xff) return null
    // Any number of fill bytes may stand before a marker.
    if (marker === 0xffff) {
      at++
      continue
    }
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
    if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)]
    at += 2 + view.getUint16(at + 2)
  }
}

function webpSize(view: DataView): readonly [number, number] | null {
  if (view.getUint32(8) !== 0x57454250) return null
  const three = (at: number): number => view.getUint16(at, true) + (view.getUint8(at + 2) << 16)
  switch (view.getUint32(12)) {
    case 0x56503820: // 'VP8 '
      return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]
    case 0x5650384c: {
      // 'VP8L'
      const bits = view.getUint32(21, true)
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
    }
    case 0x56503858: // 'VP8X'
      return [three(24) + 1, three(27) + 1]
    default:
      return null
  }
}

/** What people take for a picture that is read. */
function otherKind(bytes: Uint8Array): string | null {
  const text = String.fromCharCode(...bytes.subarray(0, 1024))
  if (/^(II\*\0|MM\0\*|II\+\0|MM\0\+)/.test(text)) return 'a TIFF'
  if (/^....ftyp(avif|avis)/s.test(text)) return 'an AVIF picture'
  if (/^....ftyp(hei|hev|mif|msf)/s.test(text)) return 'a HEIC picture'
  if (/^....ftyp/s.test(text)) return 'a film'
  if (/<svg[\s>]/i.test(text)) return 'an SVG drawing'
  if (text.startsWith('%PDF')) return 'a PDF'
  if (text.startsWith('\xff\x0a') || text.slice(4, 8) === 'JXL ') return 'a JPEG XL picture'
  if (/^\s*<(!doctype html|html)/i.test(text)) return 'a web page'
  return null
}
