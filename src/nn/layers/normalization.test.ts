import { describe, expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { sequential } from '../../model/graph.ts'
import { buildModel, type Model } from '../../model/model.ts'
import {
  gaussianNoise,
  type LayerSpec,
  layerNormalization,
  normalization,
  parseLayer,
  rescaling,
  spatialDropout1d,
  spatialDropout2d,
} from './index.ts'

const build = (layer: LayerSpec, inputShape: readonly number[]): Model =>
  buildModel(sequential([layer]), inputShape)

describe('layerNormalization', () => {
  test('has the defaults of Keras', () => {
    expect(layerNormalization()).toEqual({
      kind: 'layerNormalization',
      epsilon: 1e-3,
      center: true,
      scale: true,
      betaInitializer: 'zeros',
      gammaInitializer: 'ones',
      betaRegularizer: null,
      gammaRegularizer: null,
      trainable: true,
    })
  })

  test.each([
    [{}, ['gamma', 'beta']],
    [{ center: false }, ['gamma']],
    [{ scale: false }, ['beta']],
    [{ scale: false, center: false }, []],
  ] as const)('%o learns %o', (options, names) => {
    const [layer] = build(layerNormalization(options), [4, 4, 7]).layers
    expect(layer!.outputShape).toEqual([4, 4, 7])
    expect(layer!.parameters.map(({ name }) => name)).toEqual(names)
    for (const { shape } of layer!.parameters) expect(shape).toEqual([7])
  })

  test.each([
    [{ epsilon: -1 }, 'layerNormalization: epsilon must be a number of at least 0, not -1.'],
    [{ scale: 1 }, 'layerNormalization: scale must be true or false, not 1.'],
    [{ axis: -1 }, 'layerNormalization: unknown option "axis".'],
  ])('refuses %o', (options, message) => {
    expect(() => layerNormalization(options as object)).toThrow(message)
  })
})

describe('normalization', () => {
  test('is one number for all channels, or one for each; its lists are frozen', () => {
    expect(normalization({ mean: 0.5, variance: 0 })).toEqual({
      kind: 'normalization',
      mean: 0.5,
      variance: 0,
    })
    const each = normalization({ mean: [0.5, -1], variance: [1, 2] })
    expect(Object.isFrozen(each.mean)).toBe(true)
    expect(build(each, [3, 3, 2]).outputShape).toEqual([3, 3, 2])
    expect(parseLayer(JSON.parse(JSON.stringify(each)), 'layer')).toEqual(each)
  })

  test.each([
    [{ mean: 0 }, 'normalization: the option "variance" is required.'],
    [
      { mean: [], variance: [] },
      'normalization: mean must be a number, or a list with one for each channel, not [].',
    ],
    [
      { mean: ['0'], variance: [1] },
      'normalization: mean must be a number, or a list with one for each channel, not ["0"].',
    ],
    [{ mean: Number.NaN, variance: 1 }, 'normalization: mean must be a number, or a list'],
    [{ mean: Array(65_537).fill(0), variance: 1 }, 'normalization: mean must be a number, or a list'],
    [
      { mean: 0, variance: -1 },
      'normalization: variance must be a number of at least 0, or a list with one for each channel, not -1.',
    ],
    [
      { mean: [0, 1], variance: [1] },
      'normalization: mean and variance must both be one number or lists of one length, not [0,1] and [1].',
    ],
    [{ mean: [0], variance: 1 }, 'lists of one length, not [0] and 1.'],
  ])('refuses %o', (options, message) => {
    const refused = () => normalization(options as { mean: number; variance: number })
    expect(refused).toThrow(UsageError)
    expect(refused).toThrow(message)
  })

  test('refuses an input with other channels', () => {
    expect(() => build(normalization({ mean: [0, 1], variance: [1, 1] }), [3, 3, 1])).toThrow(
      'Layer "normalization" (Normalization) cannot take the input (None, 3, 3, 1): mean and variance are given for 2 ' +
        'channels, but it has 1. Give one number for each channel, or a single one for all.',
    )
  })
})

test.each([
  ['rescaling', {}, 'rescaling: the option "scale" is required.'],
  ['rescaling', { scale: '1/255' }, 'rescaling: scale must be a number, not "1/255".'],
  ['gaussianNoise', {}, 'gaussianNoise: the option "stddev" is required.'],
  [
    'gaussianNoise',
    { stddev: -0.1 },
    'gaussianNoise: stddev must be a number of at least 0 and at most 1, not -0.1.',
  ],
  [
    'gaussianNoise',
    { stddev: 2 },
    'gaussianNoise: stddev must be a number of at least 0 and at most 1, not 2.',
  ],
  [
    'spatialDropout2d',
    { rate: 1 },
    'spatialDropout2d: rate must be a number of at least 0 and below 1, not 1.',
  ],
  [
    'spatialDropout1d',
    { rate: -1 },
    'spatialDropout1d: rate must be a number of at least 0 and below 1, not -1.',
  ],
])('%s %o is refused', (kind, options, message) => {
  expect(() => parseLayer({ kind, ...options }, 'layer')).toThrow(message)
})

test.each([
  [rescaling({ scale: 2 }), [3]],
  [gaussianNoise({ stddev: 1 }), [3]],
  [spatialDropout1d({ rate: 0 }), [4, 3]],
  [spatialDropout2d({ rate: 0.5 }), [4, 4, 3]],
] as const)('%o keeps shapes and has no parameters', (layer, shape) => {
  const model = build(layer, shape)
  expect(model.outputShape).toEqual(shape)
  expect(model.parameterCount).toBe(0)
})

test('spatial dropout asks for channels', () => {
  expect(() => build(spatialDropout2d({ rate: 0.5 }), [4, 3])).toThrow(
    'expected images [height, width, channels]',
  )
  expect(() => build(spatialDropout1d({ rate: 0.5 }), [3])).toThrow('expected a sequence [steps, channels]')
})
