import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { HeddleError } from '../../base/errors.ts'
import { partOf } from '../../base/files.ts'
import { systemReason } from '../../base/system-errors.ts'
import type { StoredImages } from '../stored-images.ts'
import type { Segment, Stamp } from './segment.ts'

/** Where a picture lies. */
export interface Place {
  readonly segment: Segment
  readonly row: number
}

interface Parts {
  /** That of the pack. */
  readonly folder: string
  readonly prepared: string
  readonly size: number
  readonly stamps: readonly Stamp[]
  readonly places: readonly Place[]
}

/** Answers that are kept beside the segments: an old one is dropped where there are more. */
const MAX_ANSWERS = 100

/** Pictures of a pack. They are read from their files each time; the system keeps in memory what fits. */
export class PackedImages implements StoredImages {
  readonly #parts: Parts
  #identity: string | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get count(): number {
    return this.#parts.places.length
  }

  get size(): number {
    return this.#parts.size
  }

  read(indices: ArrayLike<number>): Uint8Array {
    const { places, size, folder } = this.#parts
    const rows = new Uint8Array(indices.length * size)
    try {
      for (let to = 0; to < indices.length; ) {
        const { segment, row } = places[indices[to]!]!
        // Neighbours in the file are read in one go.
        let run = 1
        for (; to + run < indices.length; run++) {
          const next = places[indices[to + run]!]!
          if (next.segment !== segment || next.row !== row + run) break
        }
        segment.read(row, rows.subarray(to * size, (to + run) * size))
        to += run
      }
    } catch (error) {
      throw new HeddleError(
        `The prepared pictures in ${folder} cannot be read: ${systemReason(error)} Start again: pictures that are missing are decoded again.`,
        { cause: error },
      )
    }
    return rows
  }

  take(indices: ArrayLike<number>): PackedImages {
    const { stamps, places, ...about } = this.#parts
    return new PackedImages({
      ...about,
      stamps: Array.from(indices, index => stamps[index]!),
      places: Array.from(indices, index => places[index]!),
    })
  }

  /** The others must be of a pack, too, under whatever folder: those of a data set are of one. */
  followedBy(others: PackedImages): PackedImages {
    const { stamps, places, ...about } = this.#parts
    const { stamps: further, places: more } = others.#parts
    return new PackedImages({ ...about, stamps: [...stamps, ...further], places: [...places, ...more] })
  }

  get identity(): string {
    const { prepared, stamps } = this.#parts
    if (this.#identity === null) {
      const hash = createHash('sha256').update(prepared)
      for (const stamp of stamps) hash.update(stamp)
      this.#identity = hash.digest('hex')
    }
    return this.#identity
  }

  nameOf(index: number): string {
    const { folder, prepared, stamps } = this.#parts
    return createHash('sha256')
      .update(JSON.stringify([folder, prepared, stamps[index]]))
      .digest('hex')
  }

  remember(question: string, find: () => string): string {
    const path = join(this.#parts.folder, 'answers.json')
    const key = createHash('sha256').update(this.identity).update(question).digest('hex')
    const known = answersIn(path).get(key)
    if (known !== undefined) return known
    const answer = find()
    const answers = [...answersIn(path), [key, answer]].slice(-MAX_ANSWERS)
    try {
      const part = partOf(path)
      writeFileSync(part, JSON.stringify(answers))
      renameSync(part, path)
    } catch {
      // It is found again the next time.
    }
    return answer
  }
}

function answersIn(path: string): Map<string, string> {
  try {
    const pairs: unknown = JSON.parse(readFileSync(path, 'utf8'))
    const isPair = (pair: unknown): boolean =>
      Array.isArray(pair) && pair.length === 2 && pair.every(text => typeof text === 'string')
    return new Map(Array.isArray(pairs) && pairs.every(isPair) ? pairs : [])
  } catch {
    return new Map()
  }
}
