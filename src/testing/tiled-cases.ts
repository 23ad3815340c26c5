import { sequential } from '../model/graph.ts'
import { conv2d, dropout, maxPooling2d } from '../nn/layers/index.ts'
import { casesOf, type Draw, type LayerCase, type Maker } from './dice.ts'

/** Enough channels for Winograd's tiles, in sizes that tiles do not fit. */
const tiled: Maker = dice => ({
  spec: sequential([
    conv2d({
      filters: dice.pick([16, 20, 33]),
      kernelSize: 3,
      padding: dice.pick(['same', 'valid']),
      activation: 'relu',
    }),
    dice.pick([maxPooling2d(), maxPooling2d({ poolSize: [1, 2] }), dropout({ rate: 0.25 })]),
    conv2d({
      filters: dice.pick([16, 40]),
      kernelSize: 3,
      padding: 'same',
      trainable: dice.pick([true, false]),
    }),
  ]),
  inputShape: [dice.roll(4, 13), dice.roll(4, 13), dice.pick([16, 19, 32])],
})

/** Kernels larger than what a shard's images become as tiles. */
const deep: Maker = dice => ({
  spec: sequential([
    conv2d({ filters: dice.pick([64, 70]), kernelSize: 3, padding: 'same', activation: 'relu' }),
    conv2d({
      filters: dice.pick([64, 81]),
      kernelSize: 3,
      padding: dice.pick(['same', 'valid']),
      trainable: dice.pick([true, false]),
    }),
  ]),
  inputShape: [dice.roll(3, 4), dice.roll(3, 4), dice.pick([64, 67])],
})

/** Convolutions of many channels: too large for finite differences, and rare among the cases of every layer. */
export function tiledCases(draw: Draw): readonly LayerCase[] {
  return [
    ...casesOf('convolutions by tiles', tiled, draw),
    ...casesOf('convolutions of many channels', deep, draw),
  ]
}
