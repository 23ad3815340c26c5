import { sequential } from '../model/graph.ts'
import {
  activation,
  batchNormalization,
  conv2d,
  dense,
  dropout,
  flatten,
  type LayerSpec,
  maxPooling2d,
  reshape,
} from '../nn/layers/index.ts'
import { casesOf, type Draw, type LayerCase, type Maker } from './dice.ts'

/** Normalisations that inference can fold. Trained, they leave nothing of the gradient of a bias before them. */
const foldable: Maker = dice => {
  const groups = dice.roll(1, 2)
  const normalize = (): LayerSpec =>
    batchNormalization({ scale: dice.pick([true, false]), center: dice.pick([true, false]) })
  const convolve = (): LayerSpec =>
    conv2d({
      filters: groups * dice.roll(1, 9),
      kernelSize: dice.roll(1, 3),
      groups,
      padding: dice.pick(['valid', 'valid', 'same']),
      useBias: dice.pick([true, false]),
    })
  return {
    spec: sequential([
      convolve(),
      normalize(),
      activation({ activation: dice.pick(['relu', 'tanh']) }),
      maxPooling2d(),
      dropout({ rate: 0.25 }),
      normalize(),
      convolve(),
      activation({ activation: 'relu' }),
      normalize(),
      flatten(),
      dense({ units: 2 * dice.roll(1, 5), useBias: dice.pick([true, false]) }),
      ...dice.pick([[], [reshape({ targetShape: [-1, 2] })]]),
      normalize(),
      flatten(),
    ]),
    inputShape: [dice.roll(8, 11), dice.roll(8, 11), groups * dice.roll(1, 3)],
  }
}

/** Networks whose batch normalisations lie between other layers. */
export function foldableCases(draw: Draw): readonly LayerCase[] {
  return casesOf('batch normalization between layers', foldable, draw)
}
