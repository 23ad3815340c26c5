import { HeddleError, UsageError } from '../base/errors.ts'
import { integer } from '../base/schema.ts'
import { Examples, type LabelledImages } from '../data/examples.ts'
import { type PixelRange, pixelRangeField } from '../data/pixels.ts'
import { type LossName, type LossSpec, losses } from '../nn/losses/loss.ts'
import { type MetricName, metricsField, type OwnMetric, topKField } from '../nn/metrics/index.ts'
import type { Measured } from '../protocol/events.ts'
import { Feed } from './feed.ts'
import { type FeatureStore, FrozenPart } from './frozen-features.ts'
import { inOrder, measure, measuringOf } from './measure.ts'
import { measureOutputs } from './measure-outputs.ts'
import { Network } from './network.ts'
import { ownBytes } from './own-bytes.ts'
import { createPredictor } from './predict.ts'
import type { TestTimeAugmentation } from './views.ts'

const batchSizeField = integer()

/** Images of which all views are asked about together. */
const PIECE = 256

/**
 * Loss, accuracy and other `metrics` on labelled examples, with dropout off, over all of them. With `topK` also the share
 * of examples whose class is among that many of the most probable ones. Throws a `UsageError` for a bad option.
 *
 * `loss` and `pixelRange` are those of the training by default (`network.about`).
 *
 * @example
 * const data = await loadDataset(fashionMnistMini())
 * const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), { inputShape: data.imageShape })
 * await fit(network, data, { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' })
 * const { accuracy, topKAccuracy } = await evaluate(network, data.test, { topK: 3 })
 */
export async function evaluate(
  network: Network,
  examples: LabelledImages,
  {
    loss = network.about.loss ?? undefined,
    batchSize = 32,
    metrics = metricsField.fallback!,
    topK = null,
    pixelRange = network.about.pixelRange,
    indices,
    into,
    features,
    testTimeAugmentation = null,
  }: {
    readonly loss?: LossName | LossSpec
    readonly batchSize?: number
    readonly metrics?: readonly (MetricName | OwnMetric)[]
    readonly topK?: number | null
    readonly pixelRange?: PixelRange
    /** Which examples, in this order. Left out: all. */
    readonly indices?: Int32Array
    /** `[count, outputs]`: what the network makes of each example is written there, as by `predict`. */
    readonly into?: Float32Array
    /** Where the outputs of a frozen first part are kept. Left out: they are computed. */
    readonly features?: FeatureStore
    /** Measure the average over views of each image, mirrored and shifted: `{ flip: true, shift: 1 }`. Default: only the image itself. */
    readonly testTimeAugmentation?: TestTimeAugmentation | null
  } = {},
): Promise<Measured> {
  if (loss === undefined) {
    throw new UsageError('evaluate: this network was not trained yet, so the option "loss" is required.')
  }
  const spec = losses.field.parse(loss, 'loss')
  const asked = { metrics: metricsField.parse(metrics, 'metrics'), topK: topKField.parse(topK, 'topK') }
  if (examples.labels.length === 0) throw new HeddleError('There are no examples to evaluate on.')
  const size = Math.min(batchSizeField.parse(batchSize, 'batchSize'), examples.labels.length)
  const measuring = measuringOf(asked, network.model)
  const range = pixelRangeField.parse(pixelRange, 'pixelRange')
  if (testTimeAugmentation) {
    const options = { batchSize: size, pixelRange: range, testTimeAugmentation }
    const { model, weights, backend, about } = network
    // The outputs of a single unit are read as the given loss takes them.
    const asked = new Network(model, weights, backend, { ...about, loss: spec })
    const order = indices ?? inOrder(examples)
    const labels = Int32Array.from(order, index => examples.labels[index]!)
    const outputs = into ?? new Float32Array(order.length * measuring.classes)
    await averagesInto(outputs, createPredictor(asked, options), { examples, order, batchSize: size })
    return measureOutputs(outputs, { labels, loss: spec, measuring, model })
  }
  const frozen =
    features && FrozenPart.of(network, { loss: spec, pixelRange: range, batchSize: size, store: features })
  const executable = network.compile(spec, { batchSize: size }, frozen?.cut.head)
  return measure(
    executable,
    new Feed(examples, { loss: spec, pixelRange: range, executable, features: await frozen?.of(examples) }),
    indices ?? inOrder(examples),
    measuring,
    into,
  )
}

/** Averages over the views of the examples of `order`, some whole batches at a time: a set may be larger than memory. */
async function averagesInto(
  outputs: Float32Array,
  predictor: ReturnType<typeof createPredictor>,
  {
    examples,
    order,
    batchSize,
  }: { readonly examples: LabelledImages; readonly order: Int32Array; readonly batchSize: number },
): Promise<void> {
  const width = outputs.length / order.length
  const most = batchSize * Math.ceil(PIECE / batchSize)
  for (let from = 0; from < order.length; from += most) {
    const piece = order.subarray(from, from + most)
    const end = from + piece.length
    await predictor.outputs(imagesOf(examples, piece), outputs.subarray(from * width, end * width))
  }
}

function imagesOf(examples: LabelledImages, order: Int32Array): Uint8Array {
  if (examples instanceof Examples) return examples.take(order).images
  const images = ownBytes(examples.images)
  const size = images.length / examples.labels.length
  if (!Number.isInteger(size)) {
    throw new HeddleError(`${images.length} bytes do not make ${examples.labels.length} whole images.`)
  }
  const rows = new Uint8Array(order.length * size)
  order.forEach((index, i) => {
    rows.set(images.subarray(index * size, (index + 1) * size), i * size)
  })
  return rows
}
