import { UsageError } from '../base/errors.ts'
import { sizeOf } from '../base/shape.ts'
import type { LabelledImages } from '../data/examples.ts'
import type { Executable, RunRequest, RunResult } from '../engine/backend.ts'
import { classCountOf, type Model } from '../model/model.ts'
import { type MetricOptions, metricsOf } from '../nn/metrics/index.ts'
import type { Batch, Metric } from '../nn/metrics/metric.ts'
import type { Augment } from '../ops/augment.ts'
import { mixedLabels } from '../ops/mix.ts'
import type { Measured } from '../protocol/events.ts'
import type { Feed } from './feed.ts'

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

/** Metrics over the examples of `order`, in inference mode; their outputs are written into `into`. */
export async function measure(
  executable: Executable,
  examples: Feed,
  order: Int32Array,
  measuring: Measuring,
  into?: Float32Array,
): Promise<Measured> {
  const { batchSize } = executable.program
  const { labels } = examples
  const measurement = new Measurement(measuring)
  const outputs = sizeOf(executable.program.output.shape)
  const most = examples.mostInCall(batchSize)
  for (let from = 0; from === 0 || from < order.length; from += most) {
    const part = order.subarray(from, from + most)
    const room = into?.subarray(from * outputs, (from + part.length) * outputs)
    const wanted = { ...engineRequest(measuring), ...(room && { outputs: room }) }
    const running = executable.run({ mode: 'evaluate', ...examples.of(part), ...wanted })
    examples.ahead(order.subarray(from + most, from + 2 * most))
    const result = await running
    for (let i = 0; i < result.steps; i++) measurement.add(result, i, { order: part, labels, batchSize })
  }
  return measurement.value
}

/** All examples in their own order. */
export function inOrder({ labels }: LabelledImages): Int32Array {
  return Int32Array.from(labels, (_, i) => i)
}
