import { systemClock } from '../../base/clock.ts'
import { DURATION_BOUNDS_MS, Histogram } from './histogram.ts'

/** Examples in a call of the engine. */
const BATCH_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const

/** How often calls of one size were made, and how long they took. */
export interface BatchCounts {
  calls: number
  computeMs: number
}

/** What one version of a model has done since it was first served. A file that is read again goes on counting. */
export class ModelStatistics {
  /** Requests from their first byte to their answer, and where their time went. Failed ones are not among them. */
  readonly requestMs = new Histogram(DURATION_BOUNDS_MS)
  /** Making the network's input of what was sent. */
  readonly decodeMs = new Histogram(DURATION_BOUNDS_MS)
  /** Waiting for the call before. */
  readonly queueMs = new Histogram(DURATION_BOUNDS_MS)
  /** In the engine. */
  readonly computeMs = new Histogram(DURATION_BOUNDS_MS)
  readonly batchSizes = new Histogram(BATCH_BOUNDS)
  /** Calls of the engine by how many examples they had. */
  readonly batches = new Map<number, BatchCounts>()
  /** How often each class was predicted, by its place among the outputs. */
  readonly predicted: Float64Array
  /** Examples that were predicted. */
  examples = 0
  failed = 0
  failedMs = 0
  /** When the last prediction was made, in milliseconds since 1970; 0: there was none. */
  lastAt = 0

  constructor(classes: number) {
    this.predicted = new Float64Array(classes)
  }

  /** A request got its answer. */
  answered({ requestMs, decodeMs }: { readonly requestMs: number; readonly decodeMs: number }): void {
    this.requestMs.add(requestMs)
    this.decodeMs.add(decodeMs)
  }

  /** A request got none. */
  failedAfter(requestMs: number): void {
    this.failed++
    this.failedMs += requestMs
  }

  /** The engine was called once. */
  called(examples: number, computeMs: number): void {
    const counts = this.batches.get(examples) ?? { calls: 0, computeMs: 0 }
    counts.calls++
    counts.computeMs += computeMs
    this.batches.set(examples, counts)
    this.batchSizes.add(examples)
    this.examples += examples
    this.lastAt = performance.timeOrigin + systemClock()
  }
}
