import { atOnce } from '../../base/at-once.ts'
import { HeddleError, UsageError } from '../../base/errors.ts'
import { sizeOf } from '../../base/shape.ts'
import { isSystemError, systemReason } from '../../base/system-errors.ts'
import { Examples, type ImageShape, type LabelledImages } from '../examples.ts'
import type { DecodedPicture, Decoding } from '../packs/decoding.ts'
import type { Pack } from '../packs/pack.ts'
import type { Stamp } from '../packs/segment.ts'
import type { StoredImages } from '../stored-images.ts'
import type { LoadOptions } from './context.ts'
import type { ImageFiles } from './folder-listing.ts'

/** Sets of more bytes than this are read from the pack while they are used. */
export const MEMORY_BYTES = 2 ** 30
/** A folder full of broken files is reported after this many. */
export const MAX_PROBLEMS = 20

export interface PictureReading {
  readonly shape: ImageShape
  readonly decoding: Decoding
  /** Where prepared pictures are kept; `null`: nowhere. */
  readonly pack: Pack | null
  /** By path; a file without a stamp cannot be looked at. */
  readonly stamps: ReadonlyMap<string, Stamp>
  /** By path: of a file with 16 bits a channel, how many are in use. */
  readonly bits: ReadonlyMap<string, number>
  /** How many pictures have to be decoded. */
  readonly total: number
  readonly isInMemory: boolean
  readonly context: LoadOptions
}

/** Reads the parts of a data set, one after the other, as images of one shape. */
export class PictureReader {
  readonly #reading: PictureReading
  /** `null` after a write that failed. */
  #pack: Pack | null
  #done = 0
  /** What no caller leaves out, of all parts. */
  readonly #broken: Problem[] = []

  constructor(reading: PictureReading) {
    this.#reading = reading
    this.#pack = reading.pack
  }

  /**
   * A part without the files that cannot be read: `finish` throws for them, once those of the other parts are known too.
   * Throws a `UsageError` for the first file that is not of one size with the others.
   */
  async read({ paths, labels }: ImageFiles, name: string): Promise<LabelledImages> {
    const { shape, decoding, isInMemory, context } = this.#reading
    const { onUnreadable } = context
    const size = sizeOf(shape)
    const images = isInMemory ? new Uint8Array(paths.length * size) : null // [count, height, width, channels]
    const problems: Problem[] = []
    const isEnough = (): boolean =>
      problems.some(({ error }) => error instanceof UsageError) ||
      (!onUnreadable && this.#broken.length + problems.length >= MAX_PROBLEMS)
    const one = async (i: number): Promise<void> => {
      try {
        await this.#readOne(paths[i]!, images?.subarray(i * size, (i + 1) * size))
      } catch (error) {
        problems.push({ i, path: paths[i]!, error })
      }
    }
    await atOnce(paths.length, decoding.atOnce, one, isEnough)
    problems.sort((a, b) => a.i - b.i) // decoding ends in any order
    const wrongSize = problems.find(({ error }) => error instanceof UsageError)
    if (wrongSize) throw wrongSize.error
    if (onUnreadable) for (const { path, error } of problems) onUnreadable(path, reasonOf(error))
    else this.#broken.push(...problems)
    const kept = without(problems, labels)
    const files = Array.from(kept, i => paths[i]!)
    const about = { labels: Int32Array.from(kept, i => labels[i]!), files }
    if (!images) return new Examples({ ...about, images: this.#stored(files) }, { shape, name })
    for (const [to, from] of kept.entries()) images.copyWithin(to * size, from * size, (from + 1) * size)
    return { ...about, images: images.subarray(0, kept.length * size) }
  }

  /** Makes what was decoded lasting. */
  keep(paths: readonly string[]): void {
    this.#keep(pack => pack.finish(paths.flatMap(path => this.#reading.stamps.get(path) ?? [])))
  }

  /** Throws a `UsageError` that names the files of all parts which cannot be read. */
  finish(): void {
    if (this.#broken.length > 0) throw unreadable(this.#broken)
  }

  async #readOne(path: string, into: Uint8Array | undefined): Promise<void> {
    const { shape, decoding, stamps, bits, total, context } = this.#reading
    const stamp = stamps.get(path)
    if (stamp !== undefined && this.#pack?.has(stamp)) {
      if (into) this.#pack.read(stamp, into)
      return
    }
    try {
      const pixels = fitting(await decoding.decode(path), shape, path)
      into?.set(pixels)
      if (stamp !== undefined) this.#keep(pack => pack.add(stamp, bits.get(path) ?? 0, pixels))
      else if (!into) throw new HeddleError('it changed while it was read.')
    } finally {
      context.onProgress?.({ what: 'images', done: ++this.#done, total, unit: 'images' })
    }
  }

  /** Pictures that cannot be kept are decoded again the next time, if this time they are in memory. */
  #keep(work: (pack: Pack) => void): void {
    const pack = this.#pack
    if (!pack) return
    try {
      work(pack)
    } catch (error) {
      this.#pack = null
      pack.abandon()
      const reason = `The prepared pictures cannot be kept in ${pack.folder}: ${systemReason(error)}`
      if (!this.#reading.isInMemory)
        throw new UsageError(
          `${reason} There are too many for memory. Set HEDDLE_CACHE to a folder with room.`,
        )
      this.#reading.context.onNotice?.(
        `${reason} They are decoded again the next time. Set HEDDLE_CACHE to a folder with room.`,
      )
    }
  }

  #stored(files: readonly string[]): StoredImages {
    return this.#pack!.images(files.map(path => this.#reading.stamps.get(path)!))
  }
}

function fitting({ size, pixels }: DecodedPicture, [height, width]: ImageShape, path: string): Uint8Array {
  if (size[0] === height && size[1] === width) return pixels
  throw new UsageError(
    `${path} is ${size[0]} × ${size[1]} pixels (height × width), expected ${height} × ${width} as the first ` +
      `image. Set imageSize, such as imageSize: [${height}, ${width}], to bring all images to one size.`,
  )
}

interface Problem {
  /** The index of the file in its part. */
  readonly i: number
  readonly path: string
  readonly error: unknown
}

function reasonOf(error: unknown): string {
  return isSystemError(error) ? systemReason(error) : (error as Error).message.split('\n')[0]!
}

/** The indices of the examples that could be read. */
function without(problems: readonly Problem[], { length }: Int32Array): number[] {
  const broken = new Set(problems.map(({ i }) => i))
  return Array.from({ length }, (_, i) => i).filter(i => !broken.has(i))
}

/** Names files that cannot be read. */
export function unreadable(problems: readonly Omit<Problem, 'i'>[]): UsageError {
  const reasons = problems.map(({ path, error }) => `${path}: ${reasonOf(error)}`)
  const count = reasons.length >= MAX_PROBLEMS ? `At least ${reasons.length}` : reasons.length
  return new UsageError(
    `${count} image${reasons.length === 1 ? '' : 's'} cannot be read. Replace or remove ${reasons.length === 1 ? 'it' : 'them'}, or leave unreadable images out with skipUnreadable: true (--skip-unreadable):\n` +
      reasons.map(reason => `  - ${reason}`).join('\n'),
  )
}
