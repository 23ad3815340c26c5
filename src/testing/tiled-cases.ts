import { graph, sequential } from '../model/graph.ts'
import {
  add,
  batchNormalization,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  type LayerSpec,
  maxPooling2d,
  reLU,
} from '../nn/layers/index.ts'
import { casesOf, type Draw, type LayerCase, type Maker } from './dice.ts'

/** Enough channels for Winograd's tiles, in sizes that tiles do not fit. */
const tiled: Maker = dice => ({
  spec: sequential([
    conv2d({
      filters: dice.pick([16, 20, 33]),
      kernelSize: dice.pick([3, 5]),
      padding: dice.pick(['same', 'valid']),
      activation: 'relu',
    }),
    dice.pick([maxPooling2d(), maxPooling2d({ poolSize: [1, 2] }), dropout({ rate: 0.25 })]),
    conv2d({
      filters: dice.pick([16, 40]),
      kernelSize: dice.pick([3, 5]),
      padding: 'same',
      trainable: dice.pick([true, false]),
    }),
  ]),
  inputShape: [dice.roll(7, 13), dice.roll(7, 13), dice.pick([16, 19, 32])],
})

/** Kernels larger than what a shard's images become as tiles. */
const deep: Maker = dice => ({
  spec: sequential([
    conv2d({ filters: dice.pick([64, 70]), kernelSize: 3, padding: 'same', activation: 'relu' }),
    conv2d({
      filters: dice.pick([64, 81]),
      ...dice.pick([
        { kernelSize: 3, padding: 'same' as const },
        { kernelSize: 3, padding: 'valid' as const },
        { kernelSize: 5, padding: 'same' as const },
      ]),
      trainable: dice.pick([true, false]),
    }),
  ]),
  inputShape: [dice.roll(3, 4), dice.roll(3, 4), dice.pick([64, 67])],
})

/** Fewer outputs in a shard than numbers in a filter: what one layer reads is padded, strided or dilated, and its channels fill no vector. */
const small: Maker = dice => ({
  spec: sequential([
    conv2d({
      filters: dice.pick([16, 41]),
      kernelSize: 1,
      activation: dice.pick(['relu', 'tanh', 'linear']),
      useBias: dice.pick([true, false]),
    }),
    conv2d({
      filters: dice.pick([10, 37, 64]),
      kernelSize: dice.roll(1, 3),
      padding: dice.pick(['same', 'valid']),
      ...dice.pick([
        { strides: 2 },
        { strides: [2, 1] as const },
        { dilationRate: 2, padding: 'same' as const },
      ]),
      activation: dice.pick(['relu', 'linear']),
      trainable: dice.pick([true, true, false]),
    }),
    conv2d({ filters: 33, kernelSize: 1, useBias: dice.pick([true, false]) }),
  ]),
  inputShape: [dice.roll(3, 4), dice.roll(3, 4), dice.pick([24, 70])],
})

/** Rectifiers that run with the normalisation or the sum before them, and one that cannot; strided windows of all kinds. */
const rectified: Maker = dice => {
  const rectifier = () => dice.pick([reLU(), reLU({ maxValue: 1.5 }), reLU({ negativeSlope: 0.2 })])
  const depthwise = depthwiseConv2d({
    kernelSize: dice.pick([2, 3, 5]),
    strides: dice.roll(1, 3),
    padding: 'same',
  })
  return {
    spec: graph({
      first: [conv2d({ filters: 20, kernelSize: dice.pick([1, 3]), padding: 'same' }), 'input'],
      normal: [batchNormalization(), 'first'],
      rectified: [rectifier(), 'normal'],
      sum: [add(), 'rectified', 'first'],
      both: [rectifier(), 'sum'],
      depthwise: [depthwise, 'both'],
      strided: [
        conv2d({ filters: 17, kernelSize: dice.roll(1, 5), strides: dice.roll(2, 3), padding: 'same' }),
        'depthwise',
      ],
    }),
    inputShape: [dice.roll(5, 12), dice.roll(5, 12), dice.pick([3, 18])],
  }
}

/** Dense layers with enough weights that a batch is computed as one, in sizes that fill no vector. */
const wide: Maker = dice => {
  const layer = (): LayerSpec =>
    dense({
      units: dice.pick([256, 277]),
      activation: dice.pick(['relu', 'tanh', 'linear']),
      useBias: dice.pick([true, false]),
      trainable: dice.pick([true, true, false]),
    })
  return {
    spec: sequential([flatten(), layer(), dropout({ rate: 0.25 }), layer(), dense({ units: 3 })]),
    inputShape: [dice.pick([16, 17]), 16, 1],
  }
}

/** Sums that run with the normalisation before them: the gradient of what is added is shared, and written once more by a later reader. */
const residual: Maker = dice => {
  const same = (): LayerSpec => conv2d({ filters: 18, kernelSize: 3, padding: 'same', useBias: false })
  const rectifier = () => dice.pick([reLU(), reLU({ maxValue: 1.5 }), reLU({ negativeSlope: 0.2 })])
  return {
    spec: graph({
      first: [same(), 'input'],
      inner: [same(), 'first'],
      normal: [batchNormalization({ scale: dice.pick([true, false]) }), 'inner'],
      sum: [add(), ...dice.pick([['normal', 'first'] as const, ['first', 'normal'] as const])],
      ...(dice.pick([true, false]) ? { both: [rectifier(), 'sum'] } : { both: [same(), 'sum'] }),
      again: [same(), 'both'],
      twice: [batchNormalization(), 'again'],
      next: [add(), 'twice', 'both'],
      last: [same(), 'next'],
      end: [add(), 'last', 'next', 'first'],
    }),
    inputShape: [dice.roll(4, 7), dice.roll(4, 7), dice.pick([3, 18])],
  }
}

/** Many channels and many weights: too large for finite differences, and rare among the cases of every layer. */
export function tiledCases(draw: Draw): readonly LayerCase[] {
  return [
    ...casesOf('convolutions by tiles', tiled, draw),
    ...casesOf('convolutions of many channels', deep, draw),
    ...casesOf('convolutions over small images', small, draw),
    ...casesOf('dense layers of many weights', wide, draw),
    ...casesOf('rectifiers behind normalisations and sums', rectified, draw),
    ...casesOf('sums behind normalisations', residual, draw),
  ]
}
