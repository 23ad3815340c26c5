import { Overloaded } from './overloaded.ts'

/** The bodies of all requests together are at most this many times as large as the largest one. */
const BODIES = 8

/** Counts the bytes of bodies that are being received or worked on, so that many large ones together do not fill the memory. */
export class BodyBudget {
  readonly #most: number
  readonly #largest: number
  #taken = 0

  constructor(largest: number) {
    this.#largest = largest
    this.#most = BODIES * largest
  }

  /** What a request may take; one that does not state its length may take the most. Throws `Overloaded`. */
  take(contentLength: string | undefined, isChunked: boolean): number {
    const stated = isChunked ? this.#largest : Number(contentLength ?? 0)
    // One that is too large is refused by its length, before its body is read.
    const bytes = Math.min(Number.isFinite(stated) ? stated : 0, this.#largest)
    if (this.#taken + bytes > this.#most) throw Overloaded.after(1)
    this.#taken += bytes
    return bytes
  }

  give(bytes: number): void {
    this.#taken -= bytes
  }
}
