import { HeddleError } from '../../base/errors.ts'
import { RandomStream } from '../../base/random.ts'
import { sizeOf } from '../../base/shape.ts'
import type { LabelledImages } from '../../data/examples.ts'
import { pixelScale } from '../../data/pixels.ts'
import { fashionMnistMini, loadDataset } from '../../data/source.ts'
import type { Backend } from '../../engine/backend.ts'
import { classCountOf } from '../../model/model.ts'
import { targetsFor } from '../../network/feed.ts'
import { createNetwork, type Network } from '../../network/network.ts'
import { createPredictor } from '../../network/predict.ts'
import { coefficientsOf, updateRuleOf } from '../../nn/optimizers/index.ts'
import type { Contestant, Job } from './job.ts'

const SCALE = pixelScale('unit')
const SEED = 2
/** Enough that no batch is seen twice in a row, and few enough for large images. */
const NOISE_IMAGES = 512

/** Heddle on one of its backends. */
export function engine(backend: Backend, version: string): Contestant {
  let run: Contestant['run']
  return {
    name: backend.name === 'native' ? 'heddle' : `heddle, ${backend.name}`,
    version,
    async prepare(job) {
      const network = createNetwork(job.spec, { inputShape: job.inputShape, seed: SEED, backend })
      const examples = await examplesFor(job)
      run = job.what === 'step' ? trainer(job, network, examples) : predictor(job, network, examples)
      return { parameters: network.model.parameterCount, variant: backend.description }
    },
    run: calls => run(calls),
    close: () => undefined,
  }
}

/**
 * Pictures of clothes, which batches are gathered from and scaled: how many values a relu leaves, and with them what a step
 * costs, depends on what is in the images. Images of another size than 28 × 28 are noise. Peers get one ready-made batch.
 */
async function examplesFor({ inputShape }: Job): Promise<LabelledImages> {
  const { train } = await loadDataset(fashionMnistMini())
  if (sizeOf(inputShape) === train.size) return train
  const count = Math.min(train.count, NOISE_IMAGES)
  const pixels = { length: count * sizeOf(inputShape) }
  return {
    images: Uint8Array.from(pixels, (_, i) => (i * 2654435761) >>> 24),
    labels: train.labels.subarray(0, count),
  }
}

const orderOf = (count: number, { labels }: LabelledImages): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => (i * 7919) % labels.length)

/** Every round begins with the same weights: a network that knows its few images by heart has no gradients left. */
function trainer(job: Job, network: Network, { images, labels: own }: LabelledImages): Contestant['run'] {
  const executable = network.compile(job.loss, { batchSize: job.batch, update: updateRuleOf(job.optimizer) })
  const classes = sizeOf(executable.program.output.shape)
  const labels = own.map(label => label % classes)
  const targets = targetsFor(job.loss, { images, labels }, executable)
  const noise = { key: new RandomStream(SEED).key, step: 0 }
  const [weights, state] = [executable.read('parameters'), executable.read('optimizer')]
  return async steps => {
    executable.write('parameters', weights)
    executable.write('optimizer', state)
    const order = orderOf(steps * job.batch, { images, labels })
    const coefficients = coefficientsOf(job.optimizer, 0, steps)
    const started = performance.now()
    const request = { mode: 'train', images, targets, order, coefficients, scale: SCALE, noise } as const
    const { failure } = await executable.run(request)
    const ms = (performance.now() - started) / steps
    if (failure)
      throw new HeddleError(`The loss was not finite at step ${failure.step}: nothing was measured.`)
    return [ms]
  }
}

function predictor({ batch }: Job, network: Network, { images }: LabelledImages): Contestant['run'] {
  const size = sizeOf(network.model.inputShape)
  const asked = Uint8Array.from({ length: batch * size }, (_, i) => images[i % images.length]!)
  const outputs = new Float32Array(batch * classCountOf(network.model))
  const ready = createPredictor(network, { batchSize: batch })
  return async calls => {
    const times: number[] = []
    while (times.length < calls) {
      const started = performance.now()
      await ready.outputs(asked, outputs)
      times.push(performance.now() - started)
    }
    return times
  }
}
