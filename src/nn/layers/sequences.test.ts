import { describe, expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import { sequential } from '../../model/graph.ts'
import { buildModel, type Model } from '../../model/model.ts'
import {
  averagePooling1d,
  conv1d,
  dense,
  dropout,
  flatten,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  type LayerSpec,
  maxPooling1d,
  reshape,
} from './index.ts'

const build = (layers: readonly LayerSpec[], inputShape: readonly number[]): Model =>
  buildModel(sequential(layers), inputShape)
const shapes = (model: Model): readonly (readonly number[])[] => model.layers.map(layer => layer.outputShape)

describe('the networks of report 000 without their batch normalisation', () => {
  const rows = reshape({ targetShape: [28, 28] })

  // Shapes and parameters of fashion-mnist.md, section 6.1; each batch normalisation there has 4 per channel.
  test('model 1', () => {
    const model = build(
      [
        rows,
        conv1d({ filters: 256, kernelSize: 2 }),
        maxPooling1d(),
        dropout({ rate: 0.2 }),
        conv1d({ filters: 128, kernelSize: 2 }),
        maxPooling1d(),
        dropout({ rate: 0.2 }),
        flatten(),
        dense({ units: 10, activation: 'softmax' }),
      ],
      [28, 28, 1],
    )
    expect(shapes(model).map(shape => shape[0])).toEqual([28, 27, 13, 13, 12, 6, 6, 768, 10])
    expect(model.parameterCount).toBe(89_482 - 4 * (256 + 128))
    expect(model.layers.map(layer => layer.name).slice(0, 3)).toEqual(['reshape', 'conv1d', 'max_pooling1d'])
  })

  test('model 5: a window of 7 rows sees their whole width', () => {
    const model = build(
      [
        rows,
        conv1d({ filters: 256, kernelSize: 7 }),
        maxPooling1d({ poolSize: 3 }),
        conv1d({ filters: 128, kernelSize: 5 }),
        maxPooling1d({ poolSize: 3 }),
        flatten(),
        dense({ units: 10 }),
      ],
      [28, 28, 1],
    )
    expect(shapes(model).map(shape => shape[0])).toEqual([28, 22, 7, 3, 1, 128, 10])
    expect(model.parameterCount).toBe(217_226 - 4 * (256 + 128))
    expect(model.layers.map(layer => layer.receptiveField)).toEqual([
      [1, 1],
      [7, 28],
      [9, 28],
      [21, 28],
      [27, 28],
      [27, 28],
      [28, 28],
    ])
    expect(model.layers[1]!.multiplyAdds).toBe(22 * 256 * 7 * 28)
  })
})

test.each([
  [{ kernelSize: 3, padding: 'same' }, [10, 4]],
  [{ kernelSize: 3, padding: 'same', strides: 3 }, [4, 4]],
  [{ kernelSize: 3, dilationRate: 4 }, [2, 4]],
  [{ kernelSize: 10 }, [1, 4]],
] as const)('conv1d %o of ten steps gives %o', (options, shape) => {
  expect(build([conv1d({ filters: 4, ...options })], [10, 6]).outputShape).toEqual(shape)
})

test("conv1d's kernel and its Glorot limits", () => {
  const { parameters } = build([conv1d({ filters: 256, kernelSize: 2 })], [28, 28]).layers[0]!
  expect(parameters.map(({ name, shape }) => [name, shape])).toEqual([
    ['kernel', [256, 2, 28]],
    ['bias', [256]],
  ])
  const { fanIn, fanOut } = parameters[0]!.fans
  // fashion-mnist.md, section 4: k2 28->256.
  expect(Math.sqrt(6 / (fanIn + fanOut))).toBeCloseTo(0.10278, 5)
})

test.each([
  [maxPooling1d({ poolSize: 3 }), [3, 4]],
  [maxPooling1d({ poolSize: 3, padding: 'same' }), [4, 4]],
  [averagePooling1d({ poolSize: 4, strides: 1 }), [7, 4]],
  [globalAveragePooling1d(), [4]],
  [globalMaxPooling1d({ keepdims: true }), [1, 4]],
] as const)('%o of ten steps gives %o', (layer, shape) => {
  expect(build([layer], [10, 4]).outputShape).toEqual(shape)
})

test.each([
  [globalAveragePooling2d(), [4]],
  [globalMaxPooling2d({ keepdims: true }), [1, 1, 4]],
] as const)('%o of an image gives %o', (layer, shape) => {
  const model = build([layer], [5, 6, 4])
  expect(model.outputShape).toEqual(shape)
  expect(model.layers[0]!.receptiveField).toEqual([5, 6])
})

describe('reshape', () => {
  test('fills in the axis that is left', () => {
    expect(build([reshape({ targetShape: [-1, 7] })], [28, 28, 1]).outputShape).toEqual([112, 7])
  })

  test.each([
    [[28, 27], 'its 784 values do not make (None, 28, 27). Choose axes whose product is 784.'],
    [[5, -1], 'its 784 values do not make (None, 5, -1).'],
  ])('refuses %o for 28 × 28 × 1', (targetShape, message) => {
    expect(() => build([reshape({ targetShape })], [28, 28, 1])).toThrow(message)
  })

  test.each([[[]], [[-1, -1]], [[0, 784]], [[2, 2, 2, 98]], ['784']])('refuses %o', targetShape => {
    expect(() => reshape({ targetShape: targetShape as number[] })).toThrow(UsageError)
  })
})

test.each([
  [
    conv1d({ filters: 1, kernelSize: 2 }),
    [28, 28, 1],
    'expected a sequence [steps, channels], received (None, 28, 28, 1)',
  ],
  [
    maxPooling1d(),
    [784],
    'An image becomes one, row by row, with reshape({ targetShape: [height, width * channels] }).',
  ],
  [
    conv1d({ filters: 1, kernelSize: 11 }),
    [10, 4],
    'a window of 1 × 11 does not fit into an image of 1 × 10',
  ],
  [globalAveragePooling2d(), [28, 28], 'expected images [height, width, channels]'],
] as const)('%o refuses %o', (layer, inputShape, message) => {
  expect(() => build([layer], inputShape)).toThrow(message)
})
