import { describe, expect, test } from 'vitest'
import { RandomStream } from '../../base/random.ts'
import { sequential } from '../../model/graph.ts'
import { buildModel, type Model } from '../../model/model.ts'
import { summary } from '../../model/summary.ts'
import { initialize } from '../initializers/initializer.ts'
import {
  depthwiseConv1d,
  depthwiseConv2d,
  type LayerSpec,
  parseLayer,
  separableConv1d,
  separableConv2d,
} from './index.ts'

const build = (layer: LayerSpec, inputShape: readonly number[]): Model =>
  buildModel(sequential([layer]), inputShape)

test('the defaults are those of Keras', () => {
  const common = {
    padding: 'valid',
    depthMultiplier: 1,
    activation: 'linear',
    useBias: true,
    depthwiseInitializer: 'glorotUniform',
    biasInitializer: 'zeros',
    depthwiseRegularizer: null,
    biasRegularizer: null,
    trainable: true,
  }
  const image = { ...common, kernelSize: [3, 3], strides: [1, 1], dilationRate: [1, 1] }
  const steps = { ...common, kernelSize: 3, strides: 1, dilationRate: 1 }
  const pointwise = { filters: 4, pointwiseInitializer: 'glorotUniform', pointwiseRegularizer: null }
  expect(depthwiseConv2d({ kernelSize: 3 })).toEqual({ kind: 'depthwiseConv2d', ...image })
  expect(depthwiseConv1d({ kernelSize: 3 })).toEqual({ kind: 'depthwiseConv1d', ...steps })
  expect(separableConv2d({ filters: 4, kernelSize: 3 })).toEqual({
    kind: 'separableConv2d',
    ...image,
    ...pointwise,
  })
  expect(separableConv1d({ filters: 4, kernelSize: 3 })).toEqual({
    kind: 'separableConv1d',
    ...steps,
    ...pointwise,
  })
})

describe('depthwiseConv2d', () => {
  test('filters of each channel lie side by side; fans are counted as Keras does', () => {
    const model = build(depthwiseConv2d({ kernelSize: [3, 2], depthMultiplier: 4 }), [9, 9, 5])
    const [layer] = model.layers
    expect(layer!.outputShape).toEqual([7, 8, 20])
    // Keras sees [3, 2, 5, 4]: its last two axes are inputs and outputs.
    expect(layer!.parameters).toEqual([
      {
        name: 'kernel',
        role: 'kernel',
        shape: [20, 3, 2, 1],
        kerasShape: [3, 2, 5, 4],
        initializer: 'glorotUniform',
        regularizer: null,
        fans: { fanIn: 30, fanOut: 24 },
      },
      {
        name: 'bias',
        role: 'bias',
        shape: [20],
        initializer: 'zeros',
        regularizer: null,
        fans: { fanIn: 20, fanOut: 20 },
      },
    ])
    expect(layer!.multiplyAdds).toBe(7 * 8 * 20 * 6)
    expect(layer!.receptiveField).toEqual([3, 2])
    expect(summary(model)).toContain('depthwise_conv2d (DepthwiseConv2D)')
  })

  // The largest of 300 draws by keras.initializers.GlorotUniform for these layers' kernels.
  test.each([
    [3, { kernelSize: 3, depthMultiplier: 2 }, 0.365138],
    [8, { kernelSize: [2, 5] }, 0.258191],
    [1, { kernelSize: 3, depthMultiplier: 4 }, 0.365138],
  ] as const)('the Glorot limit of %i channels, %o', (channels, options, limit) => {
    const [kernel] = build(depthwiseConv2d(options), [9, 9, channels]).layers[0]!.parameters
    const draws = Array.from({ length: 300 }, (_, seed) =>
      initialize('glorotUniform', { ...kernel!, stream: new RandomStream(seed) }).map(Math.abs),
    )
    expect(Math.max(...draws.map(values => Math.max(...values)))).toBeCloseTo(limit, 3)
  })
})

test.each([
  [depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same' }), [7, 8, 3], [4, 4, 3]],
  [depthwiseConv2d({ kernelSize: 3, dilationRate: 2, useBias: false }), [7, 8, 3], [3, 4, 3]],
  [depthwiseConv1d({ kernelSize: 4, strides: 3, depthMultiplier: 2 }), [10, 3], [3, 6]],
  [separableConv2d({ filters: 5, kernelSize: 3, strides: 2, padding: 'same' }), [7, 8, 3], [4, 4, 5]],
  [separableConv1d({ filters: 5, kernelSize: 4, dilationRate: 2 }), [10, 3], [4, 5]],
] as const)('%o of %o gives %o', (layer, input, output) => {
  const model = build(layer, input)
  expect(model.outputShape).toEqual(output)
  expect(parseLayer(JSON.parse(JSON.stringify(layer)), 'layer')).toEqual(layer)
})

test('separableConv2d has far fewer weights than a convolution', () => {
  const [layer] = build(
    separableConv2d({ filters: 64, kernelSize: 3, depthMultiplier: 2 }),
    [8, 8, 32],
  ).layers
  expect(layer!.parameters.map(({ name, shape, fans }) => [name, shape, fans])).toEqual([
    ['depthwiseKernel', [64, 3, 3, 1], { fanIn: 288, fanOut: 18 }],
    ['pointwiseKernel', [64, 1, 1, 64], { fanIn: 64, fanOut: 64 }],
    ['bias', [64], { fanIn: 64, fanOut: 64 }],
  ])
  expect(layer!.multiplyAdds).toBe(6 * 6 * 64 * 9 + 6 * 6 * 64 * 64)
  expect(layer!.receptiveField).toEqual([3, 3])
})

test('those of sequences have kernels of one axis less', () => {
  const [layer] = build(separableConv1d({ filters: 4, kernelSize: 3, depthMultiplier: 2 }), [8, 5]).layers
  expect(layer!.parameters.map(({ shape }) => shape)).toEqual([[10, 3, 1], [4, 1, 10], [4]])
})

test.each([
  [{ kind: 'depthwiseConv2d' }, 'depthwiseConv2d: the option "kernelSize" is required.'],
  [
    { kind: 'depthwiseConv2d', kernelSize: 3, depthMultiplier: 0 },
    'depthwiseConv2d: depthMultiplier must be a whole number of at least 1, not 0.',
  ],
  [
    { kind: 'depthwiseConv2d', kernelSize: 3, filters: 8 },
    'depthwiseConv2d: unknown option "filters". Its options are kernelSize, strides, dilationRate, padding, ' +
      'depthMultiplier, activation, useBias, depthwiseInitializer, biasInitializer, depthwiseRegularizer, biasRegularizer, trainable.',
  ],
  [
    { kind: 'depthwiseConv1d', kernelSize: [3, 3] },
    'depthwiseConv1d: kernelSize must be a whole number of at least 1, not [3,3].',
  ],
  [{ kind: 'separableConv2d', kernelSize: 3 }, 'separableConv2d: the option "filters" is required.'],
  [
    { kind: 'separableConv2d', filters: 8, kernelSize: 3, kernelInitializer: 'zeros' },
    'separableConv2d: unknown option "kernelInitializer". Its options are filters, kernelSize, strides, ',
  ],
  [
    { kind: 'separableConv1d', filters: 8, kernelSize: 3, padding: 'causal' },
    `separableConv1d: padding must be one of 'valid', 'same', not "causal".`,
  ],
])('%o is refused', (options, message) => {
  expect(() => parseLayer(options, 'layer')).toThrow(message)
})

test.each([
  [
    depthwiseConv2d({ kernelSize: 3 }),
    [64],
    'expected images [height, width, channels], received (None, 64)',
  ],
  [depthwiseConv2d({ kernelSize: 5 }), [4, 9, 1], 'a window of 5 × 5 does not fit into an image of 4 × 9'],
  [separableConv2d({ filters: 1, kernelSize: 5 }), [4, 9, 1], 'a window of 5 × 5 does not fit'],
  [depthwiseConv1d({ kernelSize: 3 }), [8, 8, 1], 'expected a sequence [steps, channels], received'],
  [
    separableConv1d({ filters: 1, kernelSize: 3 }),
    [8, 8, 1],
    'expected a sequence [steps, channels], received',
  ],
] as const)('%o refuses %o', (layer, input, message) => {
  expect(() => build(layer, input)).toThrow(message)
})
