import { performance } from 'node:perf_hooks'

const MOST = 10
const WINDOW_MS = 60_000

/** Counts wrong tokens: after ten within a minute, further ones are not looked at. */
export class Guesses {
  readonly #now: () => number
  #times: number[] = []

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  add(): void {
    this.#times.push(this.#now())
  }

  areTooMany(): boolean {
    const from = this.#now() - WINDOW_MS
    this.#times = this.#times.filter(time => time > from)
    return this.#times.length >= MOST
  }

  /** Until the next one is looked at. */
  waitSeconds(): number {
    return Math.ceil(((this.#times[0] ?? 0) + WINDOW_MS - this.#now()) / 1000)
  }
}
