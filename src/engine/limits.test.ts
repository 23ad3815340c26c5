import { describe, expect, test } from 'vitest'
import { engine } from '../../test/support/engines.ts'
import { UsageError } from '../base/errors.ts'
import { graph, sequential } from '../model/graph.ts'
import { buildModel } from '../model/model.ts'
import { createNetwork } from '../network/network.ts'
import type { LayerSpec } from '../nn/layers/index.ts'
import {
  add,
  averagePooling2d,
  batchNormalization,
  conv1d,
  conv2d,
  dense,
  dropout,
  flatten,
  gaussianNoise,
  layerNormalization,
  maxPooling2d,
  rescaling,
  separableConv2d,
  zeroPadding2d,
} from '../nn/layers/index.ts'
import { adam, sgd } from '../nn/optimizers/index.ts'
import { l2 } from '../nn/regularizers/regularizer.ts'
import { exponentialDecay } from '../nn/schedules/schedule.ts'
import { NativeExecutable } from './backends/native/executable.ts'
import { lower } from './lower.ts'

describe('what the engine cannot take is refused before it is asked, with the layer', () => {
  test.each<[string, LayerSpec]>([
    ['strides', conv2d({ filters: 1, kernelSize: 3, strides: 1e9, padding: 'same' })],
    ['dilation', conv2d({ filters: 1, kernelSize: 1, dilationRate: 1e9 })],
    ['dilated window', conv2d({ filters: 1, kernelSize: 3, dilationRate: 600_000, padding: 'same' })],
    ['pool', maxPooling2d({ poolSize: 1e9, padding: 'same' })],
    ['pool strides', averagePooling2d({ strides: 2e9, padding: 'same' })],
  ])('%s', (_, layer) => {
    expect(() => buildModel(sequential([layer]), [8, 8, 1])).toThrow(
      /^Layer ".*" \(.*\) cannot take the input .*: its window, strides and dilation may be at most 1048576/,
    )
  })

  test('a border that is many times the image', () => {
    const wide = (dilationRate: number) =>
      conv2d({ filters: 1, kernelSize: 3, dilationRate, padding: 'same' })
    expect(() => buildModel(sequential([wide(70_000)]), [28, 28, 1])).toThrow(
      /^Layer "conv2d" .*: its window reaches over 140001 × 140001 pixels, so that padding: 'same' makes an image of 140028 × 140028 × 1\./,
    )
    const network = createNetwork(sequential([wide(1000), flatten()]), {
      inputShape: [28, 28, 1],
      backend: engine,
    })
    network.compileInference({ batchSize: 2 })
  })

  test('memory that the machine does not have', () => {
    const lowered = lower(buildModel(sequential([dense({ units: 2 })]), [2]), 'dot')
    const start = () => {
      throw new Error('std::bad_alloc')
    }
    expect(() => new NativeExecutable(lowered, { batchSize: 7 }, start)).toThrow(
      'The engine does not get enough memory for this network with batches of 7 images. Use a smaller batchSize or network, or close other programs.',
    )
  })

  test.each([[[-1, 2, 3]], ['28'], [[Number.NaN, 2, 1]], [[]], [[2, 2, 2, 2]]])(
    'the input shape %j, which is none',
    shape => {
      expect(() => buildModel(sequential([flatten()]), shape as never)).toThrow(
        /^inputShape must be \[height, width, channels\], \[steps, channels\] or \[features\], not /,
      )
    },
  )

  test('images and rows that are too large', () => {
    const expected = /^Layer "zero_padding2d" .* would give \(None, 200008, 200008, 1\)/
    expect(() => buildModel(sequential([zeroPadding2d({ padding: 1e5 })]), [8, 8, 1])).toThrow(expected)
    expect(() => buildModel(sequential([flatten(), dense({ units: 2 })]), [1200, 1200, 1])).toThrow(
      /^Layer "flatten" .* would give \(None, 1440000\)/,
    )
    expect(() =>
      buildModel(sequential([conv1d({ filters: 1, kernelSize: 1, strides: 1e9, padding: 'same' })]), [8, 1]),
    ).toThrow(UsageError)
  })

  test('an input, and what a layer computes on its way', () => {
    expect(() => buildModel(sequential([dense({ units: 2 })]), [2_000_000])).toThrow(
      'The input is (None, 2000000); the engine takes at most 1048576 along an axis',
    )
    const network = createNetwork(
      sequential([separableConv2d({ filters: 1, kernelSize: 1, depthMultiplier: 2_000_000 }), flatten()]),
      { inputShape: [1, 1, 1] },
    )
    expect(() => network.compileInference({ batchSize: 1 })).toThrow(
      /^Layer "separable_conv2d" would compute \(None, 1, 1, 2000000\) on its way/,
    )
  })

  test('merges of too many inputs, too many layers, too many parameters in all', () => {
    const many = { sum: [add(), ...Array<string>(1025).fill('input')] as [LayerSpec, ...string[]] }
    expect(() => graph(many)).toThrow(
      'Node "sum" (Add) reads 1025 inputs; a layer takes at most 1024. Join them in several steps.',
    )
    expect(() => sequential(Array(10_001).fill(flatten()))).toThrow(
      'A model has at most 10000 layers, and this one has 10001. Use fewer.',
    )
    const wide = Array(8).fill(dense({ units: 16_000 }))
    expect(() => buildModel(sequential(wide), [16_000])).toThrow(
      /^The model would have 2048128000 parameters; the engine takes at most 1073741824\./,
    )
  })

  test.each<[string, () => unknown]>([
    ['l2: l2', () => dense({ units: 2, kernelRegularizer: l2({ l2: 1e39 }) })],
    ['layerNormalization: epsilon', () => layerNormalization({ epsilon: 1e39 })],
    ['batchNormalization: epsilon', () => batchNormalization({ epsilon: 1e300 })],
    ['rescaling: offset', () => rescaling({ scale: 1, offset: -1e39 })],
    [
      'leakyRelu: negativeSlope',
      () => dense({ units: 2, activation: { kind: 'leakyRelu', negativeSlope: 1e39 } }),
    ],
    ['gaussianNoise: stddev', () => gaussianNoise({ stddev: 1e39 })],
    ['sgd: learningRate', () => sgd({ learningRate: 1e39 })],
    ['adam: epsilon', () => adam({ epsilon: 1e39 })],
    [
      'exponentialDecay: decayRate',
      () => exponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 1e39 }),
    ],
  ])('a number that float32 does not hold: %s', (option, make) => {
    expect(make).toThrow(UsageError)
    expect(make).toThrow(`${option} must be a number that float32 holds, at most 3.4e38 in size, not `)
  })

  test('a dropout rate that float32 would round to 1 is computed', () => {
    const network = createNetwork(sequential([dropout({ rate: 1 - 1e-9 }), flatten(), dense({ units: 2 })]), {
      inputShape: [2, 2, 1],
      backend: engine,
    })
    expect(() => network.compileInference({ batchSize: 1 })).not.toThrow()
  })

  test('a batch that needs too much memory, or holds too many images', () => {
    const network = createNetwork(
      sequential([conv2d({ filters: 64, kernelSize: 3, padding: 'same' }), flatten(), dense({ units: 2 })]),
      { inputShape: [64, 64, 1] },
    )
    // What only goes forward takes a few images at a time.
    const update = { kind: 'sgd', momentum: 0, nesterov: false } as const
    for (const compile of [
      () => network.compile('dot', { batchSize: 100_000, update }),
      () => network.compileInference({ batchSize: 3_000_000 }),
    ]) {
      expect(compile).toThrow(
        /^A batch of \d+ images needs [\d.]+ GiB, .* Use a smaller batchSize; "conv2d" makes the most numbers of an image, 262144\.$/,
      )
    }
  })
})
