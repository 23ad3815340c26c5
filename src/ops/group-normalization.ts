import { affineOf } from './layer-normalization.ts'
import type { Forward, Op } from './op.ts'

export interface GroupNormalizationAttributes {
  readonly groups: number
  readonly epsilon: number
  readonly scale: boolean
  readonly center: boolean
}

/**
 * Group normalisation (Wu and He, 2018), for each example and group of neighbouring channels:
 * y = gamma[c] · (x − mean) / √(variance + epsilon) + beta[c], over all positions and channels of the group
 *
 * - input and output `[batch, …, channels]`
 * - parameters gamma if `scale`, then beta if `center`: `[channels]` each
 */
export const groupNormalization: Op<GroupNormalizationAttributes> = {
  forward(call) {
    const { inputs, output, parameters, attributes } = call
    const { gamma, beta } = affineOf(attributes, parameters)
    forEachGroup(call, ({ positions, channelOf, mean, deviation }) => {
      for (const i of positions) {
        const c = channelOf(i)
        output[i] = (gamma?.[c] ?? 1) * ((inputs[0]![i]! - mean) / deviation) + (beta?.[c] ?? 0)
      }
    })
  },

  backward(call) {
    const { inputs, attributes, parameters, outputGradient: dy } = call
    const [x, dx] = [inputs[0]!, call.inputGradients[0]]
    const { gamma } = affineOf(attributes, parameters)
    const { gamma: dGamma, beta: dBeta } = affineOf(attributes, call.parameterGradients)
    forEachGroup(call, ({ positions, channelOf, mean, deviation }) => {
      const normalized = (i: number): number => (x[i]! - mean) / deviation
      const scaled = (i: number): number => dy[i]! * (gamma?.[channelOf(i)] ?? 1)
      let [sum, product] = [0, 0]
      for (const i of positions) {
        sum += scaled(i)
        product += scaled(i) * normalized(i)
        if (dGamma) dGamma[channelOf(i)]! += dy[i]! * normalized(i)
        if (dBeta) dBeta[channelOf(i)]! += dy[i]!
      }
      if (!dx) return
      for (const i of positions) {
        // How the group's own mean and variance move with x.
        const through = (sum + normalized(i) * product) / positions.length
        dx[i]! += (scaled(i) - through) / deviation
      }
    })
  },
}

interface Group {
  readonly positions: readonly number[]
  readonly channelOf: (position: number) => number
  readonly mean: number
  readonly deviation: number
}

function forEachGroup(
  { attributes: { groups, epsilon }, batch, inputs, outputShape }: Forward<GroupNormalizationAttributes>,
  visit: (group: Group) => void,
): void {
  const x = inputs[0]!
  const channels = outputShape.at(-1)!
  const [size, width] = [x.length / batch, channels / groups]
  const channelOf = (position: number): number => position % channels
  for (let first = 0; first < x.length; first += size) {
    for (let g = 0; g < groups; g++) {
      const positions: number[] = []
      for (let i = first; i < first + size; i++) if (Math.floor(channelOf(i) / width) === g) positions.push(i)
      const mean = positions.reduce((sum, i) => sum + x[i]!, 0) / positions.length
      const variance = positions.reduce((sum, i) => sum + (x[i]! - mean) ** 2, 0) / positions.length
      visit({ positions, channelOf, mean, deviation: Math.sqrt(variance + epsilon) })
    }
  }
}
