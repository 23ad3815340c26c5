import { crc32, deflateSync } from 'node:zlib'

/**
 * Bytes as a PNG: `[height, width, channels]`, grey or RGB.
 *
 * @example
 * encodePng(Uint8Array.of(0, 255), [1, 2, 1]).subarray(1, 4).toString() // 'PNG'
 */
export function encodePng(
  pixels: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  // 8 bits to a channel; grey is colour type 0, RGB 2.
  head.set([8, channels === 1 ? 0 : 2], 8)
  const row = width * channels
  // Each row starts with its filter: 0, none.
  const rows = Buffer.alloc(height * (row + 1))
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The bytes of the signature and of the first chunk, which has the size. */
const HEAD = 8 + 12 + 13

/** A PNG that says how many dots of it make an inch: programs for texts place it at its size. */
export function withDensity(png: Buffer, dpi: number): Buffer {
  const body = Buffer.alloc(9)
  const perMetre = Math.round(dpi / 0.0254)
  body.writeUInt32BE(perMetre, 0)
  body.writeUInt32BE(perMetre, 4)
  // The unit: metres.
  body[8] = 1
  return Buffer.concat([png.subarray(0, HEAD), chunk('pHYs', body), png.subarray(HEAD)])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [size, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(data.length)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([size, body, check])
}
