/** A mean over examples, from the means of batches: what Keras shows for loss and accuracy while it trains. */
export class RunningMean {
  #sum = 0
  #count = 0

  /** Adds the mean of `count` examples. */
  add(mean: number, count: number): void {
    this.#sum += mean * count
    this.#count += count
  }

  /** Sum and count: with them a mean goes on where another one stopped. */
  get state(): readonly [sum: number, count: number] {
    return [this.#sum, this.#count]
  }

  set state([sum, count]) {
    ;[this.#sum, this.#count] = [sum, count]
  }

  /** NaN before anything was added. */
  get value(): number {
    return this.#sum / this.#count
  }
}
