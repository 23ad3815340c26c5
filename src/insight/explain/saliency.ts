import type { Network } from '../../network/network.ts'
import { NetworkPart } from '../../network/network-part.ts'
import { asked, type Question } from './question.ts'

/**
 * How much the logit of a class changes with each number that enters the network: |∂ logit / ∂ x|.
 *
 * `[count, height, width, channels]`; x is a pixel as the network sees it, so from 0 to 1 with the pixel range `unit`.
 * Throws a `UsageError` for a bad option, a `HeddleError` for images or classes that do not fit.
 * Source: Simonyan, Vedaldi and Zisserman (2014), https://arxiv.org/abs/1312.6034; Captum's `Saliency`.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [2, 2, 1] })
 * const map = await saliency(network, { images: Uint8Array.of(0, 128, 255, 0), classes: [2] })
 * map[0] // Math.abs(network.weights.get('dense/kernel')[8])
 */
export async function saliency(network: Network, question: Question): Promise<Float64Array> {
  const { images, scale, to, oneHot } = await asked(network, question, 'logit')
  const gradients = await new NetworkPart(network, { to }).gradients(images, oneHot, scale)
  return gradients.map(Math.abs)
}
