import { UsageError } from '../base/errors.ts'
import { sizeOf } from '../base/shape.ts'
import { Examples, type LabelledImages } from '../data/examples.ts'
import { oneHot } from '../data/labels.ts'
import { type PixelRange, pixelScale } from '../data/pixels.ts'
import type { StoredImages } from '../data/stored-images.ts'
import type { Executable, RunRequest } from '../engine/backend.ts'
import { type LossSpec, losses } from '../nn/losses/loss.ts'
import { ownBytes } from './own-bytes.ts'

/** Bytes of stored images that are read for one call of the engine. */
const CALL_BYTES = 2 ** 23

/** The examples of a call of the engine. */
type Fed = Pick<RunRequest, 'images' | 'scale' | 'targets' | 'order'>

interface FeedOptions {
  readonly loss: LossSpec
  readonly pixelRange: PixelRange
  readonly executable: Executable
  /** What the engine is given in place of the images: the outputs of a frozen part, `[count, …shape]` or rows of float32. */
  readonly features?: Float32Array | StoredImages | undefined
}

/**
 * Labelled examples as the engine takes them, with the targets of a loss. Images in memory are handed over as they are; of stored ones,
 * those of a call are read for it, and those of the next call while the engine computes.
 */
export class Feed {
  readonly labels: Int32Array
  readonly #images: Uint8Array | Float32Array | StoredImages
  readonly #isFloat: boolean
  readonly #scale: number
  readonly #targets: Int32Array | Float32Array
  #ahead: { readonly order: Int32Array; readonly rows: Uint8Array } | null = null

  constructor(examples: LabelledImages, { loss, pixelRange, executable, features }: FeedOptions) {
    if (!(examples.labels instanceof Int32Array))
      throw new UsageError('Labels must be an Int32Array, one for each image.')
    const stored = examples instanceof Examples && !(examples.source instanceof Uint8Array)
    this.#images = features ?? (stored ? (examples.source as StoredImages) : ownBytes(examples.images))
    this.#isFloat = features !== undefined
    this.#scale = features ? 1 : pixelScale(pixelRange)
    this.#targets = targetsFor(loss, examples, executable)
    this.labels = this.#targets instanceof Int32Array ? this.#targets : examples.labels.slice()
  }

  /** Examples in the order that the engine is to see them. */
  of(order: Int32Array): Fed {
    const [images, targets, scale] = [this.#images, this.#targets, this.#scale]
    if (ArrayBuffer.isView(images)) return { images, scale, targets, order }
    const rows = this.#read(images, order)
    return {
      images: this.#isFloat ? new Float32Array(rows.buffer, rows.byteOffset, rows.length / 4) : rows,
      scale,
      targets: rowsOf(targets, order, targets.length / this.labels.length),
      order: Int32Array.from(order.keys()),
    }
  }

  /** Reads what the next call will most likely ask for; to be called while the engine computes. */
  ahead(order: Int32Array): void {
    if (ArrayBuffer.isView(this.#images)) return
    try {
      this.#ahead = { order, rows: this.#images.read(order) }
    } catch {
      // The call that needs them says why they cannot be read.
      this.#ahead = null
    }
  }

  /** Examples of a call that goes over many: all where they are in memory, else some whole batches. */
  mostInCall(batchSize: number): number {
    if (ArrayBuffer.isView(this.#images)) return Math.max(1, this.labels.length)
    return batchSize * Math.max(1, Math.floor(CALL_BYTES / this.#images.size / batchSize))
  }

  #read(stored: StoredImages, order: Int32Array): Uint8Array {
    const ahead = this.#ahead
    this.#ahead = null
    // A view of the same order that starts at the same place: calls differ in their length alone.
    const fits = ahead?.order.buffer === order.buffer && ahead.order.byteOffset === order.byteOffset
    if (!ahead || !fits) return stored.read(order)
    const there = Math.min(ahead.order.length, order.length)
    if (there === order.length) return ahead.rows.subarray(0, there * stored.size)
    const rows = new Uint8Array(order.length * stored.size)
    rows.set(ahead.rows)
    rows.set(stored.read(order.subarray(there)), there * stored.size)
    return rows
  }
}

/** What the engine is given as targets: labels for the sparse loss, one-hot rows for the others, smoothed if asked for. */
export function targetsFor(
  loss: LossSpec,
  { labels }: LabelledImages,
  executable: Executable,
): Int32Array | Float32Array {
  const smoothing = 'labelSmoothing' in loss ? loss.labelSmoothing : 0
  // A copy, so that nothing that happens to the array changes the training.
  if (losses.of(loss).targets === 'labels' && smoothing === 0) return labels.slice()
  const classes = sizeOf(executable.program.output.shape)
  const rows = oneHot(labels, classes)
  return smoothing > 0 ? rows.map(t => t * (1 - smoothing) + smoothing / classes) : rows
}

/** The rows `order` of targets, `size` numbers each. */
function rowsOf<T extends Int32Array | Float32Array>(targets: T, order: Int32Array, size: number): T {
  const rows = targets.slice(0, order.length * size) as T
  order.forEach((from, to) => {
    rows.set(targets.subarray(from * size, (from + 1) * size), to * size)
  })
  return rows
}
