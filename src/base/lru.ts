/** A cache of answers that take long to make: it keeps the `size` answers that were asked for last (least recently used). */
export class LruCache<T> {
  readonly #size: number
  /** In the order of use, the latest last. */
  readonly #answers = new Map<string, Promise<T>>()

  constructor(size: number) {
    this.#size = size
  }

  /** The answer under `key`; `make` makes it if there is none. An answer that failed is made again the next time. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const answer = this.#answers.get(key) ?? make()
    answer.catch(() => this.#answers.get(key) === answer && this.#answers.delete(key))
    this.#answers.delete(key)
    this.#answers.set(key, answer)
    if (this.#answers.size > this.#size) this.#answers.delete(this.#answers.keys().next().value!)
    return answer
  }
}
