import { UsageError } from '../base/errors.ts'
import { integer, optional } from '../base/schema.ts'
import { sizeOf } from '../base/shape.ts'
import type { LabelledImages } from '../data/examples.ts'
import { oneHot } from '../data/labels.ts'
import { type PixelRange, pixelScale } from '../data/pixels.ts'
import type { Executable, RunResult } from '../engine/backend.ts'
import type { Model } from '../model/model.ts'
import type { LossSpec } from '../nn/losses/loss.ts'
import { RunningMean } from '../nn/metrics/running-mean.ts'
import { ownBytes } from './own-bytes.ts'

export interface Measured {
  /** The mean over all examples, with what regularizers add. */
  readonly loss: number
  /** The share of examples whose most probable class is the labelled one. */
  readonly accuracy: number
  /** The share of examples whose class is among the `topK` most probable ones; `null`: not measured. */
  readonly topKAccuracy: number | null
}

/** What the engine is given as targets: labels for the sparse loss, one-hot rows for the others, smoothed if asked for. */
export function targetsFor(
  loss: LossSpec,
  { labels }: LabelledImages,
  executable: Executable,
): Int32Array | Float32Array {
  // A copy, so that nothing that happens to the array changes the training.
  if (loss.kind === 'sparseCategoricalCrossentropy') return labels.slice()
  const classes = sizeOf(executable.program.output.shape)
  const rows = oneHot(labels, classes)
  const smoothing = loss.kind === 'categoricalCrossentropy' ? loss.labelSmoothing : 0
  return smoothing > 0 ? rows.map(t => t * (1 - smoothing) + smoothing / classes) : rows
}

/** Examples with the targets that the engine reads, and what it multiplies their bytes by. */
export interface Prepared {
  readonly images: Uint8Array
  readonly scale: number
  readonly targets: Int32Array | Float32Array
}

type Sums = RunningMean['state']

/** Means over examples, from what the engine counted batch by batch. */
export class MeasuredMean {
  readonly #loss = new RunningMean()
  readonly #accuracy = new RunningMean()
  readonly #topKAccuracy = new RunningMean()
  readonly #topK: number | null

  constructor(topK: number | null) {
    this.#topK = topK
  }

  get state(): readonly [loss: Sums, accuracy: Sums, topKAccuracy: Sums] {
    return [this.#loss.state, this.#accuracy.state, this.#topKAccuracy.state]
  }

  set state([loss, accuracy, topKAccuracy]) {
    this.#loss.state = loss
    this.#accuracy.state = accuracy
    this.#topKAccuracy.state = topKAccuracy
  }

  /** Adds batch `i` of a result, of `count` examples. */
  add({ losses, correct, topCorrect }: RunResult, i: number, count: number): void {
    this.#loss.add(losses[i]!, count)
    this.#accuracy.add(correct[i]! / count, count)
    if (this.#topK !== null) this.#topKAccuracy.add(topCorrect[i]! / count, count)
  }

  get value(): Measured {
    return {
      loss: this.#loss.value,
      accuracy: this.#accuracy.value,
      topKAccuracy: this.#topK === null ? null : this.#topKAccuracy.value,
    }
  }
}

/** The option `topK`. */
export const topKField = optional(integer())

/** Throws a `UsageError` where there are fewer classes than `topK`. */
export function checkTopK(topK: number | null, model: Model): void {
  const classes = sizeOf(model.outputShape)
  if (topK !== null && topK > classes) {
    throw new UsageError(`topK: ${topK} is more than the network's ${classes} classes.`)
  }
}

export function prepare(
  examples: LabelledImages,
  { loss, pixelRange, executable }: { loss: LossSpec; pixelRange: PixelRange; executable: Executable },
): Prepared {
  if (!(examples.labels instanceof Int32Array))
    throw new UsageError('Labels must be an Int32Array, one for each image.')
  const targets = targetsFor(loss, examples, executable)
  return { images: ownBytes(examples.images), scale: pixelScale(pixelRange), targets }
}

/** Loss and accuracy over the examples of `order`, in inference mode. */
export async function measure(
  executable: Executable,
  examples: Prepared,
  order: Int32Array,
  topK: number | null,
): Promise<Measured> {
  const { batchSize } = executable.program
  const mean = new MeasuredMean(topK)
  const result = await executable.run({
    mode: 'evaluate',
    ...examples,
    order,
    topK,
  })
  result.losses.forEach((_, i) => {
    mean.add(result, i, Math.min(batchSize, order.length - i * batchSize))
  })
  return mean.value
}

/** All examples in their own order. */
export function inOrder({ labels }: LabelledImages): Int32Array {
  return Int32Array.from(labels, (_, i) => i)
}
