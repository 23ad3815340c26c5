/** What a command is going to train. */
export interface Plan {
  /** In their order. */
  readonly models: readonly {
    readonly name: string
    /** For one image: estimates how much slower a model is that has not run yet. */
    readonly multiplyAdds: number
    /** Left out: as many as the model that is running. */
    readonly imagesPerRun?: number
    /** Left out: `runsPerModel`. */
    readonly runs?: number
  }[]
  /** One for each seed. */
  readonly runsPerModel: number
}

/** Before this much training, a rate is mostly start-up. */
const SETTLE_MS = 500

/**
 * How long a command still needs, all its models and seeds.
 *
 * A model's pace is what it has taken so far, measurements between epochs included; that of a model that has not run
 * yet is guessed from the running one's by the square root of their multiply-adds: small convolutions wait for memory, and
 * ten times the arithmetic was measured to take twice to three times as long.
 */
export class RemainingTime {
  readonly #plan: Plan
  /** Time and images of each model's finished runs. */
  readonly #past = new Map<string, { ms: number; images: number; runs: number }>()
  #model = ''
  #imagesPerRun = 0
  #startedMs = 0
  #images = 0

  constructor(plan: Plan) {
    this.#plan = plan
  }

  startRun(model: string, images: number, nowMs: number): void {
    this.#model = model
    this.#imagesPerRun = images
    this.#startedMs = nowMs
    this.#images = 0
  }

  trained(images: number): void {
    this.#images += images
  }

  /** Early stopping may have ended it before its last image. */
  endRun(nowMs: number): void {
    const past = this.#pastOf(this.#model)
    const ms = past.ms + nowMs - this.#startedMs
    this.#past.set(this.#model, { ms, images: past.images + this.#images, runs: past.runs + 1 })
    this.#images = 0
    this.#startedMs = nowMs
  }

  /** Milliseconds; `null` as long as too little is known. */
  estimate(nowMs: number): number | null {
    const past = this.#pastOf(this.#model)
    const spent = { ms: past.ms + nowMs - this.#startedMs, images: past.images + this.#images }
    if (spent.images === 0 || spent.ms < SETTLE_MS) return null
    const pace = spent.ms / spent.images
    const current = this.#plan.models.find(({ name }) => name === this.#model)!
    let remaining = -this.#images * pace
    const { models, runsPerModel } = this.#plan
    for (const {
      name,
      multiplyAdds,
      imagesPerRun = this.#imagesPerRun,
      runs: planned = runsPerModel,
    } of models) {
      const { ms, images, runs } = this.#pastOf(name)
      const measured = images > 0 ? ms / images : null
      const guessed = pace * Math.sqrt(multiplyAdds / Math.max(1, current.multiplyAdds))
      const msPerImage = name === this.#model ? pace : (measured ?? guessed)
      remaining += (planned - runs) * imagesPerRun * msPerImage
    }
    return Math.max(0, remaining)
  }

  #pastOf(model: string): { ms: number; images: number; runs: number } {
    return this.#past.get(model) ?? { ms: 0, images: 0, runs: 0 }
  }
}
