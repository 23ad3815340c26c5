import { UsageError } from '../base/errors.ts'
import { sizeOf } from '../base/shape.ts'
import type { LabelledImages } from '../data/examples.ts'
import { oneHot } from '../data/labels.ts'
import { type PixelRange, pixelScale } from '../data/pixels.ts'
import type { Executable, RunRequest, RunResult } from '../engine/backend.ts'
import { classCountOf, type Model } from '../model/model.ts'
import { type LossSpec, losses } from '../nn/losses/loss.ts'
import { type MetricOptions, metricsOf } from '../nn/metrics/index.ts'
import type { Batch, Metric } from '../nn/metrics/metric.ts'
import type { Augment } from '../ops/augment.ts'
import { mixedLabels } from '../ops/mix.ts'
import type { Measured } from '../protocol/events.ts'
import { ownBytes } from './own-bytes.ts'

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

/** Examples with the targets that the engine reads, and what it multiplies their bytes by. */
export interface Prepared {
  readonly images: Uint8Array
  readonly scale: number
  readonly targets: Int32Array | Float32Array
  readonly labels: Int32Array
}

/** What is measured, and how many classes the network has. */
export interface Measuring {
  readonly metrics: readonly Metric[]
  readonly classes: number
  readonly topK: number | null
}

/** What options ask for. Throws a `UsageError` if there are fewer classes than `topK`. */
export function measuringOf(options: MetricOptions, model: Model): Measuring {
  const { topK } = options
  const classes = classCountOf(model)
  if (topK !== null && topK > classes) {
    throw new UsageError(`topK: ${topK} is more than the network's ${classes} classes.`)
  }
  return { metrics: metricsOf(options), classes, topK }
}

/** What the engine must return for it. */
export function engineRequest({ metrics, topK }: Measuring): Pick<RunRequest, 'topK' | 'outputs'> {
  return { topK, ...(metrics.some(({ readsOutputs }) => readsOutputs) && { outputs: true }) }
}

/** By metric. */
export type Sums = Readonly<Record<string, readonly number[]>>

/** Metrics over examples that come batch by batch. */
export class Measurement {
  readonly #measuring: Measuring
  readonly #sums: Map<string, number[]>

  /** `before`: sums to go on from. */
  constructor(measuring: Measuring, before: Sums = {}) {
    const { metrics, classes } = measuring
    this.#measuring = measuring
    this.#sums = new Map(metrics.map(({ name, init }) => [name, [...(before[name] ?? init(classes))]]))
  }

  /** A copy. */
  get sums(): Sums {
    return Object.fromEntries([...this.#sums].map(([name, sums]) => [name, [...sums]]))
  }

  /** Adds batch `i` of a run over `order`. */
  add(result: RunResult, i: number, { order, labels, batchSize, augment }: BatchPlace): void {
    const { metrics, classes } = this.#measuring
    const indices = order.subarray(i * batchSize, (i + 1) * batchSize)
    const { outputs } = result
    const own = outputs ? indices.map(index => labels[index]!) : NO_LABELS
    const batch: Batch = {
      count: indices.length,
      loss: result.losses[i]!,
      correct: result.correct[i]!,
      topCorrect: result.topCorrect[i]!,
      outputs: outputs?.subarray(i * batchSize * classes, (i + 1) * batchSize * classes) ?? NO_OUTPUTS,
      labels: augment?.mixes.length ? mixedLabels(own, augment, i) : own,
    }
    for (const { name, add } of metrics) add(this.#sums.get(name)!, batch)
  }

  get value(): Measured {
    const values = this.#measuring.metrics.map(({ name, value }) => [name, value(this.#sums.get(name)!)])
    return Object.fromEntries(values)
  }
}

/** What a run went over. */
interface BatchPlace {
  readonly order: Int32Array
  readonly labels: Int32Array
  readonly batchSize: number
  /** What changed its images, if anything did. */
  readonly augment?: Augment | undefined
}

const NO_OUTPUTS = new Float32Array(0)
const NO_LABELS = new Int32Array(0)

export function prepare(
  examples: LabelledImages,
  { loss, pixelRange, executable }: { loss: LossSpec; pixelRange: PixelRange; executable: Executable },
): Prepared {
  if (!(examples.labels instanceof Int32Array))
    throw new UsageError('Labels must be an Int32Array, one for each image.')
  const targets = targetsFor(loss, examples, executable)
  const labels = targets instanceof Int32Array ? targets : examples.labels.slice()
  return { images: ownBytes(examples.images), scale: pixelScale(pixelRange), targets, labels }
}

/** Metrics over the examples of `order`, in inference mode; their outputs are written into `into`. */
export async function measure(
  executable: Executable,
  examples: Prepared,
  order: Int32Array,
  measuring: Measuring,
  into?: Float32Array,
): Promise<Measured> {
  const { batchSize } = executable.program
  const { labels } = examples
  const wanted = { ...engineRequest(measuring), ...(into && { outputs: into }) }
  const result = await executable.run({ mode: 'evaluate', ...examples, order, ...wanted })
  const measurement = new Measurement(measuring)
  for (let i = 0; i < result.steps; i++) measurement.add(result, i, { order, labels, batchSize })
  return measurement.value
}

/** All examples in their own order. */
export function inOrder({ labels }: LabelledImages): Int32Array {
  return Int32Array.from(labels, (_, i) => i)
}
