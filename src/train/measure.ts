import type { Examples } from '../data/dataset.ts'
import { oneHot } from '../data/labels.ts'
import { type PixelRange, pixelScale } from '../data/pixels.ts'
import type { Executable } from '../engine/backend.ts'
import type { LossSpec } from '../losses/loss.ts'
import { RunningMean } from '../metrics/running-mean.ts'
import { sizeOf } from '../tensor/shape.ts'

export interface Measured {
  /** The mean over all examples. */
  readonly loss: number
  /** The share of examples whose most probable class is the labelled one. */
  readonly accuracy: number
}

/** What the engine is given as targets: labels for the sparse loss, one-hot rows for the others, smoothed if asked for. */
export function targetsFor(
  loss: LossSpec,
  { labels }: Examples,
  executable: Executable,
): Int32Array | Float32Array {
  if (loss.kind === 'sparseCategoricalCrossentropy') return labels
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

export function prepare(
  examples: Examples,
  { loss, pixelRange, executable }: { loss: LossSpec; pixelRange: PixelRange; executable: Executable },
): Prepared {
  const targets = targetsFor(loss, examples, executable)
  return { images: examples.images, scale: pixelScale(pixelRange), targets }
}

/** Loss and accuracy over the examples of `order`, in inference mode. */
export async function measure(
  executable: Executable,
  examples: Prepared,
  order: Int32Array,
): Promise<Measured> {
  const { batchSize } = executable.program
  const [loss, accuracy] = [new RunningMean(), new RunningMean()]
  const { losses, correct } = await executable.run({
    mode: 'evaluate',
    ...examples,
    order,
  })
  losses.forEach((batchLoss, i) => {
    const count = Math.min(batchSize, order.length - i * batchSize)
    loss.add(batchLoss, count)
    accuracy.add(correct[i]! / count, count)
  })
  return { loss: loss.value, accuracy: accuracy.value }
}

/** All examples in their own order. */
export function inOrder({ labels }: Examples): Int32Array {
  return Int32Array.from(labels, (_, i) => i)
}
