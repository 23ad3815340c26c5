import { HeddleError } from '../../base/errors.ts'
import { show } from '../../base/schema.ts'
import { pictureHeader } from './format.ts'
import { type Picture, upright } from './picture.ts'

/** Samples a pixel, by the colour type of the file. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** The bits that a sample may have, by the colour type. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}

/** Start and step of the seven passes of an interlaced file: x, y, step of x, step of y. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

interface Header {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly colour: number
  readonly interlaced: boolean
}

/** The bits a sample of a PNG file has, read from its first 26 bytes. */
export function pngDepth(bytes: Uint8Array): number {
  return bytes[24]!
}

/**
 * Decodes a PNG file without colour management, upright: levels as the file has them, 16 bits included, which browsers and
 * most decoders cut to 8. Throws a `HeddleError` for a file that is not a PNG, is damaged or cut short, or announces more than 100 million pixels.
 * Source: https://www.w3.org/TR/png-3/.
 */
export async function decodePng(bytes: Uint8Array): Promise<Picture> {
  const { format } = pictureHeader(bytes)
  if (format !== 'PNG') throw new HeddleError(`it is a ${format} file, and this reads PNG files only.`)
  const file = chunksOf(bytes)
  return pictureOf(file, await inflated(file.packed, rawSize(file.header)))
}

/** What a platform does at once. */
export interface PngTools {
  /** Unpacks a zlib stream to at most `size` bytes. Throws for one that is damaged. */
  inflate(packed: Uint8Array, size: number): Uint8Array
  /** The check sum of a chunk. */
  crc32(bytes: Uint8Array): number
}

/** `decodePng` without waiting: for small files, for which another thread costs more than it does. */
export function decodePngNow(bytes: Uint8Array, { inflate, crc32 }: PngTools): Picture {
  const file = chunksOf(bytes, crc32)
  const size = rawSize(file.header)
  const raw = unpacked(() => inflate(file.packed.length === 1 ? file.packed[0]! : joined(file.packed), size))
  if (raw.length < size) throw damaged('pixels are missing')
  return pictureOf(file, raw)
}

function unpacked(work: () => Uint8Array): Uint8Array {
  try {
    return work()
  } catch {
    throw damaged('its pixels cannot be unpacked')
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function pictureOf({ header, palette, transparent, orientation }: PngFile, raw: Uint8Array): Picture {
  const { width, height, depth, colour } = header
  const samples = SAMPLES[colour]!
  const wide = new (depth === 16 ? Uint16Array : Uint8Array)(width * height * samples)
  let at = 0
  for (const [startX, startY, stepX, stepY] of header.interlaced ? ADAM7 : [[0, 0, 1, 1] as const]) {
    const columns = Math.ceil((width - startX) / stepX)
    const rows = Math.ceil((height - startY) / stepY)
    if (columns <= 0 || rows <= 0) continue
    const rowBytes = Math.ceil((columns * samples * depth) / 8)
    const isWhole = depth === 8 && !header.interlaced
    const bytes = isWhole ? (wide as Uint8Array) : new Uint8Array(rows * rowBytes)
    unfilter(raw, bytes, { at, rows, rowBytes, pixelBytes: Math.max(1, (samples * depth) >> 3) })
    for (let y = 0; y < rows && !isWhole; y++) {
      const row = bytes.subarray(y * rowBytes, (y + 1) * rowBytes)
      const to = (startY + y * stepY) * width + startX
      for (let x = 0; x < columns; x++)
        for (let s = 0; s < samples; s++)
          wide[(to + x * stepX) * samples + s] = sampleOf(row, x * samples + s, depth)
    }
    at += rows * (rowBytes + 1)
  }
  const picture =
    colour === 3
      ? { width, height, ...coloured(wide, palette, transparent) }
      : { width, height, ...withTransparency(scaled(wide, depth), samples, depth, transparent) }
  return upright(picture, orientation)
}

interface PngFile {
  readonly header: Header
  readonly palette: Uint8Array
  readonly transparent: Uint8Array
  readonly packed: readonly Uint8Array[]
  readonly orientation: number
}

/** The names of parts, four letters each, as numbers. */
const [IHDR, PLTE, TRNS, EXIF, IDAT, IEND] = [
  0x49484452, 0x504c5445, 0x74524e53, 0x65584966, 0x49444154, 0x49454e44,
] as const

const textOf = (name: number): string =>
  String.fromCharCode(name >>> 24, (name >>> 16) & 255, (name >>> 8) & 255, name & 255)

function chunksOf(bytes: Uint8Array, crc32?: PngTools['crc32']): PngFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let header: Header | null = null
  let palette: Uint8Array = new Uint8Array()
  let transparent: Uint8Array = new Uint8Array()
  let orientation = 1
  const packed: Uint8Array[] = []
  for (let at = 8, isOver = false; !isOver; ) {
    if (at + 12 > bytes.length) throw damaged('it is cut short')
    const size = view.getUint32(at)
    const name = view.getUint32(at + 4)
    if (at + 12 + size > bytes.length) throw damaged('it is cut short')
    const data = (): Uint8Array => new Uint8Array(view.buffer, view.byteOffset + at + 8, size)
    if (crc32) {
      const sum = crc32(new Uint8Array(view.buffer, view.byteOffset + at + 4, size + 4))
      if (sum !== view.getUint32(at + 8 + size))
        throw damaged(`the check sum of its part ${show(textOf(name))} is wrong`)
    }
    if (name === IHDR) header = headerOf(view, at + 8, size)
    else if (name === PLTE) palette = data()
    else if (name === TRNS) transparent = data()
    else if (name === EXIF) orientation = exifOrientation(data())
    else if (name === IDAT) packed.push(data())
    isOver = name === IEND
    at += 12 + size
  }
  if (!header || packed.length === 0) throw damaged('it holds no pixels')
  return { header, palette, transparent, packed, orientation }
}

function damaged(why: string): HeddleError {
  return new HeddleError(`the PNG is damaged: ${why}.`)
}

function headerOf(view: DataView, at: number, size: number): Header {
  if (size !== 13) throw damaged('its header has a wrong size')
  const [depth, colour, interlace] = [view.getUint8(at + 8), view.getUint8(at + 9), view.getUint8(at + 12)]
  if (!DEPTHS[colour]?.includes(depth) || interlace > 1)
    throw damaged(`it has colour type ${colour} with ${depth} bits`)
  const [width, height] = [view.getUint32(at), view.getUint32(at + 4)]
  return { width, height, depth, colour, interlaced: interlace === 1 }
}

function rawSize({ width, height, depth, colour, interlaced }: Header): number {
  let total = 0
  for (const [startX, startY, stepX, stepY] of interlaced ? ADAM7 : [[0, 0, 1, 1] as const]) {
    const columns = Math.ceil((width - startX) / stepX)
    const rows = Math.ceil((height - startY) / stepY)
    if (columns > 0 && rows > 0) total += rows * (1 + Math.ceil((columns * SAMPLES[colour]! * depth) / 8))
  }
  return total
}

/** Never unpacks more than the header promises. */
async function inflated(packed: readonly Uint8Array[], size: number): Promise<Uint8Array> {
  const stream = new DecompressionStream('deflate')
  const reader = stream.readable.getReader()
  const writer = stream.writable.getWriter()
  const write = async (): Promise<void> => {
    for (const part of packed) await writer.write(part as Uint8Array<ArrayBuffer>)
    await writer.close()
  }
  // The reader reports what is wrong with the stream; a write that it ends is no second error.
  write().catch(() => undefined)
  const raw = new Uint8Array(size)
  let filled = 0
  try {
    while (filled < size) {
      const { done, value } = await reader.read()
      if (done) break
      raw.set(value.subarray(0, size - filled), filled)
      filled += value.length
    }
  } catch {
    throw damaged('its pixels cannot be unpacked')
  } finally {
    reader.cancel().catch(() => undefined)
  }
  if (filled < size) throw damaged('pixels are missing')
  return raw
}

interface Lines {
  readonly at: number
  readonly rows: number
  readonly rowBytes: number
  readonly pixelBytes: number
}

/**
 * Undoes the five filters of section 9: each byte was stored as its difference from what stands left of and above it. `raw` has a
 * byte with the filter before each row from `at` on, `to` the rows alone.
 */
function unfilter(raw: Uint8Array, to: Uint8Array, { at, rows, rowBytes, pixelBytes }: Lines): void {
  for (let y = 0; y < rows; y++) {
    const kind = raw[at + y * (rowBytes + 1)]!
    if (kind > 4) throw damaged(`filter ${kind} does not exist`)
    // In `raw` and in `to`; the row above begins `rowBytes` earlier.
    const [from, start] = [at + y * (rowBytes + 1) + 1, y * rowBytes]
    for (let i = 0; i < rowBytes; i++) {
      const here = start + i
      const left = i >= pixelBytes ? to[here - pixelBytes]! : 0
      const up = y > 0 ? to[here - rowBytes]! : 0
      let guess = 0
      if (kind === 1) guess = left
      else if (kind === 2) guess = up
      else if (kind === 3) guess = (left + up) >> 1
      else if (kind === 4)
        guess = paeth(left, up, y > 0 && i >= pixelBytes ? to[here - rowBytes - pixelBytes]! : 0)
      to[here] = raw[from + i]! + guess
    }
  }
}

function paeth(left: number, up: number, corner: number): number {
  const a = Math.abs(up - corner)
  const b = Math.abs(left - corner)
  const c = Math.abs(left + up - 2 * corner)
  return a <= b && a <= c ? left : b <= c ? up : corner
}

function sampleOf(row: Uint8Array, i: number, depth: number): number {
  if (depth === 8) return row[i]!
  if (depth === 16) return (row[2 * i]! << 8) | row[2 * i + 1]!
  const bit = i * depth
  return (row[bit >> 3]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1)
}

/** Grey of 1, 2 or 4 bits as bytes: white is 255. */
function scaled<T extends Uint8Array | Uint16Array>(levels: T, depth: number): T {
  return depth < 8 ? (levels.map(level => (level * 255) / ((1 << depth) - 1)) as T) : levels
}

function coloured(indices: ArrayLike<number>, palette: Uint8Array, alphas: Uint8Array) {
  const channels = alphas.length > 0 ? 4 : 3
  const levels = new Uint8Array(indices.length * channels)
  for (let p = 0; p < indices.length; p++) {
    const index = indices[p]!
    if (3 * index + 2 >= palette.length) throw damaged(`its palette has no colour ${index}`)
    for (let c = 0; c < 3; c++) levels[p * channels + c] = palette[3 * index + c]!
    if (channels === 4) levels[p * 4 + 3] = alphas[index] ?? 255
  }
  return { channels, levels } as const
}

/** One grey or colour of the file may be declared transparent. */
function withTransparency(
  levels: Uint8Array | Uint16Array,
  samples: number,
  depth: number,
  transparent: Uint8Array,
): Pick<Picture, 'channels' | 'levels'> {
  if (samples % 2 === 0 || transparent.length < 2 * samples)
    return { channels: samples as Picture['channels'], levels }
  const key = Array.from({ length: samples }, (_, s) => {
    const sample = (transparent[2 * s]! << 8) | transparent[2 * s + 1]!
    return depth < 8 ? (sample * 255) / ((1 << depth) - 1) : sample
  })
  const count = levels.length / samples
  const out = new (depth === 16 ? Uint16Array : Uint8Array)(count * (samples + 1))
  for (let p = 0; p < count; p++) {
    let isKey = true
    for (let s = 0; s < samples; s++) {
      const level = levels[p * samples + s]!
      out[p * (samples + 1) + s] = level
      isKey &&= level === key[s]
    }
    out[p * (samples + 1) + samples] = isKey ? 0 : depth === 16 ? 65535 : 255
  }
  return { channels: (samples + 1) as Picture['channels'], levels: out }
}

/** The tag 0x0112 of the first directory of an EXIF block; 1 where it has none. */
function exifOrientation(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength)
  try {
    const little = view.getUint16(0) === 0x4949
    const directory = view.getUint32(4, little)
    for (let i = 0; i < view.getUint16(directory, little); i++) {
      const entry = directory + 2 + 12 * i
      if (view.getUint16(entry, little) === 0x0112) return view.getUint16(entry + 8, little)
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return 1
}
