import { describe, expect, test } from 'vitest'
import { isas, nativeMissing, wasm } from '../../../test/support/engines.ts'
import { RandomStream } from '../../base/random.ts'
import {
  activation,
  batchNormalization,
  conv2d,
  createNetwork,
  dense,
  flatten,
  type ModelSpec,
  reshape,
  sequential,
} from '../../index.ts'
import { weightsOf } from '../../network/network.ts'
import { losses } from '../../nn/losses/loss.ts'
import { coefficientsOf, sgd, updateRuleOf } from '../../nn/optimizers/index.ts'
import { COEFFICIENTS } from '../../ops/update.ts'
import { relativeDifference } from '../../testing/compare.ts'
import type { Backend } from '../backend.ts'
import { nativeBackend } from './native/native.ts'
import { referenceBackend } from './reference.ts'

const loss = losses.field.parse('sparseCategoricalCrossentropy', 'loss')
const stream = new RandomStream(3)
const COUNT = 43
const images = Uint8Array.from({ length: COUNT * 49 }, (_, i) => 256 * stream.uniform(i))
const targets = Int32Array.from({ length: COUNT }, (_, i) => i % 3)
const order = Int32Array.from({ length: COUNT }, (_, i) => i)

const models: Readonly<Record<string, ModelSpec>> = {
  images: sequential([
    conv2d({ filters: 5, kernelSize: 3, useBias: false }),
    batchNormalization({ momentum: 0.7 }),
    flatten(),
    dense({ units: 3, activation: 'softmax' }),
  ]),
  'sequences, then rows': sequential([
    batchNormalization({ momentum: 0.5, scale: false }),
    activation({ activation: 'tanh' }),
    reshape({ targetShape: [7, 7] }),
    batchNormalization({ momentum: 0.5, center: false }),
    flatten(),
    dense({ units: 6, activation: 'tanh', useBias: false }),
    batchNormalization(),
    dense({ units: 3, activation: 'softmax' }),
  ]),
}

/** Three steps on batches of 16, 16 and 11, then a look at the whole in inference mode. */
async function train(backend: Backend, model: ModelSpec) {
  const network = createNetwork(model, { inputShape: [7, 7, 1], seed: 1, backend })
  const executable = network.compile(loss, { batchSize: 16, update: updateRuleOf(sgd()) })
  const examples = { images, targets, order, scale: 1 / 255 }
  const coefficients = coefficientsOf(sgd({ learningRate: 0.1 }), 0, 3)
  const { losses } = await executable.run({ mode: 'train', ...examples, coefficients })
  const after = await executable.run({ mode: 'evaluate', ...examples, outputs: true })
  return { losses, weights: weightsOf(executable), outputs: after.outputs!, evaluated: after.losses }
}

if (nativeMissing) test.skip(`native: ${nativeMissing}`)
const backends: readonly (readonly [string, Backend])[] = [
  ...isas.flatMap(isa =>
    [1, 3].map(threads => [`native, ${isa}, ${threads} threads`, nativeBackend({ isa, threads })] as const),
  ),
  ['wasm', wasm],
]

describe.each(Object.entries(models))('%s', (_, model) => {
  test.each(backends)('%s trains and infers as float64 loops do', async (_name, backend) => {
    const actual = await train(backend, model)
    const expected = await train(referenceBackend({ precision: 'float64' }), model)
    expect(relativeDifference(actual.losses, expected.losses)).toBeLessThan(1e-5)
    expect(relativeDifference(actual.evaluated, expected.evaluated)).toBeLessThan(1e-5)
    expect(relativeDifference(actual.outputs, expected.outputs)).toBeLessThan(1e-5)
    for (const [name, values] of expected.weights) {
      expect(relativeDifference(actual.weights.get(name)!, values), name).toBeLessThan(2e-5)
    }
  })

  test.each(backends)(
    '%s: the moving statistics leave where they started only in training',
    async (_name, backend) => {
      const { weights } = await train(backend, model)
      expect([...weights.get('batch_normalization/movingMean')!].some(mean => mean !== 0)).toBe(true)
      const network = createNetwork(model, { inputShape: [7, 7, 1], seed: 1, backend })
      const executable = network.compile(loss, { batchSize: 16, update: updateRuleOf(sgd()) })
      await executable.run({ mode: 'gradients', images, targets, order, scale: 1 / 255 })
      expect(weightsOf(executable)).toEqual(network.weights)
    },
  )
})

test.each(backends)(
  '%s: the moving variance of images is divided by N − 1, that of sequences by N',
  async (_, backend) => {
    const moved = async (shape: readonly number[]) => {
      const model = sequential([
        reshape({ targetShape: shape }),
        batchNormalization({ momentum: 0 }),
        flatten(),
        dense({ units: 2 }),
      ])
      const network = createNetwork(model, { inputShape: [2, 1, 1], backend })
      const executable = network.compile(loss, { batchSize: 2, update: updateRuleOf(sgd()) })
      await executable.run({
        mode: 'train',
        images: Float32Array.of(1, 2, 3, 6),
        targets: Int32Array.of(0, 1),
        order: Int32Array.of(0, 1),
        scale: 1,
        coefficients: new Float64Array(COEFFICIENTS),
      })
      return weightsOf(executable).get('batch_normalization/movingVariance')![0]
    }
    // 1, 2, 3, 6 have the mean 3 and squared deviations of 14 in all.
    expect(await moved([2, 1, 1])).toBeCloseTo(14 / 3, 5)
    expect(await moved([2, 1])).toBeCloseTo(14 / 4, 5)
  },
)
