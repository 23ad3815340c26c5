import { graph, sequential } from '../model/graph.ts'
import { activationNames } from '../nn/layers/activations.ts'
import {
  activation,
  add,
  averagePooling1d,
  averagePooling2d,
  batchNormalization,
  concatenate,
  conv1d,
  conv2d,
  dense,
  depthwiseConv1d,
  depthwiseConv2d,
  dropout,
  flatten,
  gaussianNoise,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  type LayerSpec,
  layerNormalization,
  maxPooling1d,
  maxPooling2d,
  normalization,
  pReLU,
  reLU,
  rescaling,
  reshape,
  separableConv1d,
  separableConv2d,
  spatialDropout1d,
  spatialDropout2d,
  zeroPadding1d,
  zeroPadding2d,
} from '../nn/layers/index.ts'
import { casesOf, type Dice, type Draw, type LayerCase, type Maker } from './dice.ts'
import { frozenMakers } from './frozen-cases.ts'
import { mergeMakers } from './merge-cases.ts'

const fusable = [
  'linear',
  'relu',
  'sigmoid',
  'tanh',
  'elu',
  'leakyRelu',
  'relu6',
  'hardSigmoid',
  'softplus',
  'softsign',
] as const

function randomConvolution(dice: Dice, groups: number): LayerSpec {
  return conv2d({
    filters: groups * dice.roll(1, 12),
    kernelSize: [dice.roll(1, 4), dice.roll(1, 4)],
    strides: [dice.roll(1, 3), dice.roll(1, 3)],
    dilationRate: [dice.roll(1, 2), dice.roll(1, 2)],
    padding: dice.pick(['valid', 'same']),
    useBias: dice.pick([true, true, false]),
    activation: dice.pick(activationNames),
    groups,
  })
}

const image = (dice: Dice, groups = 1): number[] => [
  dice.roll(7, 15),
  dice.roll(7, 15),
  groups * dice.roll(1, 9),
]

const makers: Readonly<Record<string, Maker>> = {
  conv2d: dice => ({ spec: sequential([randomConvolution(dice, 1)]), inputShape: image(dice) }),
  'conv2d in groups': dice => {
    const groups = dice.roll(2, 4)
    return { spec: sequential([randomConvolution(dice, groups)]), inputShape: image(dice, groups) }
  },
  'conv2d, many filters': dice => ({
    spec: sequential([conv2d({ filters: dice.roll(15, 70), kernelSize: 3, activation: dice.pick(fusable) })]),
    inputShape: [dice.roll(3, 7), dice.roll(3, 7), dice.roll(1, 40)],
  }),
  'conv2d of one pixel': dice => ({
    spec: sequential([conv2d({ filters: dice.roll(1, 5), kernelSize: 1 })]),
    inputShape: [1, 1, dice.roll(1, 5)],
  }),
  'conv2d and pooling': dice => ({
    spec: sequential([
      conv2d({
        filters: dice.roll(1, 40),
        kernelSize: [dice.roll(1, 3), dice.roll(1, 3)],
        strides: dice.pick([1, 1, 2]),
        dilationRate: dice.pick([1, 1, 2]),
        padding: dice.pick(['valid', 'same']),
        activation: dice.pick(fusable),
      }),
      maxPooling2d({ poolSize: [dice.roll(1, 3), dice.roll(1, 3)], strides: dice.pick([null, 2, 3]) }),
    ]),
    inputShape: [dice.roll(9, 15), dice.roll(9, 15), dice.roll(1, 40)],
  }),
  'conv2d, dropout and pooling': dice => {
    const drop = dropout({ rate: dice.pick([0.1, 0.25, 0.6]) })
    const act = activation({ activation: dice.pick(['relu', 'relu', 'tanh']) })
    return {
      spec: sequential([
        conv2d({ filters: dice.roll(1, 40), kernelSize: 3, padding: dice.pick(['valid', 'same']) }),
        ...dice.pick([
          [act, drop],
          [drop, act],
        ]),
        maxPooling2d({ poolSize: [dice.roll(1, 3), 2], strides: dice.pick([null, 3]) }),
      ]),
      inputShape: [dice.roll(6, 9), dice.roll(6, 9), dice.pick([1, 3, 20])],
    }
  },
  'convolutions of small images': dice => ({
    spec: sequential([
      conv2d({
        filters: dice.pick([1, 5, 20]),
        kernelSize: [2, dice.roll(1, 3)],
        strides: dice.roll(1, 2),
        activation: 'relu',
      }),
      conv2d({ filters: dice.roll(1, 9), kernelSize: 1, activation: 'tanh' }),
    ]),
    inputShape: [dice.roll(2, 4), dice.roll(3, 4), dice.pick([8, 16, 19])],
  }),
  pooling: dice => ({
    spec: sequential([
      dice.pick([maxPooling2d, averagePooling2d])({
        poolSize: [dice.roll(1, 4), dice.roll(1, 4)],
        strides: dice.pick([null, 1, 2, 3]),
        padding: dice.pick(['valid', 'same']),
      }),
    ]),
    inputShape: image(dice),
  }),
  'conv1d and pooling': dice => ({
    spec: sequential([
      reshape({ targetShape: [dice.pick([12, 20]), -1] }),
      conv1d({
        filters: dice.roll(1, 40),
        kernelSize: dice.roll(1, 5),
        strides: dice.pick([1, 1, 2]),
        dilationRate: dice.pick([1, 1, 2]),
        padding: dice.pick(['valid', 'same']),
        activation: dice.pick(activationNames),
      }),
      dice.pick([maxPooling1d, averagePooling1d])({
        poolSize: dice.roll(1, 2),
        strides: dice.pick([null, 1, 2]),
        padding: dice.pick(['valid', 'same']),
      }),
    ]),
    inputShape: [60, dice.roll(1, 9), 1],
  }),
  'global pooling of images': dice => ({
    spec: sequential([
      dice.pick([globalAveragePooling2d, globalMaxPooling2d])({ keepdims: dice.pick([true, false]) }),
    ]),
    inputShape: image(dice),
  }),
  'global pooling of sequences': dice => ({
    spec: sequential([
      conv1d({ filters: dice.roll(1, 20), kernelSize: 2, activation: dice.pick(fusable) }),
      dice.pick([globalAveragePooling1d, globalMaxPooling1d])({ keepdims: dice.pick([true, false]) }),
    ]),
    inputShape: [dice.roll(2, 15), dice.roll(1, 20)],
  }),
  dense: dice => ({
    spec: sequential([
      flatten(),
      dense({
        units: dice.roll(1, 70),
        activation: dice.pick(activationNames),
        useBias: dice.pick([true, true, false]),
      }),
    ]),
    inputShape: [dice.roll(1, 9), dice.roll(1, 9), dice.roll(1, 4)],
  }),
  activation: dice => ({
    spec: sequential([activation({ activation: dice.pick(activationNames) })]),
    inputShape: image(dice),
  }),
  rectifiers: dice => ({
    spec: graph({
      first: [pReLU({ alphaInitializer: 'glorotUniform', sharedAxes: dice.pick([null, [1], [3]]) }), 'input'],
      conv: [conv2d({ filters: dice.roll(1, 20), kernelSize: 1 }), 'first'],
      cut: [
        reLU({
          maxValue: dice.pick([null, 0, 0.5]),
          negativeSlope: dice.pick([0, 0.1]),
          threshold: dice.pick([0, 0.25]),
        }),
        'conv',
      ],
      sum: [add(), 'conv', 'cut'],
      shared: [pReLU({ alphaInitializer: 'ones', sharedAxes: [1, 2] }), 'sum'],
      one: [pReLU({ alphaInitializer: 'glorotNormal', sharedAxes: [1, 2, 3] }), 'shared'],
    }),
    inputShape: image(dice),
  }),
  dropout: dice => ({
    spec: sequential([dropout({ rate: dice.pick([0, 0.1, 0.5, 0.9]) }), dropout({ rate: 0.3 })]),
    inputShape: image(dice),
  }),
  // A bias, or another linear layer's, before it would have the gradient zero, whose error cannot be relative to it.
  'batch normalization of images': dice => ({
    spec: sequential([
      conv2d({ filters: dice.pick([1, 7, 16, 40]), kernelSize: [3, dice.roll(1, 3)], useBias: false }),
      batchNormalization({
        epsilon: dice.pick([1e-3, 0.1]),
        scale: dice.pick([true, true, false]),
        center: dice.pick([true, true, false]),
      }),
      activation({ activation: dice.pick(['relu', 'tanh', 'gelu']) }),
      maxPooling2d(),
      conv2d({ filters: dice.roll(1, 20), kernelSize: 2 }),
    ]),
    inputShape: [dice.roll(6, 15), dice.roll(6, 15), dice.roll(1, 3)],
  }),
  'batch normalization of what two layers read': dice => ({
    spec: graph({
      a: [batchNormalization(), 'input'],
      b: [conv2d({ filters: dice.roll(1, 20), kernelSize: 3, padding: 'same', useBias: false }), 'a'],
      c: [batchNormalization(), 'b'],
      relu: [activation({ activation: 'relu' }), 'c'],
      joined: [concatenate(), 'a', 'relu', 'input'],
    }),
    inputShape: image(dice),
  }),
  'residual block': dice => {
    const filters = dice.roll(1, 20)
    const same = { filters, kernelSize: 3, padding: 'same' } as const
    return {
      spec: graph({
        stem: [conv2d({ ...same, activation: 'relu' }), 'input'],
        branch: [conv2d(same), 'stem'],
        sum: [add(), 'stem', 'branch', 'stem'],
        relu: [activation({ activation: 'relu' }), 'sum'],
      }),
      inputShape: image(dice),
    }
  },
  'concatenated branches': dice => ({
    spec: graph({
      a: [conv2d({ filters: dice.roll(1, 20), kernelSize: 1, activation: dice.pick(fusable) }), 'input'],
      b: [maxPooling2d({ poolSize: 3, strides: 1, padding: 'same' }), 'input'],
      joined: [concatenate(), 'a', 'b', 'input'],
      row: [flatten(), 'joined'],
      head: [dense({ units: dice.roll(2, 10) }), 'row'],
    }),
    inputShape: [dice.roll(2, 6), dice.roll(2, 6), dice.roll(1, 5)],
  }),
  'depthwise and separable convolutions': dice => {
    const windowed = (): Parameters<typeof depthwiseConv2d>[0] => ({
      kernelSize: [dice.roll(1, 3), dice.roll(1, 3)],
      strides: dice.pick([1, 1, 2]),
      dilationRate: dice.pick([1, 1, 2]),
      padding: dice.pick(['valid', 'same']),
      depthMultiplier: dice.roll(1, 3),
      useBias: dice.pick([true, false]),
      activation: dice.pick(activationNames),
    })
    return {
      spec: sequential([
        depthwiseConv2d(windowed()),
        separableConv2d({ ...windowed(), filters: dice.roll(1, 20), kernelSize: [1, 2] }),
      ]),
      inputShape: [dice.roll(5, 8), dice.roll(9, 12), dice.roll(1, 5)],
    }
  },
  'depthwise and separable convolutions of sequences': dice => ({
    spec: sequential([
      separableConv1d({
        filters: dice.roll(1, 20),
        kernelSize: dice.roll(1, 4),
        dilationRate: dice.roll(1, 2),
        depthMultiplier: dice.roll(1, 2),
        activation: dice.pick(fusable),
      }),
      depthwiseConv1d({ kernelSize: dice.roll(1, 3), strides: dice.roll(1, 3), padding: 'same' }),
    ]),
    inputShape: [dice.roll(8, 20), dice.roll(1, 9)],
  }),
  'zero padding': dice => {
    const filters = dice.roll(1, 20)
    const side = (): readonly [number, number] => [dice.roll(0, 3), dice.roll(0, 3)]
    return {
      spec: sequential([
        zeroPadding2d({ padding: [side(), side()] }),
        conv2d({ filters, kernelSize: 3, activation: dice.pick(fusable) }),
        zeroPadding2d({ padding: dice.roll(0, 2) }),
        reshape({ targetShape: [-1, filters] }),
        zeroPadding1d({ padding: side() }),
      ]),
      inputShape: [dice.roll(3, 6), dice.roll(3, 6), dice.roll(1, 5)],
    }
  },
  'spatial dropout': dice => ({
    spec: sequential([
      conv2d({ filters: 2 * dice.roll(1, 20), kernelSize: 1 }),
      spatialDropout2d({ rate: dice.pick([0, 0.1, 0.5, 0.9]) }),
      reshape({ targetShape: [-1, dice.pick([1, 2])] }),
      spatialDropout1d({ rate: 0.3 }),
    ]),
    inputShape: [dice.roll(2, 6), dice.roll(2, 6), dice.roll(1, 5)],
  }),
  'gaussian noise': dice => ({
    spec: graph({
      noisy: [gaussianNoise({ stddev: dice.pick([0, 0.1, 1]) }), 'input'],
      sum: [add(), 'noisy', 'input'],
      again: [gaussianNoise({ stddev: 0.5 }), 'sum'],
      squashed: [activation({ activation: 'tanh' }), 'again'],
    }),
    inputShape: image(dice),
  }),
  'rescaling and normalization': dice => {
    const channels = dice.pick([1, 2, 3, 16, 21])
    const each = (low: number, high: number): number[] =>
      Array.from({ length: channels }, () => dice.roll(low, high) / 8)
    return {
      spec: graph({
        scaled: [rescaling({ scale: dice.pick([2, -0.5]), offset: dice.pick([0, -1]) }), 'input'],
        whole: [normalization({ mean: 0.25, variance: 2 }), 'scaled'],
        each: [normalization({ mean: each(-8, 8), variance: each(1, 20) }), 'scaled'],
        joined: [concatenate(), 'each', 'whole', 'input'],
      }),
      inputShape: [dice.roll(1, 9), dice.roll(1, 9), channels],
    }
  },
  'layer normalization': dice => {
    const learned = { scale: dice.pick([true, true, false]), center: dice.pick([true, true, false]) }
    return {
      spec: sequential([
        // One channel would have the gradient zero, whose error cannot be relative to it.
        conv2d({ filters: dice.pick([3, 7, 16, 40]), kernelSize: 3 }),
        layerNormalization({ ...learned, epsilon: dice.pick([1e-3, 0.1]) }),
        activation({ activation: dice.pick(['relu', 'tanh', 'gelu']) }),
        maxPooling2d(),
        conv2d({ filters: dice.roll(1, 20), kernelSize: 2 }),
      ]),
      inputShape: [dice.roll(6, 12), dice.roll(6, 12), dice.roll(1, 3)],
    }
  },
  'layer normalization of rows': dice => ({
    spec: sequential([
      flatten(),
      dense({ units: dice.roll(4, 70), useBias: false }),
      layerNormalization({ scale: dice.pick([true, false]) }),
      dense({ units: dice.roll(1, 9), activation: dice.pick(fusable) }),
    ]),
    inputShape: [dice.roll(1, 5), dice.roll(1, 5), dice.roll(1, 4)],
  }),
  'layer normalization of what two layers read': dice => ({
    spec: graph({
      a: [layerNormalization({ epsilon: 0.1 }), 'input'],
      b: [conv2d({ filters: dice.roll(3, 20), kernelSize: 3, padding: 'same' }), 'a'],
      c: [layerNormalization({ scale: false, epsilon: 0.1 }), 'b'],
      joined: [concatenate(), 'a', 'c', 'input'],
    }),
    inputShape: [dice.roll(2, 6), dice.roll(2, 6), dice.roll(1, 9)],
  }),
}

/** `count` networks for each kind of layer, the same for the same seed. */
export function layerCases(draw: Draw): readonly LayerCase[] {
  return Object.entries({ ...makers, ...mergeMakers, ...frozenMakers }).flatMap(([name, make]) =>
    casesOf(name, make, draw),
  )
}
