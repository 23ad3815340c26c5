/** A mean over examples, from the means of batches: what Keras shows for loss and accuracy while it trains. */
export class RunningMean {
  #sum = 0
  #count = 0

  /** Adds the mean of `count` examples. */
  add(mean: number, count: number): void {
    this.#sum += mean * count
    this.#count += count
  }

  /** NaN before anything was added. */
  get value(): number {
    return this.#sum / this.#count
  }
}
