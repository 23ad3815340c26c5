/** Upper bounds of durations in milliseconds: from a small network on one image to a queue that is too long. */
export const DURATION_BOUNDS_MS = [
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
] as const

/** Counts values by upper bounds, as Prometheus has them. */
export class Histogram {
  readonly bounds: readonly number[]
  /** Values of each bucket alone; the last one has those above all bounds. */
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  get count(): number {
    return this.counts.reduce((total, count) => total + count, 0)
  }

  add(value: number): void {
    let bucket = 0
    while (bucket < this.bounds.length && value > this.bounds[bucket]!) bucket++
    this.counts[bucket]!++
    this.sum += value
  }
}
