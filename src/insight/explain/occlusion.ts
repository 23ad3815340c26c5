import { type Pair, pair } from '../../base/schema.ts'
import { sizeOf } from '../../base/shape.ts'
import type { Network } from '../../network/network.ts'
import { NetworkPart } from '../../network/network-part.ts'
import type { Floats } from '../../ops/op.ts'
import type { PixelMap } from '../../protocol/explanations.ts'
import { asked, type Question } from './question.ts'

export interface OcclusionOptions extends Question {
  /** Height and width of what is hidden at a time; by default 6 pixels of 28. */
  readonly windowSize?: number | Pair
  /** How far the window moves; by default 2 pixels of 28. */
  readonly strides?: number | Pair
}

const windowField = pair()

/** Images of this size have windows of 6 × 6 pixels, 2 apart; the windows of larger ones grow with them, so that their number stays. */
const SIDE = 28
const WINDOW = 6
const STRIDE = 2

/** Bytes of images that are asked about in one go: a caller may want any number of windows of large images. */
const AT_ONCE_BYTES = 2 ** 26

/**
 * What the output of a class loses where a black window hides part of the image: for each pixel the mean of
 * F(x) − F(x with the window black) over the windows that cover it; F is the output itself, as users see it, unless `of` says otherwise.
 *
 * Windows of 6 × 6 pixels, 2 apart, by default; in images larger than 28 × 28, windows and strides of the same share of the height and
 * the width. The last windows may reach over the border. `[count, height, width]`.
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
  { windowSize, strides, ...question }: OcclusionOptions,
): Promise<Float64Array> {
  const { images, count, scale, to, classes } = await asked(network, question, 'output')
  const [height, width, channels] = network.model.inputShape as [number, number, number]
  const size = windowField.parse(windowSize ?? ofSides(WINDOW, height, width), 'windowSize')
  const step = windowField.parse(strides ?? ofSides(STRIDE, height, width), 'strides')
  const part = new NetworkPart(network, { to })
  const [imageSize, outputs] = [sizeOf(part.inputShape), sizeOf(part.outputShape)]
  const atOnce = Math.max(1, Math.floor(AT_ONCE_BYTES / (imageSize * images.BYTES_PER_ELEMENT)))
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
    const hide = (hidden: typeof images, { top, left, bottom, right }: (typeof windows)[number]): void => {
      hidden.set(image)
      for (let y = top; y < bottom; y++)
        hidden.fill(0, (y * width + left) * channels, (y * width + right) * channels)
    }
    const own = (answers: Floats, k: number): number => answers[k * outputs + classes[i]!]!
    const whole = own(await part.outputs(image, scale), 0)
    const hiding: number[] = []
    for (let from = 0; from < windows.length; from += atOnce) {
      const some = windows.slice(from, from + atOnce)
      const variants = new (images instanceof Uint8Array ? Uint8Array : Float64Array)(some.length * imageSize)
      for (const [k, window] of some.entries())
        hide(variants.subarray(k * imageSize, (k + 1) * imageSize), window)
      const answers = await part.outputs(variants, scale)
      hiding.push(...some.map((_, k) => own(answers, k)))
    }
    const map = maps.subarray(i * height * width, (i + 1) * height * width)
    const covered = new Int32Array(height * width)
    windows.forEach(({ top, left, bottom, right }, k) => {
      const lost = whole - hiding[k]!
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

/** The height and the width of the windows that images have by default. */
export function occlusionWindow({ height, width }: Omit<PixelMap, 'values'>): Pair {
  return ofSides(WINDOW, height, width)
}

function ofSides(pixels: number, ...sides: Pair): Pair {
  const [height, width] = sides.map(side => Math.max(pixels, Math.floor((pixels * side) / SIDE)))
  return [height!, width!]
}

/** The starts of the windows along an axis, so that together they reach its end. */
function startsOf(length: number, size: number, step: number): number[] {
  const count = Math.ceil(Math.max(0, length - size) / step) + 1
  return Array.from({ length: count }, (_, i) => i * step)
}
