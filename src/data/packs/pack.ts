import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../base/files.ts'
import { removeAbandoned } from '../../base/temporary.ts'
import type { StoredImages } from '../stored-images.ts'
import { PackedImages, type Place } from './packed-images.ts'
import { Segment, type SegmentIndex, SegmentWriter, type Stamp, UNFINISHED } from './segment.ts'

const SEGMENT = '.pack'
/** A process that is killed loses what it has decoded since its last segment: some ten seconds of work. */
const SEGMENT_BYTES = 2 ** 27
/** More small segments than this are merged into one. */
const MAX_SMALL = 8

/**
 * The prepared pictures of a folder, kept in a folder of the cache as segments. A segment is never changed: new and changed pictures
 * make another one, and those without a picture that still exists are removed. So any number of processes can read and add.
 */
export class Pack {
  readonly folder: string
  #segments: Segment[]
  #about: Omit<SegmentIndex, 'rows'> | null = null
  readonly #places = new Map<Stamp, Place>()
  #writer: SegmentWriter | null = null

  private constructor(folder: string, segments: Segment[]) {
    this.folder = folder
    this.#segments = segments
  }

  /** Makes the folder if there is none. Throws the system's error where that is not allowed. */
  static async open(folder: string): Promise<Pack> {
    makeFolder(folder)
    await removeAbandoned(folder, `${UNFINISHED}.part-`)
    return new Pack(folder, segmentsIn(folder))
  }

  /** For each file that is known, under any preparation, the bits in use of one with 16 a channel; 0 of others. */
  get bits(): ReadonlyMap<Stamp, number> {
    return new Map(this.#segments.flatMap(({ index }) => [...index.rows]))
  }

  /** From now on, only rows of this preparation are there. */
  use(about: Omit<SegmentIndex, 'rows'>): void {
    this.#about = about
    for (const segment of this.#segments) if (this.#isOurs(segment)) this.#enter(segment)
  }

  has(stamp: Stamp): boolean {
    return this.#places.has(stamp)
  }

  /** Copies the row of a picture that is there. */
  read(stamp: Stamp, into: Uint8Array): void {
    const { segment, row } = this.#places.get(stamp)!
    segment.read(row, into)
  }

  /** Throws the system's error where the disk is full, for example. */
  add(stamp: Stamp, bits: number, pixels: Uint8Array): void {
    if (!this.#writer) {
      this.#writer = new SegmentWriter(join(this.folder, `${randomUUID()}${SEGMENT}`), this.#about!)
      // Ctrl-C ends the process at once: what is decoded stays.
      process.once('exit', this.#atExit)
    }
    this.#writer.add(stamp, bits, pixels)
    if (this.#writer.bytes >= SEGMENT_BYTES) this.#finishSegment()
  }

  /** Makes what was added lasting. */
  flush(): void {
    this.#finishSegment()
  }

  /** Makes what was added lasting, and removes what none of the pictures `live` needs. */
  finish(live: readonly Stamp[]): void {
    this.#finishSegment()
    const used = new Set(live.map(stamp => this.#places.get(stamp)?.segment))
    const kept = this.#segments.filter(segment => used.has(segment))
    const small = kept.filter(({ bytes }) => bytes < SEGMENT_BYTES / 4)
    const old = this.#segments.filter(segment => !used.has(segment))
    if (small.length > MAX_SMALL) {
      this.#copyRows(new Set(small), live)
      old.push(...small)
    }
    this.#segments = this.#segments.filter(segment => !old.includes(segment))
    for (const { path } of old) rmSync(path, { force: true })
  }

  /** Pictures that are all there or were added. */
  images(stamps: readonly Stamp[]): StoredImages {
    this.#finishSegment()
    const { prepared, rowBytes } = this.#about!
    const places = stamps.map(stamp => this.#places.get(stamp)!)
    return new PackedImages({ folder: this.folder, prepared, size: rowBytes, stamps, places })
  }

  /** Forgets what was added and is not lasting yet. */
  abandon(): void {
    process.off('exit', this.#atExit)
    this.#writer?.discard()
    this.#writer = null
  }

  readonly #atExit = (): void => this.#finishSegment()

  #finishSegment(): void {
    const writer = this.#writer
    if (!writer) return
    this.#writer = null
    process.off('exit', this.#atExit)
    writer.finish()
    const segment = new Segment(writer.path)
    this.#segments.push(segment)
    this.#enter(segment)
  }

  #copyRows(from: ReadonlySet<Segment>, live: readonly Stamp[]): void {
    const { rowBytes } = this.#about!
    const [row, { bits }] = [new Uint8Array(rowBytes), this]
    for (const stamp of live) {
      if (!from.has(this.#places.get(stamp)!.segment)) continue
      this.read(stamp, row)
      this.add(stamp, bits.get(stamp)!, row)
    }
    this.#finishSegment()
  }

  #isOurs({ index }: Segment): boolean {
    return index.prepared === this.#about!.prepared && index.rowBytes === this.#about!.rowBytes
  }

  #enter(segment: Segment): void {
    for (const [row, [stamp]] of segment.index.rows.entries()) this.#places.set(stamp, { segment, row })
  }
}

/** A segment that is damaged is removed: its pictures are decoded again. */
function segmentsIn(folder: string): Segment[] {
  return readdirSync(folder)
    .filter(name => name.endsWith(SEGMENT))
    .sort()
    .flatMap(name => {
      const path = join(folder, name)
      try {
        return [new Segment(path)]
      } catch {
        rmSync(path, { force: true })
        return []
      }
    })
}
