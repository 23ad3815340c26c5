/** A photo of a good camera has 50 million pixels; anything larger is a mistake or an attack. */
const MAX_PIXELS = 100e6
const MAX_BYTES = 50e6

/**
 * Width and height that an image file announces, read before anything is unpacked: PNG, JPEG, WebP, GIF and BMP.
 * Throws an `Error` for other files, and for pictures too large to open.
 */
export function checkedSize(bytes: Uint8Array): readonly [number, number] {
  if (bytes.length > MAX_BYTES)
    throw new Error(`The file has ${Math.round(bytes.length / 1e6)} MB; at most 50 MB are opened.`)
  const size = announcedSize(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (!size) throw new Error('This is no picture that can be opened: use a PNG, JPEG, WebP, GIF or BMP file.')
  const [width, height] = size
  if (width * height > MAX_PIXELS) {
    throw new Error(`The picture says it has ${width} × ${height} pixels; at most 100 million are opened.`)
  }
  return size
}

function announcedSize(view: DataView): readonly [number, number] | null {
  try {
    const start = view.getUint32(0)
    if (start === 0x89504e47) return [view.getUint32(16), view.getUint32(20)]
    if (start >>> 8 === 0x474946) return [view.getUint16(6, true), view.getUint16(8, true)]
    if (start >>> 16 === 0x424d) return [view.getInt32(18, true), Math.abs(view.getInt32(22, true))]
    if (start === 0x52494646) return webpSize(view)
    if (start >>> 16 === 0xffd8) return jpegSize(view)
    return null
  } catch (error) {
    // Cut short before its size.
    if (error instanceof RangeError) return null
    throw error
  }
}

/** From marker to marker, up to the one that starts the frame. */
function jpegSize(view: DataView): readonly [number, number] | null {
  for (let at = 2; ; ) {
    const marker = view.getUint16(at)
    if (marker >>> 8 !== 0xff) return null
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
    if (isFrame) return [view.getUint16(at + 7), view.getUint16(at + 5)]
    at += 2 + view.getUint16(at + 2)
  }
}

function webpSize(view: DataView): readonly [number, number] | null {
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
