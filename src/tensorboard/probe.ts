import type { Dataset } from '../data/dataset.ts'
import { pixelScale } from '../data/pixels.ts'
import type { Weights } from '../model/weights.ts'
import { targetsFor } from '../network/measure.ts'
import type { Network } from '../network/network.ts'
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
  const examples = data.train.first(EXAMPLES)
  const { count } = examples
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
