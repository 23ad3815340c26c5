import { HeddleError, UsageError } from '../base/errors.ts'
import { integer } from '../base/schema.ts'
import type { LabelledImages } from '../data/examples.ts'
import { type PixelRange, pixelRangeField } from '../data/pixels.ts'
import { type LossName, type LossSpec, losses } from '../nn/losses/loss.ts'
import { type MetricName, metricsField, type OwnMetric, topKField } from '../nn/metrics/index.ts'
import type { Measured } from '../protocol/events.ts'
import { Feed } from './feed.ts'
import { type FeatureStore, FrozenPart } from './frozen-features.ts'
import { inOrder, measure, measuringOf } from './measure.ts'
import { measureOutputs } from './measure-outputs.ts'
import type { Network } from './network.ts'
import { createPredictor } from './predict.ts'
import type { TestTimeAugmentation } from './views.ts'

const batchSizeField = integer()

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
    const outputs = await createPredictor(network, options).outputs(examples.images, into)
    return measureOutputs(outputs, { labels: examples.labels, loss: spec, measuring })
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
