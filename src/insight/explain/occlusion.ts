import { type Pair, pair } from '../../base/schema.ts'
import { sizeOf } from '../../base/shape.ts'
import type { Network } from '../../network/network.ts'
import { NetworkPart } from '../../network/network-part.ts'
import { asked, type Question } from './question.ts'

export interface OcclusionOptions extends Question {
  /** Height and width of what is hidden at a time. */
  readonly windowSize?: number | Pair
  /** How far the window moves. */
  readonly strides?: number | Pair
}

const windowField = pair()

/**
 * What the output of a class loses where a black window hides part of the image: for each pixel the mean of
 * F(x) − F(x with the window black) over the windows that cover it; F is the output itself, as users see it, unless `of` says otherwise.
 *
 * Windows of 6 × 6 pixels, 2 apart, where nothing else is said; the last ones may reach over the border. `[count, height, width]`.
 * Throws a `UsageError` for a bad option, a `HeddleError` for images or classes that do not fit.
 * Source: Zeiler and Fergus (2014), https://arxiv.org/abs/1311.2901; Captum's `Occlusion`.
 *
 * @example
 * const network = createNetwork(sequential([flatten(), dense({ units: 3, activation: 'softmax' })]), { inputShape: [4, 4, 1] })
 * const map = await occlusion(network, { images: new Uint8Array(16).fill(200), windowSize: 2, strides: 1 })
 * map.length // 16
 */
export async function occlusion(
  network: Network,
  { windowSize = 6, strides = 2, ...question }: OcclusionOptions,
): Promise<Float64Array> {
  const size = windowField.parse(windowSize, 'windowSize')
  const step = windowField.parse(strides, 'strides')
  const { images, count, scale, to, classes } = await asked(network, question, 'output')
  const [height, width, channels] = network.model.inputShape as [number, number, number]
  const part = new NetworkPart(network, { to })
  const [imageSize, outputs] = [sizeOf(part.inputShape), sizeOf(part.outputShape)]
  const windows = startsOf(height, size[0], step[0]).flatMap(top =>
    startsOf(width, size[1], step[1]).map(left => ({
      top,
      left,
      bottom: Math.min(height, top + size[0]),
      right: Math.min(width, left + size[1]),
    })),
  )
  const maps = new Float64Array(count * height * width)
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * imageSize, (i + 1) * imageSize)
    // The image as it is, then under each window.
    const variants = new (images instanceof Uint8Array ? Uint8Array : Float64Array)(
      (windows.length + 1) * imageSize,
    )
    variants.set(image)
    windows.forEach(({ top, left, bottom, right }, k) => {
      const hidden = variants.subarray((k + 1) * imageSize, (k + 2) * imageSize)
      hidden.set(image)
      for (let y = top; y < bottom; y++)
        hidden.fill(0, (y * width + left) * channels, (y * width + right) * channels)
    })
    const answers = await part.outputs(variants, scale)
    const whole = answers[classes[i]!]!
    const map = maps.subarray(i * height * width, (i + 1) * height * width)
    const covered = new Int32Array(height * width)
    windows.forEach(({ top, left, bottom, right }, k) => {
      const lost = whole - answers[(k + 1) * outputs + classes[i]!]!
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          map[y * width + x]! += lost
          covered[y * width + x]!++
        }
      }
    })
    // Strides longer than the window leave pixels that nothing hides: they lose nothing.
    for (let p = 0; p < map.length; p++) map[p]! /= Math.max(1, covered[p]!)
  }
  return maps
}

/** The starts of the windows along an axis, so that together they reach its end. */
function startsOf(length: number, size: number, step: number): number[] {
  const count = Math.ceil(Math.max(0, length - size) / step) + 1
  return Array.from({ length: count }, (_, i) => i * step)
}
