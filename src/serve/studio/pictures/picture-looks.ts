import { readFile, stat } from 'node:fs/promises'
import { HeddleError, MissingError } from '../../../base/errors.ts'
import { LruCache } from '../../../base/lru.ts'
import { decodeBmp } from '../../../data/pictures/bmp.ts'
import { pictureHeader } from '../../../data/pictures/format.ts'
import { loadSharp } from '../../../data/sources/sharp.ts'
import { type LookedAt, pictureFindings, SEEN_SIDE } from '../../../insight/audit/picture-findings.ts'
import {
  type AddedPicture,
  MOST_PICTURE_BYTES,
  type PictureAudit,
  type StoredPicture,
} from '../../../protocol/pictures.ts'
import type { PictureFolder } from './picture-folder.ts'

/** Decoded, this takes 200 MB: more is for the command line. */
const MOST_PIXELS = 50e6
const MOST_THUMBNAILS = 2000
const MOST_LOOKS = 20_000
/** Longer sides of the pictures that pages show. */
const SIDES = { small: 160, large: 900 } as const
/** Each may need much memory, and sharp has threads of its own. */
const AT_ONCE = 2

type Look = Pick<LookedAt, 'width' | 'height' | 'pixels' | 'unreadable'>

/** What pictures look like: small versions for pages, and what the audit compares. Each is decoded once as long as it is in use. */
export class PictureLooks {
  readonly #looks = new Map<string, Look>()
  readonly #thumbnails = new LruCache<Buffer>(MOST_THUMBNAILS)
  readonly #audits = new LruCache<PictureAudit['findings']>(4)
  readonly #looking = new Set<string>()
  #busy = 0
  readonly #waiting: (() => void)[] = []

  /** Adds a file that can be decoded to its end. Throws a `HeddleError` with the reason for any other. */
  async add(folder: PictureFolder, given: Parameters<PictureFolder['add']>[0]): Promise<AddedPicture> {
    const look = await this.#small(given.bytes)
    const added = await folder.add(given)
    this.#looks.set(keyOf(folder, added), { ...look, unreadable: null })
    return added
  }

  /** A picture as WebP, upright. */
  async thumbnail(folder: PictureFolder, { id, version }: StoredPicture, size: keyof typeof SIDES) {
    const path = await folder.pathOf(id)
    const side = SIDES[size]
    return this.#thumbnails.get(`${size} ${path} ${version}`, () =>
      this.#inTurn(async () => {
        const image = await opened(await contentOf(path))
        return await image
          .resize(side, side, { fit: 'inside', withoutEnlargement: true })
          .webp({ quality: 80 })
          .toBuffer()
      }),
    )
  }

  /** What is known of a folder's pictures; those that were not looked at yet are looked at from now on. */
  async audit(folder: PictureFolder): Promise<PictureAudit> {
    const { classes } = await folder.list()
    const pictures = classes.flatMap(({ pictures }) => pictures)
    const unknown = pictures.filter(picture => !this.#looks.has(keyOf(folder, picture)))
    const [looked, total] = [pictures.length - unknown.length, pictures.length]
    if (unknown.length > 0) {
      void this.#lookAt(folder, unknown)
      return { looked, total, findings: [] }
    }
    const state = JSON.stringify([folder.path, classes])
    const findings = await this.#audits.get(state, async () =>
      pictureFindings(
        classes.map(({ name, pictures }) => ({
          name,
          pictures: pictures.map(picture => ({
            id: picture.id,
            ...this.#looks.get(keyOf(folder, picture))!,
          })),
        })),
      ),
    )
    return { looked, total, findings }
  }

  async #lookAt(folder: PictureFolder, pictures: readonly StoredPicture[]): Promise<void> {
    if (this.#looking.has(folder.path)) return
    this.#looking.add(folder.path)
    for (const key of this.#looks.keys()) {
      if (this.#looks.size + pictures.length <= MOST_LOOKS) break
      this.#looks.delete(key)
    }
    let next = 0
    const work = async (): Promise<void> => {
      for (let picture = pictures[next++]; picture; picture = pictures[next++]) {
        const path = await folder.pathOf(picture.id).catch(() => null)
        if (path !== null) this.#looks.set(keyOf(folder, picture), await this.#look(path))
      }
    }
    await Promise.all([work(), work()]).finally(() => this.#looking.delete(folder.path))
  }

  async #look(path: string): Promise<Look> {
    try {
      return { ...(await this.#small(await contentOf(path))), unreadable: null }
    } catch (error) {
      return { width: 0, height: 0, pixels: null, unreadable: (error as Error).message }
    }
  }

  #small(bytes: Uint8Array): Promise<Pick<Look, 'width' | 'height' | 'pixels'>> {
    return this.#inTurn(async () => {
      const image = await opened(bytes)
      try {
        const { autoOrient: size } = await image.metadata()
        const { data } = await image
          .flatten({ background: '#ffffff' })
          .toColourspace('srgb')
          .resize(SEEN_SIDE, SEEN_SIDE, { fit: 'fill' })
          .raw()
          .toBuffer({ resolveWithObject: true })
        return { ...size, pixels: new Uint8Array(data) }
      } catch (error) {
        throw new HeddleError((error as Error).message.split('\n')[0]!, { cause: error })
      }
    })
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy >= AT_ONCE) await new Promise<void>(resolve => this.#waiting.push(resolve))
    this.#busy++
    try {
      return await work()
    } finally {
      this.#busy--
      this.#waiting.shift()?.()
    }
  }
}

function keyOf(folder: PictureFolder, { id, version }: StoredPicture): string {
  return `${folder.path}/${id} ${version}`
}

async function contentOf(path: string): Promise<Uint8Array> {
  const { size } = await stat(path).catch(() => {
    throw new MissingError(`The picture ${path} is not there: it was moved or removed meanwhile.`)
  })
  if (size > MOST_PICTURE_BYTES)
    throw new HeddleError(
      `the file has ${Math.round(size / 1e6)} MB, and pages show at most ${MOST_PICTURE_BYTES / 1e6} MB.`,
    )
  return await readFile(path)
}

/** A picture for sharp, upright; as strict with damaged files as training is. */
async function opened(bytes: Uint8Array) {
  const { format, width, height } = pictureHeader(bytes)
  if (width * height > MOST_PIXELS)
    throw new HeddleError(
      `it has ${width} × ${height} pixels, and pages take at most ${MOST_PIXELS / 1e6} million.`,
    )
  const sharp = await loadSharp()
  if (format !== 'BMP') return sharp(bytes, { failOn: 'warning' }).autoOrient()
  const { levels, ...size } = decodeBmp(bytes)
  return sharp(levels, { raw: { ...size } })
}
