import { type Clock, systemClock } from '../../base/clock.ts'
import { Overloaded } from './overloaded.ts'

/** What networks are asked about: bytes of pictures, or the numbers that a network is given. */
export type Rows = Uint8Array | Float32Array

/** A call that takes no longer may have any number of examples. */
const CALL_MS = 10

export interface BatcherOptions {
  /** Numbers of an example, and of its outputs. */
  readonly inputSize: number
  readonly outputSize: number
  /** Examples of a call at most, as far as it takes longer than `CALL_MS`. A request with more is computed alone. */
  readonly maxBatch: number
  /** While that many examples wait or are prepared, further requests are refused. */
  readonly maxQueue: number
  /** Learns of each call of the engine. */
  readonly called: (examples: number, computeMs: number) => void
  readonly clock?: Clock
}

/** The outputs of a request, `[count, outputSize]`, and where its time went. */
export interface Computed {
  readonly outputs: Float32Array
  readonly queueMs: number
  readonly computeMs: number
}

interface Waiting {
  readonly rows: Rows
  readonly count: number
  readonly since: number
  readonly resolve: (computed: Computed) => void
  readonly reject: (error: unknown) => void
}

/** Computes the outputs of `count` examples: `[count, outputSize]`. */
export type Compute = (rows: Rows, count: number) => Promise<Float32Array>

/**
 * Calls a network for requests that come one by one. A request never waits for others to come: only those that arrive while a
 * call is running are taken together, in the next call.
 */
export class Batcher {
  readonly #compute: Compute
  readonly #options: BatcherOptions
  readonly #clock: Clock
  readonly #waiting: Waiting[] = []
  #examples = 0
  /** A call is running, or about to begin. */
  #isBusy = false
  /** How long an example took lately. */
  #exampleMs = CALL_MS

  constructor(compute: Compute, options: BatcherOptions) {
    this.#compute = compute
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** Examples that wait now, or are prepared. */
  get waiting(): number {
    return this.#examples
  }

  /** The seconds until the queue is empty, if the next request would be refused; otherwise `null`. Its size does not matter. */
  get fullFor(): number | null {
    const isFull = this.#examples >= this.#options.maxQueue
    return isFull ? (this.#examples * this.#exampleMs) / 1000 : null
  }

  /** Throws `Overloaded` where too many wait already. `rows` must stay as they are until the answer is there. */
  predict(rows: Rows): Promise<Computed> {
    this.#refuseIfFull()
    return this.#add(rows)
  }

  /**
   * Answers `count` examples that `prepare` makes first: they have their places from the beginning, so that none is refused after that
   * work. Throws `Overloaded` where too many wait already.
   */
  async prepared(count: number, prepare: () => Promise<Rows>): Promise<Computed> {
    this.#refuseIfFull()
    this.#examples += count
    let rows: Rows
    try {
      rows = await prepare()
    } finally {
      this.#examples -= count
    }
    return this.#add(rows)
  }

  #refuseIfFull(): void {
    const seconds = this.fullFor
    if (seconds !== null) throw Overloaded.after(seconds)
  }

  #add(rows: Rows): Promise<Computed> {
    const count = rows.length / this.#options.inputSize
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, count, since: this.#clock(), resolve, reject })
      this.#examples += count
      if (this.#isBusy) return
      this.#isBusy = true
      // The requests that the event loop has read together are computed together.
      setImmediate(() => void this.#work())
    })
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) await this.#call(this.#next())
    this.#isBusy = false
  }

  /** The first of those that wait, with as many after it as fit into one call. */
  #next(): readonly Waiting[] {
    const [first] = this.#waiting as [Waiting]
    // Small networks take more at once: in overload, a turn of the event loop lasts much longer than their call.
    const most = Math.max(this.#options.maxBatch, Math.floor(CALL_MS / this.#exampleMs))
    let [taken, count] = [1, first.count]
    for (; taken < this.#waiting.length; taken++) {
      const { rows, count: more } = this.#waiting[taken]!
      if (count + more > most || rows.constructor !== first.rows.constructor) break
      count += more
    }
    this.#examples -= count
    return this.#waiting.splice(0, taken)
  }

  async #call(batch: readonly Waiting[]): Promise<void> {
    const { outputSize, called } = this.#options
    const count = batch.reduce((sum, one) => sum + one.count, 0)
    const start = this.#clock()
    try {
      const outputs = await this.#compute(batch.length === 1 ? batch[0]!.rows : joined(batch), count)
      const computeMs = this.#clock() - start
      this.#exampleMs = computeMs / count
      called(count, computeMs)
      let at = 0
      for (const { count, since, resolve } of batch) {
        const end = at + count * outputSize
        resolve({ outputs: outputs.subarray(at, end), queueMs: start - since, computeMs })
        at = end
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}

function joined(batch: readonly Waiting[]): Rows {
  const length = batch.reduce((sum, { rows }) => sum + rows.length, 0)
  const all = batch[0]!.rows instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length)
  let at = 0
  for (const { rows } of batch) {
    all.set(rows, at)
    at += rows.length
  }
  return all
}
