import type { Clock } from '../base/clock.ts'
import type { UsageRow } from '../protocol/studio.ts'

/** What a process has used since it began. */
export interface ProcessUsage {
  /** The time of all its threads on processors. */
  readonly cpuMs: number
  readonly memoryBytes: number
}

export function processUsage(): ProcessUsage {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000, memoryBytes: process.memoryUsage.rss() }
}

/** The shortest time that is measured: several calls of the engine. */
const SHORT_MS = 250
/** The time between two rows is this share of the time until then, so that long runs have some hundred rows, and short ones too. */
const SHARE = 1 / 200

/** Measures what the process uses while it trains: a row every quarter of a second at first, and less often later. */
export class UsageMeter {
  readonly #clock: Clock
  readonly #read: () => ProcessUsage
  readonly #started: number
  #last: { readonly ms: number; readonly cpuMs: number }
  #images = 0

  constructor(clock: Clock, read: () => ProcessUsage) {
    this.#clock = clock
    this.#read = read
    this.#started = clock()
    this.#last = { ms: this.#started, cpuMs: read().cpuMs }
  }

  /** Counts the images of a step; returns a row if one is due. */
  add(step: number, images: number): UsageRow | null {
    this.#images += images
    const ms = this.#clock()
    const pastMs = ms - this.#last.ms
    if (pastMs < Math.max(SHORT_MS, SHARE * (ms - this.#started))) return null
    const { cpuMs, memoryBytes } = this.#read()
    const row = {
      step,
      processors: Math.max(0, cpuMs - this.#last.cpuMs) / pastMs,
      memoryBytes,
      imagesPerSecond: (1000 * this.#images) / pastMs,
    }
    this.#last = { ms, cpuMs }
    this.#images = 0
    return row
  }
}
