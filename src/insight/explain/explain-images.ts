import { argMax } from '../../base/maths.ts'
import { sizeOf } from '../../base/shape.ts'
import type { Network } from '../../network/network.ts'
import { NetworkPart, OUTPUTS } from '../../network/network-part.ts'
import type { ImageExplanation, PixelMap } from '../../protocol/explanations.ts'
import { type GradCam, gradCam, gradCamLayer } from './grad-cam.ts'
import { integratedGradients } from './integrated-gradients.ts'
import { occlusion } from './occlusion.ts'
import { overImage } from './over-image.ts'
import { asked, type Question } from './question.ts'
import { saliency } from './saliency.ts'

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
  {
    layer: wanted,
    ...question
  }: Omit<Question, 'of'> & {
    /** Grad-CAM's; left out: `gradCamLayer`. */
    readonly layer?: string
  },
): Promise<readonly ImageExplanation[]> {
  const { classes, scale, count } = await asked(network, question, 'output')
  const own: Question = { ...question, classes }
  const [height, width, channels] = network.model.inputShape as [number, number, number]
  const outputs = await new NetworkPart(network, { to: OUTPUTS }).outputs(question.images, scale)
  const slopes = await saliency(network, own)
  const { attributions, differences } = await integratedGradients(network, own)
  const layer = wanted ?? gradCamLayer(network)
  const cams = layer === null ? null : await gradCam(network, { ...own, layer })
  const lost = await occlusion(network, own)

  const [pixels, classCount] = [height * width, sizeOf(network.model.outputShape)]
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
      gradCam: cams && camOf(network, cams, i),
      occlusion: { height, width, values: Array.from(lost.subarray(i * pixels, (i + 1) * pixels)) },
    }
  })
}

function camOf(
  network: Network,
  { layer, height, width, maps }: GradCam,
  i: number,
): ImageExplanation['gradCam'] {
  const places = height * width
  const map = { height, width, values: Array.from(maps.subarray(i * places, (i + 1) * places)) }
  return { layer, map, onImage: overImage(network.model, { layer, map }) }
}
