import { UsageError } from '../../base/errors.ts'
import { type Shape, sizeOf } from '../../base/shape.ts'
import { type PixelRange, pixelRangeField, pixelScale } from '../../data/pixels.ts'
import type { Network } from '../../network/network.ts'
import { NetworkPart } from '../../network/network-part.ts'
import type { Floats } from '../../ops/op.ts'
import type { LayerActivations, LayerFilters, PixelMap } from '../../protocol/explanations.ts'

/**
 * What every layer makes of one image, in the order of the layers.
 * Throws a `HeddleError` where `image` is not one whole image.
 *
 * @example
 * const layers = [conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }), flatten(), dense({ units: 3, activation: 'softmax' })]
 * const network = createNetwork(sequential(layers), { inputShape: [6, 6, 1] })
 * const made = await activations(network, new Uint8Array(36).fill(200))
 * made.map(({ layer, maps }) => `${layer} ${maps.length}`) // ['conv2d 4', 'flatten 1', 'dense 1']
 */
export async function activations(
  network: Network,
  image: Uint8Array,
  { pixelRange = 'unit' }: { readonly pixelRange?: PixelRange } = {},
): Promise<readonly LayerActivations[]> {
  const scale = pixelScale(pixelRangeField.parse(pixelRange, 'pixelRange'))
  const { inputShape, layers } = network.model
  if (image.length !== sizeOf(inputShape)) {
    throw new UsageError(
      `activations: expected one image of ${inputShape.join(' × ')} (${sizeOf(inputShape)} bytes), received ${image.length}.`,
    )
  }
  const made: LayerActivations[] = []
  for (const { name, className, outputShape } of layers) {
    const values = await new NetworkPart(network, { to: name }).outputs(image, scale)
    made.push({ layer: name, className, shape: outputShape, maps: mapsOf(values, outputShape) })
  }
  return made
}

/**
 * What a layer makes of images, flat: `[count, …shape]`; `layer` may be `input`, for the pixels as the network sees them.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 5 }), dense({ units: 3 })]), { inputShape: [2, 2, 1] })
 * const rows = await layerOutputs(network, new Uint8Array(8), { layer: 'dense' })
 * rows.length // 10
 */
export async function layerOutputs(
  network: Network,
  images: Uint8Array,
  { layer, pixelRange = 'unit' }: { readonly layer: string; readonly pixelRange?: PixelRange },
): Promise<Floats> {
  const scale = pixelScale(pixelRangeField.parse(pixelRange, 'pixelRange'))
  return await new NetworkPart(network, { to: layer }).outputs(images, scale)
}

/** A page or a picture file holds no more: 512 units over 224 × 224 × 3 pixels would be 77 million numbers. */
const MOST_FILTER_NUMBERS = 2 ** 22

/**
 * What the first layer with weights looks for: the kernels of a convolution, or what each unit of a dense layer
 * multiplies the pixels by; the first ones, if all would be more than four million numbers. `null` where the first weights see neither
 * an image nor a sequence.
 *
 * @example
 * const network = createNetwork(sequential([conv2d({ filters: 4, kernelSize: 3 }), flatten(), dense({ units: 3 })]), { inputShape: [6, 6, 1] })
 * const first = firstFilters(network)
 * const found = [first?.layer, first?.filters.length, first?.filters[0]?.[0]?.values.length]
 * found // ['conv2d', 4, 9]
 */
export function firstFilters({ model, weights }: Network): LayerFilters | null {
  for (const { name, parameters } of model.layers) {
    const kernel = parameters.find(({ role }) => role === 'kernel')
    if (!kernel) continue
    const values = weights.get(`${name}/${kernel.name}`)!
    const [all, ...window] = kernel.shape as [number, ...number[]]
    const size = sizeOf(window)
    // A dense layer over all pixels sees an image; over anything else, a row.
    const shape = window.length === 1 && size === sizeOf(model.inputShape) ? model.inputShape : window
    if (shape.length === 1) return null
    const count = Math.min(all, Math.max(1, Math.floor(MOST_FILTER_NUMBERS / size)))
    const filters = Array.from({ length: count }, (_, f) =>
      mapsOf(values.subarray(f * size, (f + 1) * size), shape),
    )
    return { layer: name, filters }
  }
  return null
}

/** One map for each channel of an image; a sequence is one of `steps × channels`, a row one of a single row. */
function mapsOf(values: ArrayLike<number>, shape: Shape): PixelMap[] {
  if (shape.length < 3) {
    const [height, width] = shape.length === 2 ? [shape[0]!, shape[1]!] : [1, shape[0]!]
    return [{ height, width, values: Array.from(values) }]
  }
  const [height, width, channels] = shape as [number, number, number]
  return Array.from({ length: channels }, (_, c) => ({
    height,
    width,
    values: Array.from({ length: height * width }, (_, p) => values[p * channels + c]!),
  }))
}
