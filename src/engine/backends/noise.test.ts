import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { compiled, isas, nativeMissing } from '../../../test/support/engines.ts'
import { RandomStream } from '../../base/random.ts'
import { sizeOf } from '../../base/shape.ts'
import { sequential } from '../../model/graph.ts'
import { buildModel } from '../../model/model.ts'
import {
  activation,
  conv2d,
  dense,
  flatten,
  gaussianNoise,
  type LayerSpec,
  layerNormalization,
  maxPooling2d,
  normalization,
  separableConv2d,
  spatialDropout1d,
  spatialDropout2d,
  zeroPadding2d,
} from '../../nn/layers/index.ts'
import { losses } from '../../nn/losses/loss.ts'
import { coefficientsOf, sgd, updateRuleOf } from '../../nn/optimizers/index.ts'
import type { Floats } from '../../ops/op.ts'
import { randomStep, writeParameters } from '../../testing/step.ts'
import type { Backend, RunMode } from '../backend.ts'
import { lower } from '../lower.ts'
import { nativeBackend } from './native/native.ts'
import { referenceBackend } from './reference.ts'

const backends = [['reference', referenceBackend()] as const, ...compiled]
if (nativeMissing) test.skip(`native: ${nativeMissing}`)

/** What layers make of inputs that are all `value`: `[batch, …]`. */
async function outputsOf(
  backend: Backend,
  layers: readonly LayerSpec[],
  options: {
    readonly shape: readonly number[]
    readonly batch: number
    readonly batchSize?: number
    readonly value?: number
    readonly mode?: RunMode
    readonly step?: number
  },
): Promise<Floats> {
  const { shape, batch, batchSize = batch, value = 1, mode = 'gradients', step = 3 } = options
  const model = buildModel(sequential(layers), shape)
  const executable = backend.compile(lower(model, 'dot'), {
    batchSize,
    update: updateRuleOf(sgd()),
    inputGradient: true,
  })
  const { outputs } = await executable.run({
    mode,
    images: new Float32Array(batch * sizeOf(shape)).fill(value),
    scale: 1,
    targets: new Float32Array(batch * sizeOf(model.outputShape)),
    order: Int32Array.from({ length: batch }, (_, i) => i),
    noise: { key: new RandomStream(1).split('noise').key, step },
    outputs: true,
  })
  return outputs!
}

describe.each(backends)('%s', (_, backend) => {
  describe.each([
    ['spatialDropout2d', spatialDropout2d, [5, 7, 33]],
    ['spatialDropout1d', spatialDropout1d, [35, 33]],
  ] as const)('%s', (_name, layer, shape) => {
    const [batch, pixels, channels, rate] = [300, 35, 33, 0.3]

    test('drops whole channels, as many as it is told, and scales the others', async () => {
      const outputs = await outputsOf(backend, [layer({ rate })], { shape, batch })
      let dropped = 0
      for (let b = 0; b < batch; b++) {
        for (let c = 0; c < channels; c++) {
          const channel = Array.from(
            { length: pixels },
            (_value, p) => outputs[(b * pixels + p) * channels + c],
          )
          expect(new Set(channel).size).toBe(1)
          if (channel[0] === 0) dropped++
          else expect(channel[0]).toBeCloseTo(1 / (1 - rate), 6)
        }
      }
      const count = batch * channels
      expect(Math.abs(dropped / count - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / count))
    })

    test('drops others in each example, layer and step', async () => {
      const first = await outputsOf(backend, [layer({ rate: 0.5 })], { shape, batch: 2 })
      const size = sizeOf(shape)
      expect(first.slice(0, channels)).not.toEqual(first.slice(size, size + channels))
      const next = await outputsOf(backend, [layer({ rate: 0.5 })], { shape, batch: 2, step: 4 })
      expect(next).not.toEqual(first)
      const twice = await outputsOf(backend, [layer({ rate: 0.5 }), layer({ rate: 0.5 })], {
        shape,
        batch: 2,
      })
      expect(twice.some((y, i) => y === 0 && first[i] !== 0)).toBe(true)
    })
  })

  test('gaussian noise has the moments and the tails of N(0, stddev²)', async () => {
    const [batch, shape, stddev] = [200, [10, 25], 0.25] as const
    const outputs = await outputsOf(backend, [gaussianNoise({ stddev })], { shape, batch })
    const noise = Float64Array.from(outputs, y => (y - 1) / stddev)
    const n = noise.length
    const moment = (power: number): number => noise.reduce((sum, z) => sum + z ** power, 0) / n
    // Standard errors of the first four moments of N(0, 1): √(1, 2, 15, 96) / √n.
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n))
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n))
    const beyond = (limit: number): number => noise.filter(z => Math.abs(z) > limit).length / n
    for (const [limit, share] of [
      [1, 0.3173105],
      [2, 0.0455003],
      [3, 0.0026998],
    ] as const) {
      expect(Math.abs(beyond(limit) - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / n))
    }
    // Neighbours, and the pairs that one counter makes, are not correlated.
    for (const lag of [1, 16]) {
      const products = noise.subarray(lag).reduce((sum, z, i) => sum + z * noise[i]!, 0) / n
      expect(Math.abs(products)).toBeLessThan(4 / Math.sqrt(n))
    }
    expect(new Set(noise).size).toBeGreaterThan(0.99 * n)
  })

  test.each([['evaluate'], ['predict']] as const)('all noise is off in %s', async mode => {
    const layers = [spatialDropout2d({ rate: 0.5 }), gaussianNoise({ stddev: 1 })]
    const outputs = await outputsOf(backend, layers, { shape: [4, 4, 3], batch: 5, mode })
    expect(outputs.every(y => y === 1)).toBe(true)
  })

  test('an example’s noise depends on its place in the batch, not on the shards', async () => {
    const layers = [spatialDropout2d({ rate: 0.5 }), gaussianNoise({ stddev: 1 })]
    const shape = [3, 5, 7]
    const whole = await outputsOf(backend, layers, { shape, batch: 33 })
    const cut = await outputsOf(backend, layers, { shape, batch: 33, batchSize: 200 })
    expect(cut).toEqual(whole)
  })
})

test('the kernels drop the same channels as the loops, to the bit', async () => {
  const layers = [spatialDropout2d({ rate: 0.4 })]
  const options = { shape: [3, 4, 19], batch: 21 }
  const expected = await outputsOf(referenceBackend(), layers, options)
  for (const [name, backend] of backends) {
    expect(await outputsOf(backend, layers, options), name).toEqual(expected)
  }
})

test.each(compiled)(
  'a constant channel is normalised to zero exactly, as by Keras (%s)',
  async (_, backend) => {
    const layers = [normalization({ mean: [0.3, 0, 7], variance: [0, 1, 0] })]
    const options = { shape: [1, 1, 3], batch: 1, value: Math.fround(0.3) }
    const outputs = await outputsOf(backend, layers, options)
    expect(outputs[0]).toBe(0)
    expect(outputs[1]).toBe(Math.fround(0.3))
  },
)

describe.each(isas)('%s', isa => {
  test('the same weights to the bit at any number of threads', async () => {
    const model = buildModel(
      sequential([
        gaussianNoise({ stddev: 0.2 }),
        zeroPadding2d(),
        conv2d({ filters: 9, kernelSize: 3 }),
        layerNormalization(),
        activation({ activation: 'relu' }),
        maxPooling2d(),
        spatialDropout2d({ rate: 0.3 }),
        separableConv2d({ filters: 13, kernelSize: 3, activation: 'tanh' }),
        flatten(),
        dense({ units: 3, activation: 'softmax' }),
      ]),
      [9, 9, 2],
    )
    const count = 150
    const step = randomStep(model, { batch: count, seed: 2 })
    const weightsAfter = async (threads: number): Promise<string> => {
      const executable = nativeBackend({ isa, threads }).compile(
        lower(model, losses.field.parse('sparseCategoricalCrossentropy', 'loss')),
        { batchSize: 64, update: updateRuleOf(sgd()) },
      )
      writeParameters(executable, step.parameters)
      await executable.run({
        mode: 'train',
        images: step.images,
        scale: 1,
        targets: Int32Array.from({ length: count }, (_, i) => i % 3),
        order: Int32Array.from({ length: count }, (_, i) => i),
        coefficients: coefficientsOf(sgd({ learningRate: 0.1 }), 0, 3),
        noise: { key: new RandomStream(5).key, step: 0 },
      })
      const weights = executable.read('parameters')
      expect(weights.every(Number.isFinite)).toBe(true)
      return createHash('sha256').update(weights).digest('hex')
    }
    const one = await weightsAfter(1)
    for (const threads of [2, 3, 8, 1]) expect(await weightsAfter(threads), `${threads}`).toBe(one)
  })
})
