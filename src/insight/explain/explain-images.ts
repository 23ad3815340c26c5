import { argMax } from '../../base/maths.ts'
import { classCountOf } from '../../model/model.ts'
import type { Network } from '../../network/network.ts'
import { NetworkPart, OUTPUTS } from '../../network/network-part.ts'
import type { ImageExplanation, PixelMap } from '../../protocol/explanations.ts'
import { classMap, gradCamMaps } from './class-map.ts'
import { integratedGradients } from './integrated-gradients.ts'
import { occlusion } from './occlusion.ts'
import { asked, type Question } from './question.ts'
import { saliency } from './saliency.ts'

interface ExplainOptions extends Omit<Question, 'of'> {
  /** Grad-CAM's; by default the last one with a map that is not zero (`gradCamMaps`). */
  readonly layer?: string
}

/**
 * Why a network gives images their classes, by every method, as plain JSON values.
 * Throws a `UsageError` for a bad option, a `HeddleError` for images or classes that do not fit.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [4, 4, 1] })
 * const [first] = await explainImages(network, { images: new Uint8Array(16).fill(200), classes: [1] })
 * const found = [first?.class, first?.gradCam]
 * found // [1, null]
 */
export async function explainImages(
  network: Network,
  { layer, ...question }: ExplainOptions,
): Promise<readonly ImageExplanation[]> {
  const { classes, scale, count } = await asked(network, question, 'output')
  const own: Question = { ...question, classes }
  const [height, width, channels] = network.model.inputShape as [number, number, number]
  const outputs = await new NetworkPart(network, { to: OUTPUTS }).outputs(question.images, scale)
  const slopes = await saliency(network, own)
  const { attributions, differences } = await integratedGradients(network, own)
  const cams = await gradCamMaps(network, { ...own, ...(layer !== undefined && { layer }) })
  const lost = await occlusion(network, own)

  const [pixels, classCount] = [height * width, classCountOf(network.model)]
  /** One number for each pixel, from those of its channels. */
  const joined = (values: Float64Array, i: number, join: (a: number, b: number) => number): PixelMap => ({
    height,
    width,
    values: Array.from({ length: pixels }, (_, p) =>
      values.subarray((i * pixels + p) * channels, (i * pixels + p + 1) * channels).reduce(join),
    ),
  })
  return Array.from({ length: count }, (_, i): ImageExplanation => {
    const row = outputs.subarray(i * classCount, (i + 1) * classCount)
    const added = joined(attributions, i, (a, b) => a + b)
    return {
      outputs: Array.from(row),
      predicted: argMax(row),
      class: classes[i]!,
      saliency: joined(slopes, i, (a, b) => Math.max(a, b)),
      integratedGradients: {
        ...added,
        sum: added.values.reduce((sum, one) => sum + one, 0),
        difference: differences[i]!,
      },
      gradCam: cams[i]!,
      classMap: classMap(cams[i]!, added),
      occlusion: { height, width, values: Array.from(lost.subarray(i * pixels, (i + 1) * pixels)) },
    }
  })
}
