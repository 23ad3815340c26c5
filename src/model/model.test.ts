import { describe, expect, test } from 'vitest'
import { UsageError } from '../base/errors.ts'
import {
  add,
  concatenate,
  conv2d,
  dense,
  dropout,
  flatten,
  type LayerSpec,
  maxPooling2d,
} from '../nn/layers/index.ts'
import { graph, type ModelSpec, sequential } from './graph.ts'
import { buildModel } from './model.ts'

const conv = (filters: number, padding: 'valid' | 'same' = 'valid'): LayerSpec =>
  conv2d({ filters, kernelSize: 3, padding, activation: 'relu' })

const hidden = (units: number): LayerSpec => dense({ units, activation: 'relu' })
const head = (units: number): LayerSpec => dense({ units, activation: 'softmax' })

/** The networks of the reports, by the number of the report. */
const reported = {
  '002 basic': sequential([conv(32), maxPooling2d(), flatten(), head(10)]),
  '002 standard': sequential([
    conv(32),
    maxPooling2d(),
    conv(64),
    maxPooling2d(),
    flatten(),
    hidden(64),
    head(10),
  ]),
  '003/1': sequential([flatten(), hidden(128), head(10)]),
  '003/4': sequential([
    conv(32, 'same'),
    dropout({ rate: 0.2 }),
    maxPooling2d(),
    conv(64, 'same'),
    dropout({ rate: 0.2 }),
    maxPooling2d(),
    flatten(),
    hidden(128),
    head(3),
  ]),
  '004': sequential([
    conv(32),
    maxPooling2d(),
    conv(64),
    maxPooling2d(),
    conv(64),
    flatten(),
    hidden(64),
    hidden(64),
    head(10),
  ]),
} satisfies Record<string, ModelSpec>

const build = (name: keyof typeof reported) => buildModel(reported[name], [28, 28, 1])

describe('the networks of the reports', () => {
  test.each([
    ['002 basic', 54_410],
    ['002 standard', 121_930],
    ['003/1', 101_770],
    ['003/4', 420_739],
    ['004', 97_482],
  ] as const)('%s has %i parameters', (name, count) => {
    expect(build(name).parameterCount).toBe(count)
  })

  test.each([
    // 26² · 32 · 9, then 13² · 32 · 10
    ['002 basic', 194_688 + 54_080],
    // 26² · 32 · 9, 11² · 64 · 9 · 32, 1600 · 64, 64 · 10
    ['002 standard', 194_688 + 2_230_272 + 102_400 + 640],
    ['003/1', 784 * 128 + 128 * 10],
    // 28² · 32 · 9, 14² · 64 · 9 · 32, 3136 · 128, 128 · 3
    ['003/4', 225_792 + 3_612_672 + 401_408 + 384],
    // as 002 standard up to the second pooling, 3² · 64 · 9 · 64, 576 · 64, 64 · 64, 64 · 10
    ['004', 194_688 + 2_230_272 + 331_776 + 36_864 + 4_096 + 640],
  ] as const)('%s makes %i multiply-adds for an image', (name, count) => {
    expect(build(name).multiplyAdds).toBe(count)
  })

  test('shapes of 004', () => {
    expect(build('004').layers.map(({ name, outputShape }) => [name, ...outputShape])).toEqual([
      ['conv2d', 26, 26, 32],
      ['max_pooling2d', 13, 13, 32],
      ['conv2d_1', 11, 11, 64],
      ['max_pooling2d_1', 5, 5, 64],
      ['conv2d_2', 3, 3, 64],
      ['flatten', 576],
      ['dense', 64],
      ['dense_1', 64],
      ['dense_2', 10],
    ])
    expect(build('004').outputShape).toEqual([10])
  })

  test('receptive fields: 3, 4, 8, 10 and 18, then the whole image', () => {
    const fields = build('004').layers.map(({ receptiveField }) => receptiveField)
    expect(fields).toEqual([3, 4, 8, 10, 18, 18, 28, 28, 28].map(side => [side, side]))
  })
})

describe('receptive fields', () => {
  const fieldsOf = (model: ModelSpec, inputShape = [28, 20, 1]) =>
    buildModel(model, inputShape).layers.map(({ receptiveField }) => receptiveField)

  test('each axis has its own; strides and dilation widen what follows', () => {
    const model = sequential([
      conv2d({ filters: 1, kernelSize: [3, 1], strides: [2, 1] }),
      conv2d({ filters: 1, kernelSize: 3, dilationRate: [1, 2] }),
    ])
    expect(fieldsOf(model)).toEqual([
      [3, 1],
      [7, 5],
    ])
  })

  test('never exceed the image', () => {
    expect(
      fieldsOf(sequential([conv(1, 'same'), conv2d({ filters: 1, kernelSize: 25, padding: 'same' })])),
    ).toEqual([
      [3, 3],
      [27, 20],
    ])
  })

  test('where branches meet, the widest counts', () => {
    const model = graph({
      narrow: [conv2d({ filters: 2, kernelSize: 1 }), 'input'],
      wide: [conv2d({ filters: 2, kernelSize: [1, 5], padding: 'same' }), 'input'],
      both: [concatenate(), 'narrow', 'wide'],
    })
    expect(fieldsOf(model).at(-1)).toEqual([1, 5])
  })
})

describe('errors name the layer and the shapes', () => {
  test.each<[string, ModelSpec, string]>([
    [
      'dense before flatten',
      sequential([conv(4), head(10)]),
      'Layer "dense" (Dense) cannot take the input (None, 26, 26, 4): expected one row of features, received ' +
        '(None, 26, 26, 4). Place flatten() before it, so that an image becomes a row.',
    ],
    [
      'a kernel larger than its input',
      sequential([maxPooling2d({ poolSize: 14 }), conv(4)]),
      'Layer "conv2d" (Conv2D) cannot take the input (None, 2, 2, 1): a window of 3 × 3 does not fit into an image of ' +
        "2 × 2. Use a smaller window, padding: 'same', or fewer poolings and strides before it.",
    ],
    [
      'a convolution after flatten',
      sequential([flatten(), conv(4)]),
      'Layer "conv2d" (Conv2D) cannot take the input (None, 784): expected images [height, width, channels]',
    ],
    [
      'groups that do not divide',
      sequential([conv2d({ filters: 6, kernelSize: 1 }), conv2d({ filters: 8, kernelSize: 1, groups: 4 })]),
      'Layer "conv2d_1" (Conv2D) cannot take the input (None, 28, 28, 6): groups: 4 must divide both the 6 input ' +
        'channels and the 8 filters.',
    ],
    [
      'a sum of unequal shapes',
      graph({ stem: [conv(8), 'input'], sum: [add(), 'stem', 'input'] }),
      'Layer "sum" (Add) cannot take the input (None, 26, 26, 8), (None, 28, 28, 1): its inputs must have one shape',
    ],
  ])('%s', (_, model, message) => {
    expect(() => buildModel(model, [28, 28, 1])).toThrow(UsageError)
    expect(() => buildModel(model, [28, 28, 1])).toThrow(message)
  })

  test('an input shape that nobody gives', () => {
    expect(() => buildModel(sequential([flatten()]))).toThrow(
      new UsageError('The input shape is unknown: give the model { inputShape: [height, width, channels] }.'),
    )
  })

  test('data of another shape than the model states', () => {
    const model = sequential([flatten()], { inputShape: [32, 32, 3] })
    expect(buildModel(model).outputShape).toEqual([3072])
    expect(buildModel(model, [32, 32, 3]).outputShape).toEqual([3072])
    expect(() => buildModel(model, [28, 28, 1])).toThrow(
      new UsageError('The model expects input (None, 32, 32, 3), but the data has (None, 28, 28, 1).'),
    )
  })
})

test('a layer too large for the engine is refused before memory runs out', () => {
  expect(() => buildModel(sequential([dense({ units: 2 ** 40 })]), [10])).toThrow(
    'Layer "dense" (Dense) would have 12094627905536 parameters; the engine takes at most 268435456 in a layer.',
  )
})
