import type { Dataset } from '../data/dataset.ts'
import { pixelScale } from '../data/pixels.ts'
import { buildModel } from '../model/model.ts'
import type { Weights } from '../model/weights.ts'
import { targetsFor } from '../network/measure.ts'
import { Network } from '../network/network.ts'
import { predict } from '../network/predict.ts'
import { sgd, updateRuleOf } from '../nn/optimizers/index.ts'
import type { TrainSpec } from '../train/options.ts'

/** Enough examples for a gradient that means something. */
const EXAMPLES = 256

/** The gradients of the loss on the first training images, dropout off. */
export async function gradientsOf(
  network: Network,
  data: Dataset,
  { loss, pixelRange }: TrainSpec,
): Promise<Weights> {
  const count = Math.min(EXAMPLES, data.train.labels.length)
  const size = data.train.images.length / data.train.labels.length
  const examples = {
    images: data.train.images.subarray(0, count * size),
    labels: data.train.labels.subarray(0, count),
  }
  const executable = network.compile(loss, { batchSize: count, update: updateRuleOf(sgd()) })
  await executable.run({
    mode: 'gradients',
    images: examples.images,
    scale: pixelScale(pixelRange),
    targets: targetsFor(loss, examples, executable),
    order: Int32Array.from({ length: count }, (_, i) => i),
  })
  const arena = Float32Array.from(executable.read('gradients'))
  const { parameters } = executable.program
  return new Map(
    parameters.map(({ name, offset, size: length }) => [name, arena.slice(offset, offset + length)]),
  )
}

/** What the layer before the last makes of the test images; `null` where the last one does not read it alone. */
export async function featuresOf(
  network: Network,
  data: Dataset,
  { pixelRange }: TrainSpec,
): Promise<Float32Array | null> {
  const { spec, inputShape, layers } = network.model
  const before = layers.at(-2)
  const reads = layers.at(-1)!.inputs
  if (before?.outputShape.length !== 1 || reads.length !== 1 || reads[0] !== before.name) return null
  const model = buildModel({ ...spec, nodes: spec.nodes.slice(0, -1) }, inputShape)
  return predict(new Network(model, network.weights, network.backend), data.test.images, { pixelRange })
}
