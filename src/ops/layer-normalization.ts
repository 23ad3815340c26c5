import type { Floats, Op } from './op.ts'

export interface LayerNormalizationAttributes {
  readonly epsilon: number
  readonly scale: boolean
  readonly center: boolean
}

/**
 * Layer normalisation (Ba, Kiros and Hinton, 2016), for each row of channels:
 * y[c] = gamma[c] · (x[c] − mean) / √(variance + epsilon) + beta[c], the variance divided by the number of channels
 *
 * - input and output `[batch, …, channels]`
 * - parameters gamma if `scale`, then beta if `center`: `[channels]` each
 */
export const layerNormalization: Op<LayerNormalizationAttributes> = {
  forward({ attributes, inputs, parameters, output, outputShape }) {
    const x = inputs[0]!
    const channels = outputShape.at(-1)!
    const { gamma, beta } = affineOf(attributes, parameters)
    for (let row = 0; row < output.length; row += channels) {
      const { mean, deviation } = momentsOf(x.subarray(row, row + channels), attributes.epsilon)
      for (let c = 0; c < channels; c++) {
        output[row + c] = (gamma?.[c] ?? 1) * ((x[row + c]! - mean) / deviation) + (beta?.[c] ?? 0)
      }
    }
  },

  backward({ attributes, inputs, parameters, outputShape, outputGradient: dy, ...gradients }) {
    const [x, dx] = [inputs[0]!, gradients.inputGradients[0]]
    const channels = outputShape.at(-1)!
    const { gamma } = affineOf(attributes, parameters)
    const { gamma: dGamma, beta: dBeta } = affineOf(attributes, gradients.parameterGradients)
    for (let row = 0; row < x.length; row += channels) {
      const { mean, deviation } = momentsOf(x.subarray(row, row + channels), attributes.epsilon)
      const normalized = (c: number): number => (x[row + c]! - mean) / deviation
      const scaled = (c: number): number => dy[row + c]! * (gamma?.[c] ?? 1)
      let [sum, product] = [0, 0]
      for (let c = 0; c < channels; c++) {
        sum += scaled(c)
        product += scaled(c) * normalized(c)
        if (dGamma) dGamma[c]! += dy[row + c]! * normalized(c)
        if (dBeta) dBeta[c]! += dy[row + c]!
      }
      if (!dx) continue
      for (let c = 0; c < channels; c++) {
        // How the row's own mean and variance move with x.
        const through = (sum + normalized(c) * product) / channels
        dx[row + c]! += (scaled(c) - through) / deviation
      }
    }
  },
}

function momentsOf(row: Floats, epsilon: number): { readonly mean: number; readonly deviation: number } {
  let [sum, squares] = [0, 0]
  for (const x of row) sum += x
  const mean = sum / row.length
  for (const x of row) squares += (x - mean) ** 2
  return { mean, deviation: Math.sqrt(squares / row.length + epsilon) }
}

/** gamma and beta among an op's parameters. */
export function affineOf(
  { scale, center }: Pick<LayerNormalizationAttributes, 'scale' | 'center'>,
  parameters: readonly Floats[],
): { readonly gamma?: Floats | undefined; readonly beta?: Floats | undefined } {
  return { gamma: scale ? parameters[0] : undefined, beta: center ? parameters[scale ? 1 : 0] : undefined }
}
