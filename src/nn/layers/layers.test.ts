import { describe, expect, test } from 'vitest'
import { UsageError } from '../../base/errors.ts'
import type { Shape } from '../../base/shape.ts'
import { activationNames } from './activations.ts'
import {
  activation,
  add,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv2d,
  definitionOf,
  dense,
  dropout,
  flatten,
  type LayerSpec,
  maxPooling2d,
  parseLayer,
  separableConv2d,
} from './index.ts'

const outputOf = (layer: LayerSpec, ...inputs: Shape[]): Shape =>
  definitionOf(layer).outputShape(layer, inputs)

const parametersOf = (layer: LayerSpec, ...inputs: Shape[]) =>
  definitionOf(layer).parameters?.(layer, inputs) ?? []

describe('conv2d', () => {
  test('has the defaults of Keras', () => {
    expect(conv2d({ filters: 32, kernelSize: 3 })).toEqual({
      kind: 'conv2d',
      filters: 32,
      kernelSize: [3, 3],
      strides: [1, 1],
      padding: 'valid',
      dilationRate: [1, 1],
      groups: 1,
      activation: 'linear',
      useBias: true,
      kernelInitializer: 'glorotUniform',
      biasInitializer: 'zeros',
      kernelRegularizer: null,
      biasRegularizer: null,
      trainable: true,
    })
  })

  // valid: (L − k + s) div s; same: (L + s − 1) div s, with k the extent after dilation.
  test.each([
    ['3 × 3, valid', { kernelSize: 3 }, [26, 26]],
    ['3 × 3, same', { kernelSize: 3, padding: 'same' }, [28, 28]],
    ['even kernel, same', { kernelSize: 4, padding: 'same' }, [28, 28]],
    ['stride 2, valid', { kernelSize: 3, strides: 2 }, [13, 13]],
    ['stride 2, same', { kernelSize: 3, strides: 2, padding: 'same' }, [14, 14]],
    ['stride 3, valid', { kernelSize: 3, strides: 3 }, [9, 9]],
    ['stride 3, same', { kernelSize: 3, strides: 3, padding: 'same' }, [10, 10]],
    ['stride beyond the image, same', { kernelSize: 1, strides: 40, padding: 'same' }, [1, 1]],
    ['as large as the image', { kernelSize: 28 }, [1, 1]],
    ['larger than the image, same', { kernelSize: 31, padding: 'same' }, [28, 28]],
    ['axes of their own', { kernelSize: [5, 1], strides: [1, 2] }, [24, 14]],
    ['dilation 2', { kernelSize: 3, dilationRate: 2 }, [24, 24]],
    ['dilation 2 and stride 2', { kernelSize: 3, dilationRate: 2, strides: 2 }, [12, 12]],
    ['dilation 9, same', { kernelSize: 3, dilationRate: 9, padding: 'same' }, [28, 28]],
  ] as const)('%s', (_, options, [height, width]) => {
    expect(outputOf(conv2d({ filters: 7, ...options }), [28, 28, 1])).toEqual([height, width, 7])
  })

  test('kernel [filters, height, width, channels / groups], bias [filters]', () => {
    const layer = conv2d({ filters: 6, kernelSize: [3, 5], groups: 2, biasInitializer: 'ones' })
    // A filter sums 3 · 5 · 2 values of its group; a value reaches 3 · 5 positions of 6 filters, as Keras counts.
    const fans = { fanIn: 30, fanOut: 90 }
    expect(parametersOf(layer, [8, 8, 4])).toEqual([
      {
        name: 'kernel',
        role: 'kernel',
        shape: [6, 3, 5, 2],
        initializer: 'glorotUniform',
        fans,
        regularizer: null,
      },
      { name: 'bias', role: 'bias', shape: [6], initializer: 'ones', fans, regularizer: null },
    ])
    expect(parametersOf(conv2d({ filters: 6, kernelSize: 3, useBias: false }), [8, 8, 4])).toMatchObject([
      { name: 'kernel' },
    ])
  })

  test('multiply-adds count every output, window and channel; groups divide them', () => {
    const count = (layer: LayerSpec) => definitionOf(layer).multiplyAdds?.(layer, [[28, 28, 4]])
    expect(count(conv2d({ filters: 8, kernelSize: 3 }))).toBe(26 * 26 * 8 * 9 * 4)
    expect(count(conv2d({ filters: 8, kernelSize: 3, groups: 4 }))).toBe(26 * 26 * 8 * 9)
    expect(count(conv2d({ filters: 8, kernelSize: 3, strides: 2, dilationRate: 2 }))).toBe(
      12 * 12 * 8 * 9 * 4,
    )
  })

  test('its window is the extent with the gaps of dilation', () => {
    const layer = conv2d({ filters: 1, kernelSize: [3, 2], dilationRate: [4, 1], strides: [1, 2] })
    expect(definitionOf(layer).window?.(layer)).toEqual({ size: [9, 2], strides: [1, 2] })
  })

  test.each([
    [
      { kernelSize: 5 },
      [4, 9, 1],
      "a window of 5 × 5 does not fit into an image of 4 × 9. Use a smaller window, padding: 'same', or fewer " +
        'poolings and strides before it.',
    ],
    [{ kernelSize: 3, dilationRate: 3 }, [6, 6, 1], 'a window of 7 × 7 does not fit into an image of 6 × 6.'],
    [
      { kernelSize: 3, groups: 2 },
      [8, 8, 3],
      'groups: 2 must divide both the 3 input channels and the 4 filters.',
    ],
    [
      { kernelSize: 3, groups: 3 },
      [8, 8, 3],
      'groups: 3 must divide both the 3 input channels and the 4 filters.',
    ],
    [
      { kernelSize: 3 },
      [64],
      'expected images [height, width, channels], received (None, 64). Place it before flatten() and dense().',
    ],
  ] as const)('with %j cannot take %j', (options, input, message) => {
    expect(() => outputOf(conv2d({ filters: 4, ...options }), input)).toThrow(message)
  })
})

// Keras’ limits, √(6 / (fanIn + fanOut)), of the networks in the reports.
test.each([
  ['Conv2D 3 × 3, 1 to 32', conv2d({ filters: 32, kernelSize: 3 }), [28, 28, 1], 0.14213],
  ['Conv2D 3 × 3, 32 to 64', conv2d({ filters: 64, kernelSize: 3 }), [13, 13, 32], 0.08333],
  ['Conv2D 3 × 3, 64 to 64', conv2d({ filters: 64, kernelSize: 3 }), [5, 5, 64], 0.07217],
  ['Conv1D 2, 28 to 256', conv2d({ filters: 256, kernelSize: [1, 2] }), [1, 28, 28], 0.10278],
  ['Dense 784 to 128', dense({ units: 128 }), [784], 0.08111],
  ['Dense 128 to 10', dense({ units: 10 }), [128], 0.20851],
  ['Dense 5408 to 10', dense({ units: 10 }), [5408], 0.03328],
  ['Dense 1600 to 64', dense({ units: 64 }), [1600], 0.06005],
  ['Dense 10 to 10', dense({ units: 10 }), [10], 0.54772],
] as const)('the Glorot limit of %s', (_, layer, input, limit) => {
  const [kernel] = parametersOf(layer, input)
  expect(Math.sqrt(6 / (kernel!.fans.fanIn + kernel!.fans.fanOut))).toBeCloseTo(limit, 5)
})

describe.each([
  ['maxPooling2d', maxPooling2d],
  ['averagePooling2d', averagePooling2d],
])('%s', (kind, pooling) => {
  test('has the defaults of Keras', () => {
    expect(pooling()).toEqual({ kind, poolSize: [2, 2], strides: null, padding: 'valid' })
  })

  test.each([
    ['the stride is the pool size', { poolSize: 3 }, [9, 9]],
    ['what remains is dropped', { poolSize: [5, 9] }, [5, 3]],
    ['what remains is kept', { poolSize: [5, 9], padding: 'same' }, [6, 4]],
    ['a stride of its own', { poolSize: 3, strides: 2 }, [13, 13]],
    ['a stride of one for axes of their own', { poolSize: 2, strides: [1, 3] }, [27, 9]],
  ] as const)('%s', (_, options, [height, width]) => {
    expect(outputOf(pooling(options), [28, 28, 5])).toEqual([height, width, 5])
  })

  test('has no parameters, and a window with the same default stride', () => {
    expect(parametersOf(pooling(), [8, 8, 1])).toEqual([])
    const layer = pooling({ poolSize: [2, 3] })
    expect(definitionOf(layer).window?.(layer)).toEqual({ size: [2, 3], strides: [2, 3] })
  })

  test('a window larger than the image and a row are refused', () => {
    expect(() => outputOf(pooling(), [1, 1, 8])).toThrow(
      'a window of 2 × 2 does not fit into an image of 1 × 1.',
    )
    expect(() => outputOf(pooling(), [8])).toThrow('expected images [height, width, channels]')
  })
})

describe('dense', () => {
  test('has the defaults of Keras', () => {
    expect(dense({ units: 10 })).toEqual({
      kind: 'dense',
      units: 10,
      activation: 'linear',
      useBias: true,
      kernelInitializer: 'glorotUniform',
      biasInitializer: 'zeros',
      kernelRegularizer: null,
      biasRegularizer: null,
      trainable: true,
    })
  })

  test('turns features into units: kernel [units, features], bias [units]', () => {
    const layer = dense({ units: 3, kernelInitializer: 'heNormal' })
    const fans = { fanIn: 20, fanOut: 3 }
    expect(outputOf(layer, [20])).toEqual([3])
    expect(parametersOf(layer, [20])).toEqual([
      { name: 'kernel', role: 'kernel', shape: [3, 20], initializer: 'heNormal', fans, regularizer: null },
      { name: 'bias', role: 'bias', shape: [3], initializer: 'zeros', fans, regularizer: null },
    ])
    expect(parametersOf(dense({ units: 3, useBias: false }), [20])).toHaveLength(1)
    expect(definitionOf(layer).multiplyAdds?.(layer, [[20]])).toBe(60)
  })

  test('before flatten it says what to do', () => {
    expect(() => outputOf(dense({ units: 3 }), [26, 26, 32])).toThrow(
      'expected one row of features, received (None, 26, 26, 32). Place flatten() before it, so that an image becomes a row.',
    )
  })
})

test('flatten makes one row of any shape', () => {
  expect(outputOf(flatten(), [5, 5, 64])).toEqual([1600])
  expect(outputOf(flatten(), [7])).toEqual([7])
})

describe('add', () => {
  test('keeps the one shape of its inputs', () => {
    expect(outputOf(add(), [4, 4, 8], [4, 4, 8], [4, 4, 8])).toEqual([4, 4, 8])
  })

  test.each([
    [[4, 4, 8], [4, 4, 7], '(None, 4, 4, 8), (None, 4, 4, 7)'],
    [[4, 4, 8], [4, 3, 8], '(None, 4, 4, 8), (None, 4, 3, 8)'],
    [[4, 4, 8], [128], '(None, 4, 4, 8), (None, 128)'],
  ])('of %j and %j is refused', (a, b, shapes) => {
    expect(() => outputOf(add(), a, b)).toThrow(
      `its inputs must have one shape, where an axis of 1 repeats; received ${shapes}. ` +
        "Use padding: 'same' and equal filters on both branches, or keepdims: true in a global pooling.",
    )
  })
})

describe('concatenate', () => {
  test('adds up the last axis', () => {
    expect(outputOf(concatenate(), [4, 4, 8], [4, 4, 3], [4, 4, 1])).toEqual([4, 4, 12])
    expect(outputOf(concatenate(), [8], [3])).toEqual([11])
  })

  test.each([
    [
      [4, 4, 8],
      [4, 3, 8],
    ],
    [[4, 4, 8], [8]],
  ])('of %j and %j is refused', (a, b) => {
    expect(() => outputOf(concatenate(), a, b)).toThrow(
      'its inputs must agree in all but the last axis, received (None, 4, 4, 8), ',
    )
  })
})

describe('activation', () => {
  test.each(activationNames)('%s keeps shapes and is an option of every layer that computes', name => {
    expect(outputOf(activation({ activation: name }), [3, 4, 5])).toEqual([3, 4, 5])
    expect(conv2d({ filters: 1, kernelSize: 1, activation: name }).activation).toBe(name)
    expect(dense({ units: 1, activation: name }).activation).toBe(name)
  })

  test('two of them have a parameter, with the defaults of Keras’ functions', () => {
    const elu = parseLayer({ kind: 'activation', activation: { kind: 'elu' } }, 'x')
    expect(elu).toEqual({ kind: 'activation', activation: { kind: 'elu', alpha: 1 } })
    const leaky = dense({ units: 1, activation: { kind: 'leakyRelu', negativeSlope: 0.01 } })
    expect(leaky.activation).toEqual({ kind: 'leakyRelu', negativeSlope: 0.01 })
    expect(Object.isFrozen(leaky.activation)).toBe(true)
    expect(parseLayer({ ...leaky, activation: { kind: 'leakyRelu' } }, 'x')).toMatchObject({
      activation: { negativeSlope: 0.2 },
    })
  })
})

describe('options that are refused', () => {
  const bad = (kind: string, options: object) => () => parseLayer({ kind, ...options }, 'layer 1')
  const conv = { filters: 8, kernelSize: 3 }

  test.each([
    ['conv2d', { kernelSize: 3 }, 'conv2d: the option "filters" is required.'],
    ['conv2d', { filters: 8 }, 'conv2d: the option "kernelSize" is required.'],
    ['conv2d', { ...conv, filters: 0 }, 'conv2d: filters must be a whole number of at least 1, not 0.'],
    [
      'conv2d',
      { ...conv, kernelSize: [3, 3, 3] },
      'conv2d: kernelSize must be a whole number of at least 1, or [height, width], not [3,3,3].',
    ],
    [
      'conv2d',
      { ...conv, strides: 0 },
      'conv2d: strides must be a whole number of at least 1, or [height, width], not 0.',
    ],
    [
      'conv2d',
      { ...conv, dilationRate: 1.5 },
      'conv2d: dilationRate must be a whole number of at least 1, or [height, width], not 1.5.',
    ],
    ['conv2d', { ...conv, padding: 'full' }, `conv2d: padding must be one of 'valid', 'same', not "full".`],
    ['conv2d', { ...conv, groups: -1 }, 'conv2d: groups must be a whole number of at least 1, not -1.'],
    ['conv2d', { ...conv, useBias: 1 }, 'conv2d: useBias must be true or false, not 1.'],
    [
      'conv2d',
      { ...conv, activation: 'leakyrelu' },
      "conv2d: activation must be one of 'linear', 'relu', 'sigmoid', 'tanh', 'softmax', 'elu', 'gelu', 'silu', " +
        "'leakyRelu', 'relu6', 'hardSigmoid', 'hardSilu', 'softplus', 'softsign', 'mish', " +
        `not "leakyrelu". Did you mean "leakyRelu"?`,
    ],
    [
      'conv2d',
      { ...conv, kernelInitializer: 'glorot_uniform' },
      "conv2d: kernelInitializer must be one of 'glorotUniform', 'glorotNormal', 'heUniform', 'heNormal', 'zeros', " +
        `'ones', not "glorot_uniform". Did you mean "glorotUniform"?`,
    ],
    ['conv2d', { ...conv, biasInitializer: null }, 'conv2d: biasInitializer must be one of'],
    [
      'conv2d',
      { ...conv, kernel_size: 3 },
      'conv2d: unknown option "kernel_size". Did you mean "kernelSize"?',
    ],
    [
      'maxPooling2d',
      { poolSize: 0 },
      'maxPooling2d: poolSize must be a whole number of at least 1, or [height, width]',
    ],
    [
      'maxPooling2d',
      { strides: [2] },
      'maxPooling2d: strides must be a whole number of at least 1, or [height, width]',
    ],
    [
      'averagePooling2d',
      { padding: null },
      "averagePooling2d: padding must be one of 'valid', 'same', not null.",
    ],
    ['dense', {}, 'dense: the option "units" is required.'],
    ['dense', { units: 2.5 }, 'dense: units must be a whole number of at least 1, not 2.5.'],
    ['dropout', {}, 'dropout: the option "rate" is required.'],
    ['dropout', { rate: 1 }, 'dropout: rate must be a number of at least 0 and below 1, not 1.'],
    ['dropout', { rate: -0.1 }, 'dropout: rate must be a number of at least 0 and below 1, not -0.1.'],
    ['activation', {}, 'activation: the option "activation" is required.'],
    ['activation', { activation: { kind: 'relu' } }, 'activation: activation must be one of'],
    [
      'activation',
      { activation: { kind: 'elu', alpha: -1 } },
      'elu: alpha must be a number of at least 0, not -1.',
    ],
    [
      'activation',
      { activation: { kind: 'leakyRelu', alpha: 0.1 } },
      'leakyRelu: unknown option "alpha". Heddle follows Keras 3: the slope of leakyRelu is negativeSlope, and rmsprop calls it rho.',
    ],
    ['flatten', { units: 3 }, 'flatten: unknown option "units". It takes no options.'],
    ['add', { axis: -1 }, 'add: unknown option "axis". It takes no options.'],
    ['concatenate', { axis: -1 }, 'concatenate: unknown option "axis". It takes no options.'],
  ])('%s %j', (kind, options, message) => {
    expect(bad(kind, options)).toThrow(UsageError)
    expect(bad(kind, options)).toThrow(message)
  })

  test('dropout takes every rate from 0 to below 1', () => {
    expect(dropout({ rate: 0 }).rate).toBe(0)
    expect(dropout({ rate: 0.999 }).rate).toBe(0.999)
  })
})

describe('parseLayer', () => {
  test.each([
    [
      { kind: 'conv2D' },
      'layer 2: {"kind":"conv2D"} is not a layer. Did you mean "conv2d"? Layers are conv1d, conv2d, ',
    ],
    [
      { kind: 'lstm' },
      'layer 2: {"kind":"lstm"} is not a layer. Heddle has no recurrent layers: it classifies images. Layers are conv1d, conv2d, maxPooling1d, ',
    ],
    [{ kind: 'toString' }, 'layer 2: {"kind":"toString"} is not a layer. Layers are'],
    [{ kind: ['dense'] }, 'layer 2: {"kind":["dense"]} is not a layer. Layers are'],
    ['dense', 'layer 2: "dense" is not a layer. Layers are'],
    [null, 'layer 2: null is not a layer. Layers are'],
    [undefined, 'layer 2: undefined is not a layer. Layers are'],
  ])('refuses %j', (value, message) => {
    expect(() => parseLayer(value, 'layer 2')).toThrow(message)
    expect(() => parseLayer(value, 'layer 2')).toThrow(UsageError)
  })

  test('one kind’s options are not another’s', () => {
    expect(() => dense(conv2d({ filters: 1, kernelSize: 1 }) as never)).toThrow(
      'dense: the options are those of another kind, "conv2d".',
    )
  })
})

test('a parameter declares what the layer does with it, whatever its name', () => {
  const rolesOf = (layer: LayerSpec, shape: Shape): [string, string][] =>
    definitionOf(layer).parameters!(layer, [shape]).map(({ name, role }) => [name, role])
  expect(rolesOf(separableConv2d({ filters: 4, kernelSize: 3 }), [8, 8, 2])).toEqual([
    ['depthwiseKernel', 'kernel'],
    ['pointwiseKernel', 'kernel'],
    ['bias', 'bias'],
  ])
  expect(rolesOf(batchNormalization(), [8, 8, 2])).toEqual([
    ['gamma', 'scale'],
    ['beta', 'offset'],
    ['movingMean', 'mean'],
    ['movingVariance', 'variance'],
  ])
  for (const layer of [dense({ units: 3 }), conv2d({ filters: 2, kernelSize: 1 })])
    expect(rolesOf(layer, layer.kind === 'dense' ? [5] : [4, 4, 1])).toEqual([
      ['kernel', 'kernel'],
      ['bias', 'bias'],
    ])
})
