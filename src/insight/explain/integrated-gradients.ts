import { integer } from '../../base/schema.ts'
import { sizeOf } from '../../base/shape.ts'
import type { Network } from '../../network/network.ts'
import { NetworkPart } from '../../network/network-part.ts'
import { asked, type Question } from './question.ts'

export interface IntegratedGradients {
  /** `[count, height, width, channels]`. */
  readonly attributions: Float64Array
  /** What the attributions of each image should sum up to: its logit less that of a black image. */
  readonly differences: Float64Array
}

const stepsField = integer(50)

/**
 * What each number of an image x adds to the logit F of a class, compared with a black image:
 * x · ∫₀¹ ∂F(a · x) / ∂x da, the integral by Gauss and Legendre's rule with `steps` points.
 *
 * Complete: attributions sum up to F(x) − F(0), to the error of the rule; more `steps` make it smaller.
 * Throws a `UsageError` for a bad option, a `HeddleError` for images or classes that do not fit.
 * Source: Sundararajan, Taly and Yan (2017), https://arxiv.org/abs/1703.01365; Captum's `IntegratedGradients`.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
 * const { attributions, differences } = await integratedGradients(network, { images: Uint8Array.of(0, 128, 255, 0), classes: [2] })
 * const sum = attributions.reduce((total, one) => total + one)
 * Math.abs(sum - differences[0]) < 1e-6 // true
 */
export async function integratedGradients(
  network: Network,
  { steps: wanted = 50, ...question }: Question & { readonly steps?: number },
): Promise<IntegratedGradients> {
  const steps = stepsField.parse(wanted, 'steps')
  const { images, count, scale, to, oneHot, classes } = await asked(network, question, 'logit')
  const part = new NetworkPart(network, { to })
  const [size, outputs] = [sizeOf(part.inputShape), sizeOf(part.outputShape)]
  const { points, weights } = gaussLegendre(steps)
  const attributions = new Float64Array(images.length)
  const differences = new Float64Array(count)
  const targets = new Float32Array(steps * outputs)
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * size, (i + 1) * size)
    // [steps, height, width, channels], from nearly black to nearly the image
    const path = new Float64Array(steps * size)
    for (let k = 0; k < steps; k++) {
      for (let p = 0; p < size; p++) path[k * size + p] = points[k]! * image[p]! * scale
      targets.set(oneHot.subarray(i * outputs, (i + 1) * outputs), k * outputs)
    }
    const gradients = await part.gradients(path, targets)
    for (let p = 0; p < size; p++) {
      let integral = 0
      for (let k = 0; k < steps; k++) integral += weights[k]! * gradients[k * size + p]!
      attributions[i * size + p] = image[p]! * scale * integral
    }
    const black = new Float64Array(2 * size)
    for (let p = 0; p < size; p++) black[size + p] = image[p]! * scale
    const ends = await part.outputs(black)
    differences[i] = ends[outputs + classes[i]!]! - ends[classes[i]!]!
  }
  return { attributions, differences }
}

/** Points and weights of the rule on [0, 1]: the roots of a Legendre polynomial, by Newton's method. */
export function gaussLegendre(n: number): { readonly points: Float64Array; readonly weights: Float64Array } {
  const [points, weights] = [new Float64Array(n), new Float64Array(n)]
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (n - i - 0.25)) / (n + 0.5))
    let derivative = 0
    for (let change = 1; Math.abs(change) > 1e-15; ) {
      // (k + 1) P[k+1] = (2k + 1) x P[k] − k P[k−1]
      let [previous, value] = [0, 1]
      for (let k = 0; k < n; k++) {
        const next = ((2 * k + 1) * x * value - k * previous) / (k + 1)
        previous = value
        value = next
      }
      derivative = (n * (x * value - previous)) / (x * x - 1)
      change = value / derivative
      x -= change
    }
    points[i] = (1 + x) / 2
    weights[i] = 1 / ((1 - x * x) * derivative ** 2)
  }
  return { points, weights }
}
