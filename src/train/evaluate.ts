import type { Examples } from '../data/dataset.ts'
import { type PixelRange, pixelRangeField, pixelScale } from '../data/pixels.ts'
import { type LossName, type LossSpec, lossField } from '../losses/loss.ts'
import { sgd } from '../optimizers/optimizer.ts'
import { updateRuleOf } from '../optimizers/rule.ts'
import { HeddleError } from '../spec/errors.ts'
import { integer } from '../spec/fields.ts'
import { sizeOf } from '../tensor/shape.ts'
import { checkTopK, inOrder, type Measured, measure, prepare } from './measure.ts'
import type { Network } from './network.ts'
import { topKField } from './options.ts'

const atRest = updateRuleOf(sgd())
const batchSizeField = integer()

/**
 * Loss and accuracy on labelled examples, with dropout off: exact means over all of them. With `topK` also the share of
 * examples whose class is among that many of the most probable ones. Throws a `UsageError` for a bad option.
 *
 * `pixelRange` is that of the training, unless the point is what happens with the other one.
 *
 * @example
 * const data = await loadDataset(fashionMnistMini())
 * const network = createNetwork(sequential([flatten(), dense({ units: 10, activation: 'softmax' })]), { inputShape: data.imageShape })
 * const { accuracy, topKAccuracy } = await evaluate(network, data.test, { loss: 'sparseCategoricalCrossentropy', topK: 3 })
 */
export async function evaluate(
  network: Network,
  examples: Examples,
  {
    loss,
    batchSize = 32,
    topK = null,
    pixelRange = 'unit',
  }: {
    readonly loss: LossName | LossSpec
    readonly batchSize?: number
    readonly topK?: number | null
    readonly pixelRange?: PixelRange
  },
): Promise<Measured> {
  const spec = lossField.parse(loss, 'loss')
  const top = topKField.parse(topK, 'topK')
  if (examples.labels.length === 0) throw new HeddleError('There are no examples to evaluate on.')
  const executable = network.compile(spec, {
    batchSize: batchSizeField.parse(batchSize, 'batchSize'),
    update: atRest,
  })
  checkTopK(top, network.model)
  const range = pixelRangeField.parse(pixelRange, 'pixelRange')
  return measure(
    executable,
    prepare(examples, { loss: spec, pixelRange: range, executable }),
    inOrder(examples),
    top,
  )
}

/**
 * What the network makes of images: `[count, classes]`, row by row. Probabilities where it ends in softmax.
 *
 * `images` are bytes `[count, height, width, channels]`, as in a dataset.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
 * const probabilities = await predict(network, Uint8Array.of(0, 128, 255, 0))
 * probabilities.length // 3
 */
export async function predict(
  network: Network,
  images: Uint8Array,
  {
    batchSize = 32,
    pixelRange = 'unit',
  }: { readonly batchSize?: number; readonly pixelRange?: PixelRange } = {},
): Promise<Float32Array> {
  const imageSize = sizeOf(network.model.inputShape)
  if (images.length % imageSize !== 0) {
    throw new HeddleError(
      `${images.length} bytes do not make whole images of ${network.model.inputShape.join(' × ')} (${imageSize} bytes each).`,
    )
  }
  if (images.length === 0) return new Float32Array(0)
  // Any loss will do: none is computed.
  const loss = lossField.parse('sparseCategoricalCrossentropy', 'loss')
  const executable = network.compile(loss, {
    batchSize: batchSizeField.parse(batchSize, 'batchSize'),
    update: atRest,
  })
  const order = Int32Array.from({ length: images.length / imageSize }, (_, i) => i)
  const { outputs } = await executable.run({
    mode: 'predict',
    images,
    scale: pixelScale(pixelRangeField.parse(pixelRange, 'pixelRange')),
    targets: null,
    order,
    outputs: true,
  })
  return Float32Array.from(outputs!)
}
