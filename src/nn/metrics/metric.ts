import type { Floats } from '../../ops/op.ts'
import type { MetricFacts } from '../../protocol/metric.ts'

/** A batch of examples and what the network made of them. */
export interface Batch {
  /** The number of examples. */
  readonly count: number
  /** The mean over the batch, with what regularizers add. */
  readonly loss: number
  /** How many examples were classified right, and how many had their class among the `topK` most probable ones. */
  readonly correct: number
  readonly topCorrect: number
  /** `[count, classes]`; empty unless a metric `readsOutputs`. */
  readonly outputs: Floats
  /** `[count]`; empty unless a metric `readsOutputs`. */
  readonly labels: Int32Array
}

/**
 * One number that says how well a network does, over batches of any size. Its sums are plain numbers, so that a
 * checkpoint can hold them.
 */
export interface Metric extends MetricFacts {
  /** Without it the engine's counts are enough, and the outputs of a batch stay in the engine. */
  readonly readsOutputs: boolean
  /** The sums before the first batch. */
  readonly init: (classes: number) => number[]
  /** Adds a batch to the sums. */
  readonly add: (sums: number[], batch: Batch) => void
  /** NaN before the first batch. */
  readonly value: (sums: readonly number[]) => number
}

/** The mean over examples, from the mean of each batch: what Keras shows for loss and accuracy while it trains. */
export function meanOf(batchMean: (batch: Batch) => number): Pick<Metric, 'init' | 'add' | 'value'> {
  return {
    init: () => [0, 0],
    add(sums, batch) {
      sums[0]! += batchMean(batch) * batch.count
      sums[1]! += batch.count
    },
    value: ([sum, count]) => sum! / count!,
  }
}
