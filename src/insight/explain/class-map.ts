import { HeddleError } from '../../base/errors.ts'
import type { Network } from '../../network/network.ts'
import type { ClassMap, GradCamMap, PixelMap } from '../../protocol/explanations.ts'
import { gradCam, gradCamLayer } from './grad-cam.ts'
import { integratedGradients } from './integrated-gradients.ts'
import { overImage } from './over-image.ts'
import { asked, type Question } from './question.ts'

/**
 * For each image one map of the evidence for its class, over the pixels and not negative: Grad-CAM (`gradCamMaps`), or, if that is
 * zero everywhere, the positive part of integrated gradients. The command line, reports and the studio show this map.
 * `steps`: of integrated gradients, 50 by default.
 *
 * Throws a `UsageError` for a bad option or layer, a `HeddleError` for images or classes that do not fit.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [4, 4, 1] })
 * const [first] = await classMaps(network, { images: new Uint8Array(16).fill(200), classes: [1] })
 * first?.method // { name: 'Integrated gradients' }
 */
export async function classMaps(
  network: Network,
  { steps, ...question }: Omit<Question, 'of'> & { readonly layer?: string; readonly steps?: number },
): Promise<readonly ClassMap[]> {
  const { classes } = await asked(network, question, 'logit')
  const cams = await gradCamMaps(network, { ...question, classes })
  const open = withoutMap(cams)
  if (open.length === 0) return cams.map(cam => classMap(cam))
  const [height, width, channels] = network.model.inputShape as [number, number, number]
  const own = { ...question, ...someOf(question.images, classes, open), ...(steps && { steps }) }
  const { attributions } = await integratedGradients(network, own)
  const size = height * width * channels
  return cams.map((cam, i) => {
    if (cam) return classMap(cam)
    const k = open.indexOf(i)
    const values = sumOfChannels(attributions.subarray(k * size, (k + 1) * size), channels)
    return classMap(null, { height, width, values })
  })
}

const withoutMap = (cams: readonly (GradCamMap | null)[]): number[] =>
  [...cams.keys()].filter(i => cams[i] === null)

/** Some of the images, with their classes. */
function someOf(
  images: Question['images'],
  classes: ArrayLike<number>,
  indices: readonly number[],
): Required<Pick<Question, 'images' | 'classes'>> {
  if (indices.length === classes.length) return { images, classes }
  const size = images.length / classes.length
  const some = images.slice(0, indices.length * size)
  indices.forEach((from, to) => {
    some.set(images.subarray(from * size, (from + 1) * size), to * size)
  })
  return { images: some, classes: indices.map(i => classes[i]!) }
}

/** The map to show: Grad-CAM's, or without it the positive part of the attributions. */
export function classMap(cam: GradCamMap | null, attributions?: PixelMap): ClassMap {
  if (cam) {
    const { layer, isUsual, onImage } = cam
    return { map: onImage, method: { name: 'Grad-CAM', layer, isUsual } }
  }
  const values = attributions!.values.map(value => Math.max(0, value))
  return { map: { ...attributions!, values }, method: { name: 'Integrated gradients' } }
}

function sumOfChannels(values: Float64Array, channels: number): number[] {
  return Array.from({ length: values.length / channels }, (_, p) =>
    values.subarray(p * channels, (p + 1) * channels).reduce((sum, one) => sum + one, 0),
  )
}

/**
 * Grad-CAM of each image at its usual layer, or at the last layer before it where the map is not zero everywhere: in front of
 * flatten() the mean of the gradients often speaks against a class in all places. `null`: it is zero at all layers, or no layer
 * keeps places. A `layer` that is named is used as it is.
 */
export async function gradCamMaps(
  network: Network,
  { layer: wanted, ...question }: Omit<Question, 'of'> & { readonly layer?: string },
): Promise<(GradCamMap | null)[]> {
  const usual = gradCamLayer(network)
  const names = network.model.layers.map(({ name }) => name)
  const before = usual === null ? [] : names.slice(0, names.indexOf(usual) + 1).reverse()
  const { classes } = await asked(network, question, 'logit')
  const found: (GradCamMap | null)[] = Array.from(classes, () => null)
  for (const layer of wanted === undefined ? before : [wanted]) {
    const open = withoutMap(found)
    if (open.length === 0) break
    const own = { ...question, ...someOf(question.images, classes, open), layer }
    // A shortcut leads past some layers: what is behind those is not made from them alone.
    const cam = await gradCam(network, own).catch(error => {
      if (wanted === undefined && error instanceof HeddleError) return null
      throw error
    })
    if (!cam) continue
    const { height, width, maps } = cam
    open.forEach((i, k) => {
      const values = [...maps.subarray(k * height * width, (k + 1) * height * width)]
      if (wanted === undefined && !values.some(value => value > 0)) return
      const map = { height, width, values }
      const onImage = overImage(network.model, { layer, map })
      found[i] = { layer, isUsual: layer === (wanted ?? usual), map, onImage }
    })
  }
  return found
}
