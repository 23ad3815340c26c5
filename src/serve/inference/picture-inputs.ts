import { crc32, inflateSync } from 'node:zlib'
import { availableCores } from '../../base/available-cores.ts'
import { HeddleError, UsageError } from '../../base/errors.ts'
import type { Decoding } from '../../data/packs/decoding.ts'
import { pictureHeader } from '../../data/pictures/format.ts'
import { decodePngNow, type PngTools } from '../../data/pictures/png.ts'
import { type Preparation, prepare } from '../../data/preparation.ts'

/** A PNG of at most that many pixels is decoded at once: that takes less time than asking another thread does. */
const FEW_PIXELS = 128 ** 2

const tools: PngTools = {
  // With one byte more zlib sees that the end is reached, and one chunk is enough.
  inflate: (packed, size) =>
    inflateSync(packed, { maxOutputLength: size + 1, chunkSize: Math.max(size + 1, 64) }),
  crc32: bytes => crc32(bytes),
}

export interface PictureLimits {
  /** Pictures that say that they have more are refused before they are decoded. */
  readonly maxPixels: number
}

/** A picture is refused for what it is, not for how much there is to do: 413. */
export class TooLarge extends HeddleError {
  override name = 'TooLarge'
}

/**
 * Makes the inputs of networks of picture files, as `heddle predict` does. Small PNG files are decoded at once, others on threads that
 * start with the first of them.
 */
export class PictureInputs {
  readonly #limits: PictureLimits
  /** By what they prepare. */
  readonly #threads = new Map<string, Promise<Decoding>>()

  constructor(limits: PictureLimits) {
    this.#limits = limits
  }

  /**
   * The bytes of an input. Throws a `HeddleError` for other files and damaged ones, and `TooLarge` for a picture with too many pixels.
   * How many may wait is the matter of the queue of their model (`ServedModel.predictPrepared`).
   */
  async input(file: Uint8Array, preparation: Preparation): Promise<Uint8Array> {
    const header = pictureHeader(file)
    const { maxPixels } = this.#limits
    if (header.width * header.height > maxPixels) {
      throw new TooLarge(
        `it says that it has ${header.width} × ${header.height} pixels; this server takes at most ${maxPixels / 1e6} million.`,
      )
    }
    const isSmall = header.format === 'PNG' && header.width * header.height <= FEW_PIXELS
    return isSmall ? pngNow(file, preparation) : await this.#onThread(file, preparation)
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#threads.values())
    await Promise.all(all.map(one => (one.status === 'fulfilled' ? one.value.end() : undefined)))
  }

  async #onThread(file: Uint8Array, preparation: Preparation): Promise<Uint8Array> {
    const key = JSON.stringify(preparation)
    try {
      const threads = this.#threads.get(key) ?? startThreads(preparation)
      this.#threads.set(key, threads)
      const { pixels } = await (await threads).decode(file)
      return pixels
    } catch (error) {
      // The threads have ended, or sharp is missing: the next picture starts them again.
      if (error instanceof UsageError) this.#threads.delete(key)
      throw error
    }
  }
}

/** The input of a PNG, without waiting. Throws a `HeddleError` for one that is damaged. */
export function pngNow(file: Uint8Array, preparation: Preparation): Uint8Array {
  return prepare(decodePngNow(file, tools), preparation).bytes
}

async function startThreads(preparation: Preparation): Promise<Decoding> {
  const { decodingOnThreads } = await import('../../data/packs/decoding.ts')
  const { kind: _, pixelRange: __, colorMode, imageSize, ...options } = preparation
  return decodingOnThreads({ colorMode, imageSize, options }, availableCores())
}

/** The inputs of several pictures, one after the other. */
export function joinedInputs(inputs: readonly Uint8Array[]): Uint8Array {
  if (inputs.length === 1) return inputs[0]!
  const all = new Uint8Array(inputs.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const input of inputs) {
    all.set(input, at)
    at += input.length
  }
  return all
}
