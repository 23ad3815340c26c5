import { sizeOf } from '../base/shape.ts'
import type { Floats, Forward, Op } from './op.ts'

export interface BatchNormalizationAttributes {
  readonly epsilon: number
  /** The share of the moving statistics that a step keeps. */
  readonly momentum: number
  readonly scale: boolean
  readonly center: boolean
  /** The moving variance takes the batch's variance times N / (N − 1). */
  readonly bessel: boolean
}

/**
 * Batch normalisation (Ioffe and Szegedy, 2015), for each channel c:
 * y = gamma[c] · (x − mean[c]) / √(variance[c] + epsilon) + beta[c]
 *
 * - input and output `[batch, …, channels]`
 * - parameters movingMean, movingVariance, then gamma if `scale` and beta if `center`: `[channels]` each
 *
 * In training, mean and variance are those of the batch (over all N values of a channel, the variance divided by N), and
 * the gradient flows through them; otherwise they are the moving ones.
 */
export const batchNormalization: Op<BatchNormalizationAttributes> = {
  forward(call) {
    const { x, channels, gamma, beta, mean, deviation } = normalizer(call)
    for (let i = 0; i < x.length; i++) {
      const c = i % channels
      call.output[i] = (gamma?.[c] ?? 1) * ((x[i]! - mean[c]!) / deviation[c]!) + (beta?.[c] ?? 0)
    }
  },

  backward(call) {
    const { attributes, outputGradient: dy, training } = call
    const { x, channels, gamma, mean, deviation } = normalizer(call)
    const { gamma: dGamma, beta: dBeta } = affineOf(attributes, call.parameterGradients)
    const dx = call.inputGradients[0]
    const count = x.length / channels
    const [sums, products] = [new Float64Array(channels), new Float64Array(channels)]
    const normalized = (i: number, c: number): number => (x[i]! - mean[c]!) / deviation[c]!
    for (let i = 0; i < x.length; i++) {
      const c = i % channels
      sums[c]! += dy[i]!
      products[c]! += dy[i]! * normalized(i, c)
    }
    for (let c = 0; c < channels; c++) {
      if (dGamma) dGamma[c]! += products[c]!
      if (dBeta) dBeta[c]! += sums[c]!
    }
    if (!dx) return
    for (let i = 0; i < x.length; i++) {
      const c = i % channels
      // How the batch's own mean and variance move with x.
      const through = training ? (sums[c]! + normalized(i, c) * products[c]!) / count : 0
      dx[i]! += ((gamma?.[c] ?? 1) * (dy[i]! - through)) / deviation[c]!
    }
  },

  settle(call) {
    const { momentum, bessel } = call.attributes
    const [movingMean, movingVariance] = call.parameters as [Floats, Floats]
    const { mean, variance, count } = batchStatistics(call)
    const correction = bessel ? count / Math.max(1, count - 1) : 1
    for (let c = 0; c < mean.length; c++) {
      movingMean[c]! += (mean[c]! - movingMean[c]!) * (1 - momentum)
      movingVariance[c]! += (variance[c]! * correction - movingVariance[c]!) * (1 - momentum)
    }
  },
}

type Call = Forward<BatchNormalizationAttributes>

/** Mean and deviation to normalise by, then the factor and the offset of the result. */
function normalizer(call: Call) {
  const { attributes, training, parameters } = call
  const { mean, variance } = training
    ? batchStatistics(call)
    : { mean: parameters[0]!, variance: parameters[1]! }
  const deviation = Float64Array.from(variance, v => Math.sqrt(v + attributes.epsilon))
  const x = call.inputs[0]!
  return { x, channels: mean.length, mean, deviation, ...affineOf(attributes, parameters) }
}

function affineOf({ scale, center }: BatchNormalizationAttributes, parameters: readonly Floats[]) {
  return { gamma: scale ? parameters[2] : undefined, beta: center ? parameters[scale ? 3 : 2] : undefined }
}

function batchStatistics({ inputs, batch, inputShapes }: Call) {
  const x = inputs[0]!
  const channels = inputShapes[0]!.at(-1)!
  const count = (batch * sizeOf(inputShapes[0]!)) / channels
  const [mean, variance] = [new Float64Array(channels), new Float64Array(channels)]
  for (let i = 0; i < x.length; i++) mean[i % channels]! += x[i]! / count
  for (let i = 0; i < x.length; i++) variance[i % channels]! += (x[i]! - mean[i % channels]!) ** 2 / count
  return { mean, variance, count }
}
