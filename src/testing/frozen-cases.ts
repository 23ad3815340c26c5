import { sequential } from '../model/graph.ts'
import {
  batchNormalization,
  conv2d,
  dense,
  depthwiseConv2d,
  flatten,
  groupNormalization,
  type LayerSpec,
  layerNormalization,
  pReLU,
  separableConv2d,
} from '../nn/layers/index.ts'
import type { Dice, Maker } from './dice.ts'

const frozen = { trainable: false } as const

/** One layer of each kind that has weights, frozen. */
const layers: readonly ((dice: Dice) => LayerSpec)[] = [
  dice =>
    conv2d({
      ...frozen,
      filters: 2 * dice.roll(1, 20),
      kernelSize: dice.roll(1, 3),
      strides: dice.roll(1, 2),
    }),
  dice => conv2d({ ...frozen, filters: 2 * dice.roll(1, 9), kernelSize: 3, groups: 2, activation: 'relu' }),
  dice => depthwiseConv2d({ ...frozen, kernelSize: 3, depthMultiplier: dice.roll(1, 2), activation: 'tanh' }),
  dice => separableConv2d({ ...frozen, filters: 2 * dice.roll(1, 9), kernelSize: 2 }),
  dice =>
    batchNormalization({ ...frozen, scale: dice.pick([true, false]), center: dice.pick([true, false]) }),
  () => layerNormalization(frozen),
  () => groupNormalization({ ...frozen, groups: 2 }),
  () => pReLU({ ...frozen, sharedAxes: [1, 2] }),
]

const anyLayer = (dice: Dice): LayerSpec => dice.pick(layers)(dice)

/** Networks of which a part is frozen: before, between and behind layers that learn. */
export const frozenMakers: Readonly<Record<string, Maker>> = {
  'layers behind frozen ones': dice => ({
    spec: sequential([anyLayer(dice), anyLayer(dice), flatten(), dense({ units: dice.roll(2, 9) })]),
    inputShape: image(dice, 7),
  }),
  'frozen layers between others': dice => ({
    spec: sequential([
      // A bias would cancel where its mean is taken off.
      conv2d({ filters: 2 * dice.roll(1, 6), kernelSize: 3, padding: 'same', useBias: false }),
      anyLayer(dice),
      batchNormalization({ trainable: dice.pick([true, false]) }),
      flatten(),
      dense({ ...frozen, units: dice.roll(2, 20) }),
      dense({ units: dice.roll(2, 9) }),
    ]),
    inputShape: image(dice, 5),
  }),
}

/** Sides from `least` on: two windows of 3 with strides of 2 need 7. */
const image = (dice: Dice, least: number): number[] => [
  dice.roll(least, least + 2),
  dice.roll(least, least + 2),
  2 * dice.roll(1, 3),
]
