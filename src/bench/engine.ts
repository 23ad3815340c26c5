import { pixelScale } from '../data/pixels.ts'
import type { Backend, Executable } from '../engine/backend.ts'
import { coefficientsOf, updateRuleOf } from '../optimizers/rule.ts'
import { RandomStream } from '../tensor/random.ts'
import { sizeOf } from '../tensor/shape.ts'
import { targetsFor } from '../train/measure.ts'
import { createNetwork } from '../train/network.ts'
import type { Contestant, Job } from './job.ts'

const SCALE = pixelScale('unit')
/** Images that a batch is gathered from and scaled; peers get one ready-made batch again and again. */
const EXAMPLES = 10_000

/** Heddle on one of its backends. */
export function engine(backend: Backend, version: string): Contestant {
  let run: Contestant['run']
  return {
    name: backend.name === 'native' ? 'heddle' : `heddle, ${backend.name}`,
    version,
    async prepare(job) {
      const network = createNetwork(job.spec, { inputShape: job.inputShape, seed: 1, backend })
      const update = updateRuleOf(job.optimizer)
      const executable = network.compile(job.loss, { batchSize: job.batch, update })
      const images = Uint8Array.from(
        { length: EXAMPLES * sizeOf(job.inputShape) },
        (_, i) => (i * 2654435761) >>> 24,
      )
      run = job.what === 'step' ? trainer(job, executable, images) : predictor(job, executable, images)
      return { parameters: network.model.parameterCount, variant: backend.description }
    },
    run: calls => run(calls),
    close: () => undefined,
  }
}

const orderOf = (count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => (i * 7919) % EXAMPLES)

function trainer(job: Job, executable: Executable, images: Uint8Array): Contestant['run'] {
  const classes = sizeOf(executable.program.output.shape)
  const labels = Int32Array.from({ length: EXAMPLES }, (_, i) => i % classes)
  const targets = targetsFor(job.loss, { images, labels }, executable)
  const noise = { key: new RandomStream(1).key, step: 0 }
  return async steps => {
    const order = orderOf(steps * job.batch)
    const coefficients = coefficientsOf(job.optimizer, 0, steps)
    const started = performance.now()
    await executable.run({ mode: 'train', images, targets, order, coefficients, scale: SCALE, noise })
    return [(performance.now() - started) / steps]
  }
}

function predictor(job: Job, executable: Executable, images: Uint8Array): Contestant['run'] {
  const order = orderOf(job.batch)
  return async calls => {
    const times: number[] = []
    while (times.length < calls) {
      const started = performance.now()
      await executable.run({
        mode: 'predict',
        images,
        targets: null,
        order,
        scale: SCALE,
        outputs: true,
      })
      times.push(performance.now() - started)
    }
    return times
  }
}
