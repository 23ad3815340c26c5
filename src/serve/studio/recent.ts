/** Answers that take long to make: each is made once, and the `most` that were asked for last stay in memory. */
export class Recent<T> {
  readonly #most: number
  /** The one that was asked for last stands last. */
  readonly #answers = new Map<string, Promise<T>>()

  constructor(most: number) {
    this.#most = most
  }

  /** The answer under `key`, which `make` makes where there is none. One that failed is made anew the next time. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const answer = this.#answers.get(key) ?? make()
    answer.catch(() => this.#answers.get(key) === answer && this.#answers.delete(key))
    this.#answers.delete(key)
    this.#answers.set(key, answer)
    if (this.#answers.size > this.#most) this.#answers.delete(this.#answers.keys().next().value!)
    return answer
  }
}
