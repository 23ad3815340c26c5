import { graph, sequential } from '../model/graph.ts'
import { squeezeExcite } from '../model/squeeze-excite.ts'
import {
  activation,
  add,
  average,
  conv2d,
  cropping2d,
  globalAveragePooling2d,
  globalMaxPooling2d,
  groupNormalization,
  maximum,
  multiply,
  permute,
  reshape,
  resizing,
  subtract,
  upSampling2d,
  zeroPadding2d,
} from '../nn/layers/index.ts'
import type { Dice, Maker } from './dice.ts'

const image = (dice: Dice): number[] => [dice.roll(2, 9), dice.roll(2, 9), dice.roll(1, 9)]
const orders = [
  [1, 2, 3],
  [2, 1, 3],
  [3, 1, 2],
  [3, 2, 1],
  [1, 3, 2],
  [2, 3, 1],
] as const

/** Networks whose branches are joined value by value, or whose numbers change places. */
export const mergeMakers: Readonly<Record<string, Maker>> = {
  'merged branches': dice => {
    const filters = dice.roll(1, 20)
    const same = { filters, kernelSize: 3, padding: 'same' } as const
    return {
      spec: graph({
        a: [conv2d(same), 'input'],
        b: [conv2d({ ...same, activation: 'tanh' }), 'input'],
        product: [multiply(), 'a', 'b', 'a'],
        mean: [average(), 'a', 'b', 'product'],
        largest: [maximum(), 'b', 'mean', 'a'],
        out: [subtract(), 'largest', 'product'],
      }),
      inputShape: image(dice),
    }
  },
  'merged branches whose axes repeat': dice => {
    const filters = dice.roll(1, 20)
    const join = dice.pick([add, multiply, average, maximum, subtract])
    const again = dice.pick([add, multiply, average, maximum, subtract])
    return {
      spec: graph({
        // A bias would cancel where the mean of x is taken off x.
        x: [conv2d({ filters, kernelSize: 1, useBias: false }), 'input'],
        channel: [dice.pick([globalAveragePooling2d, globalMaxPooling2d])({ keepdims: true }), 'x'],
        gated: [join(), ...dice.pick([['x', 'channel'] as const, ['channel', 'x'] as const])],
        pixel: [conv2d({ filters: 1, kernelSize: 1, activation: 'sigmoid' }), 'input'],
        out: [again(), 'gated', 'pixel'],
      }),
      inputShape: image(dice),
    }
  },
  'squeeze and excite': dice => {
    const channels = dice.roll(1, 20)
    return {
      spec: graph({
        stem: [conv2d({ filters: channels, kernelSize: 1, activation: 'relu6' }), 'input'],
        ...squeezeExcite({
          name: 'se',
          input: 'stem',
          channels,
          squeezed: dice.roll(1, 4),
          gate: dice.pick(['sigmoid', 'hardSigmoid']),
        }),
        out: [add(), 'se', 'stem'],
      }),
      inputShape: image(dice),
    }
  },
  'axes in another order': dice => ({
    spec: graph({
      conv: [conv2d({ filters: dice.roll(1, 9), kernelSize: 1 }), 'input'],
      turned: [permute({ dims: dice.pick(orders) }), 'conv'],
      again: [conv2d({ filters: 2, kernelSize: 1, activation: 'tanh' }), 'turned'],
      rows: [reshape({ targetShape: [-1, 2] }), 'again'],
      columns: [permute({ dims: [2, 1] }), 'rows'],
    }),
    inputShape: image(dice),
  }),
  'cropped and padded': dice => {
    const sides = (): readonly [number, number] => [dice.roll(0, 2), dice.roll(0, 2)]
    return {
      spec: graph({
        conv: [conv2d({ filters: dice.roll(1, 9), kernelSize: 1 }), 'input'],
        padded: [zeroPadding2d({ padding: [sides(), sides()] }), 'conv'],
        cropped: [cropping2d({ cropping: [sides(), sides()] }), 'padded'],
        squashed: [activation({ activation: 'tanh' }), 'cropped'],
        again: [cropping2d({ cropping: [[dice.roll(0, 1), 0], 0] }), 'squashed'],
        sum: [multiply(), 'again', 'again'],
      }),
      inputShape: [dice.roll(6, 9), dice.roll(6, 9), dice.roll(1, 5)],
    }
  },
  'images of another size': dice => {
    const interpolation = dice.pick(['nearest', 'bilinear'] as const)
    return {
      spec: sequential([
        conv2d({ filters: dice.roll(1, 20), kernelSize: 1 }),
        upSampling2d({ size: [dice.roll(1, 3), dice.roll(1, 3)], interpolation }),
        activation({ activation: 'tanh' }),
        resizing({
          height: dice.roll(1, 12),
          width: dice.roll(1, 12),
          interpolation: dice.pick(['nearest', 'bilinear'] as const),
        }),
      ]),
      inputShape: image(dice),
    }
  },
  'group normalization': dice => {
    const groups = dice.roll(1, 4)
    return {
      spec: graph({
        conv: [conv2d({ filters: groups * dice.roll(1, 9), kernelSize: 1 }), 'input'],
        norm: [
          groupNormalization({
            groups: dice.pick([groups, 1]),
            epsilon: dice.pick([1e-3, 0.1]),
            scale: dice.pick([true, true, false]),
            center: dice.pick([true, true, false]),
          }),
          'conv',
        ],
        sum: [add(), 'norm', 'conv'],
        out: [conv2d({ filters: 3, kernelSize: 2, activation: 'tanh' }), 'sum'],
      }),
      inputShape: [dice.roll(4, 9), dice.roll(4, 9), dice.roll(2, 5)],
    }
  },
}
