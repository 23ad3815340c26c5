import type { Pair, Place } from './outlook.ts'

/** The fingers on a surface, by the ids of their pointers. */
export class Fingers {
  readonly #places = new Map<number, Place>()

  get count(): number {
    return this.#places.size
  }

  down(id: number, at: Place): void {
    this.#places.set(id, at)
  }

  up(id: number): void {
    this.#places.delete(id)
  }

  /** Where two fingers were and are; `null`: there are not two, or it is another pointer. */
  move(id: number, at: Place): { readonly before: Pair; readonly now: Pair } | null {
    const before = [...this.#places.values()]
    if (!this.#places.has(id)) return null
    this.#places.set(id, at)
    const now = [...this.#places.values()]
    return now.length === 2 ? { before: before as unknown as Pair, now: now as unknown as Pair } : null
  }
}
