import { open, readFile, stat } from 'node:fs/promises'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { type Pair, show } from '../../base/schema.ts'
import { decodeBmp } from '../pictures/bmp.ts'
import { MAX_FILE_BYTES, pictureHeader } from '../pictures/format.ts'
import { type Picture, rgbOfCmyk, usedBits } from '../pictures/picture.ts'
import { decodePng, pngDepth } from '../pictures/png.ts'
import { type PictureOptions, type PreparedSteps, preparation, preparationSteps } from '../preparation.ts'
import { loadSharp } from './sharp.ts'

export type ColorMode = 'grayscale' | 'rgb'

export interface DecodedImage {
  /** `[height, width]`. */
  readonly size: Pair
  /** `[height, width, channels]`, 0 to 255. */
  readonly pixels: Uint8Array
  readonly facts: PreparedSteps['facts']
}

/**
 * A function that reads image files as a network sees them: turned upright as their camera says, in `colorMode`, in
 * `imageSize` unless that is null, and otherwise as `options` of a preparation say. It takes a path, or the bytes of a file.
 *
 * Throws a `UsageError` when the optional package sharp is not installed; the function throws a `HeddleError` for a file
 * that is not a picture, is too large, damaged or cut short.
 */
export async function imageDecoder(
  colorMode: ColorMode,
  imageSize: Pair | null,
  options: PictureOptions = {},
): Promise<(file: string | Uint8Array) => Promise<DecodedImage>> {
  const decode = await pictureDecoder()
  const chosen = preparation({ ...options, colorMode, imageSize })
  return async file => {
    const { prepared, facts } = preparationSteps(await decode(await contentOf(file)), chosen)
    return { size: [prepared.height, prepared.width], pixels: prepared.bytes, facts }
  }
}

/**
 * Decodes the bytes of a PNG, JPEG, WebP, GIF or BMP file to its levels, upright, without colour management, as Heddle reads the pictures of
 * its training. In a browser or a worker, `decodePng` reads PNG files.
 *
 * Throws a `UsageError` for anything but bytes, and if the optional package sharp is not installed; a `HeddleError` for bytes that are not a
 * picture, are damaged or cut short, or announce more than 100 million pixels.
 *
 * @example
 * const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=='
 * const { width, height, channels, levels } = await decodePicture(Uint8Array.from(atob(pixel), letter => letter.charCodeAt(0)))
 * const what = [width, height, channels, levels[0]]
 * what // [1, 1, 1, 128]
 */
export async function decodePicture(bytes: Uint8Array): Promise<Picture> {
  if (!(bytes instanceof Uint8Array)) {
    throw new UsageError(
      `decodePicture takes the bytes of a picture file as a Uint8Array, and received ${show(bytes)}.`,
    )
  }
  const decode = await pictureDecoder()
  try {
    return await decode(bytes)
  } catch (error) {
    throw new HeddleError(`The picture cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

/** The bits in use of a file with 16 a channel; 0 for any other, and for one that cannot be read: its reader says why. */
export async function wideBits(path: string): Promise<number> {
  const content = await wideContentOf(path).catch(() => null)
  const picture = content && (await decodePng(content).catch(() => null))
  return picture ? usedBits(picture) : 0
}

async function contentOf(file: string | Uint8Array): Promise<Uint8Array> {
  if (typeof file !== 'string') return file
  const { size } = await stat(file)
  if (size > MAX_FILE_BYTES)
    throw new HeddleError(
      `the file has ${Math.round(size / 1e6)} MB; at most ${MAX_FILE_BYTES / 1e6} MB are opened.`,
    )
  return await readFile(file)
}

/** The bytes of a PNG with 16 bits a channel; `null` for any other file, of which only the beginning is read. */
async function wideContentOf(path: string): Promise<Uint8Array | null> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(32), 0, 32)
    if (!isWidePng(buffer.subarray(0, bytesRead))) return null
  } finally {
    await file.close()
  }
  return await contentOf(path)
}

function isWidePng(start: Uint8Array): boolean {
  return start.length >= 26 && start[0] === 0x89 && start[1] === 0x50 && pngDepth(start) === 16
}

/**
 * Decodes the bytes of a picture file to its levels, upright, without colour management: embedded profiles are not applied,
 * as in Keras and Pillow.
 */
async function pictureDecoder(): Promise<(bytes: Uint8Array) => Promise<Picture>> {
  const sharp = await loadSharp()
  return async bytes => {
    const { format } = pictureHeader(bytes)
    // sharp would cut the levels to 8 bits, and has no reader for BMP.
    if (format === 'PNG' && pngDepth(bytes) === 16) return await decodePng(bytes)
    if (format === 'BMP') return decodeBmp(bytes)
    try {
      return await bySharp(sharp, bytes)
    } catch (error) {
      throw new HeddleError(inOwnWords(error as Error), { cause: error })
    }
  }
}

/** The decoder's words are about its own parts, may be several lines, and depend on which thread was first. */
function inOwnWords({ message }: Error): string {
  const [first = ''] = message.split('\n')
  return /failOn|corrupt|VipsJpeg|png|webp|gif/i.test(first) ? 'it is damaged or cut short.' : first
}

async function bySharp(sharp: Awaited<ReturnType<typeof loadSharp>>, bytes: Uint8Array): Promise<Picture> {
  const image = () => sharp(bytes, { failOn: 'warning', ignoreIcc: true })
  const { space, hasAlpha } = await image().metadata()
  const turned = image().autoOrient()
  if (space === 'cmyk') turned.pipelineColourspace('cmyk').toColourspace('cmyk')
  else turned.toColourspace(space === 'b-w' && !hasAlpha ? 'b-w' : 'srgb')
  const { data, info } = await turned.raw().toBuffer({ resolveWithObject: true })
  const { width, height } = info
  return space === 'cmyk'
    ? { width, height, channels: 3, levels: rgbOfCmyk(data) }
    : { width, height, channels: info.channels as Picture['channels'], levels: data }
}
