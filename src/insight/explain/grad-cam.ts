import { UsageError } from '../../base/errors.ts'
import { formatShape, type Shape } from '../../base/shape.ts'
import type { ModelLayer } from '../../model/model.ts'
import type { Network } from '../../network/network.ts'
import { LOGITS, layerNamed, meetingPoints, NetworkPart } from '../../network/network-part.ts'
import { definitionOf } from '../../nn/layers/index.ts'
import type { LayerRole } from '../../nn/layers/layer.ts'
import { asked, type Question } from './question.ts'

export interface GradCam {
  readonly layer: string
  /** Height and width of the maps are those of the layer; a sequence is one column. */
  readonly height: number
  readonly width: number
  /** `[count, height, width]`, not negative. */
  readonly maps: Float64Array
}

/**
 * The places of a layer that speak for a class: relu(Σ_c α[c] · A[·, ·, c]), where A is the layer's output for the image and
 * α[c] the mean of ∂ logit / ∂ A over the places of channel c.
 *
 * `layer` left out: the last one that keeps the place of things and that every path goes through (`gradCamLayer`).
 * Throws a `UsageError` for a layer that is not there or has no places, a `HeddleError` if a shortcut leads past it.
 * Source: Selvaraju et al. (2017), https://arxiv.org/abs/1610.02391; Captum's `LayerGradCam` with `relu_attributions`.
 *
 * @example
 * const layers = [conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }), flatten(), dense({ units: 3, activation: 'softmax' })]
 * const network = createNetwork(sequential(layers), { inputShape: [6, 6, 1] })
 * const { layer, height, width } = await gradCam(network, { images: new Uint8Array(36).fill(200) })
 * const found = [layer, height, width]
 * found // ['conv2d', 4, 4]
 */
export async function gradCam(
  network: Network,
  { layer: wanted, ...question }: Question & { readonly layer?: string },
): Promise<GradCam> {
  const name = wanted ?? gradCamLayer(network)
  if (name === null) {
    throw new UsageError(
      'No layer of this network keeps positions in the image: Grad-CAM needs a convolution or pooling before flatten().',
    )
  }
  const { outputShape } = layerNamed(network.model, name)
  if (!hasPlaces(outputShape)) {
    throw new UsageError(
      `The layer "${name}" gives ${formatShape(outputShape)}, which has no positions. ` +
        'Grad-CAM needs a layer before flatten() or global pooling.',
    )
  }
  const { images, count, scale, to, oneHot } = await asked(network, question, 'logit')
  const maps = await new NetworkPart(network, { to: name }).outputs(images, scale)
  const gradients = await new NetworkPart(network, { from: name, to }).gradients(maps, oneHot)
  const channels = outputShape.at(-1)!
  const [height, width] = outputShape.length === 3 ? [outputShape[0]!, outputShape[1]!] : [outputShape[0]!, 1]
  const places = height * width
  const result = new Float64Array(count * places)
  for (let i = 0; i < count; i++) {
    const first = i * places * channels
    const alpha = new Float64Array(channels)
    for (let k = 0; k < places * channels; k++) alpha[k % channels]! += gradients[first + k]! / places
    for (let p = 0; p < places; p++) {
      let sum = 0
      for (let c = 0; c < channels; c++) sum += alpha[c]! * maps[first + p * channels + c]!
      result[i * places + p] = Math.max(0, sum)
    }
  }
  return { layer: name, height, width, maps: result }
}

const seeing: readonly LayerRole[] = ['weights', 'activation', 'normalization', 'merge']

/** The layer that Grad-CAM looks at where none is named: the last that learns or joins and still has places; or `null`. */
export function gradCamLayer(network: Network): string | null {
  const passed = meetingPoints(network, LOGITS)
  const sees = ({ name, layer, outputShape }: ModelLayer): boolean =>
    hasPlaces(outputShape) && seeing.includes(definitionOf(layer).role) && passed.includes(name)
  return network.model.layers.findLast(sees)?.name ?? null
}

/** More than one place, each with its channels. */
function hasPlaces(shape: Shape): boolean {
  return shape.length > 1 && shape.slice(0, -1).some(axis => axis > 1)
}
