import { RandomStream, threefry, type Words } from '../base/random.ts'
import type { Floats } from './op.ts'
import type { ImageShape } from './resample.ts'

/**
 * One way to mix an image with another of its batch. λ, the share that the image keeps, is drawn from Beta(alpha, alpha):
 *
 * - `mixup`: every pixel becomes λ · its own value + (1 − λ) · the other's
 * - `cutmix`: a rectangle of √(1 − λ) of the sides around a random pixel is the other's; what lies outside the image is cut off
 */
export interface MixOp {
  readonly kind: 'mixup' | 'cutmix'
  readonly probability: number
  readonly alpha: number
}

/** How the images of a training's batches are mixed. */
export interface Mixing {
  readonly mixes: readonly MixOp[]
  readonly shape: ImageShape
  readonly key: Words
  /** The number of the first step. */
  readonly step: number
}

/** How one image is mixed. Within the box, a pixel keeps `share` of its value; outside, all of it. */
export interface Mix {
  /** The other image's place in the batch. */
  readonly partner: number
  readonly share: number
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/** Numbers of a mixture where engines exchange them, in the order of the interface. */
export const MIX_NUMBERS = 6

/**
 * How the images of a batch are mixed, by their place; `null`: as it is. The first op that happens to an image is the
 * only one. All partners of a step lie equally far behind, so that every image is the partner of one other.
 * Draws depend on key, step and place alone.
 */
export function mixesOf(
  { mixes, key, shape, step }: Mixing,
  { count, steps = 0 }: { readonly count: number; readonly steps?: number },
): (Mix | null)[] {
  const stepKey = threefry(threefry(key, [MIXING, 0]), [step + steps, 0])
  const shift = count < 2 ? 0 : 1 + Math.floor(new RandomStream(stepKey).uniform(0) * (count - 1))
  return Array.from({ length: count }, (_, place) => {
    for (const [i, op] of shift === 0 ? [] : mixes.entries()) {
      const random = draws(threefry(stepKey, [place, 1 + i]))
      if (random() < op.probability) return mixOf(op, { random, shape, partner: (place + shift) % count })
    }
    return null
  })
}

/** The place of mixing among the ops of an augmentation, for its key: behind all of them. */
const MIXING = 0xffffffff

type Random = () => number

/** Numbers in [0, 1), one after the other. */
function draws(key: Words): Random {
  const stream = new RandomStream(key)
  let position = 0
  return () => stream.uniform(position++)
}

function mixOf(
  { kind, alpha }: MixOp,
  {
    random,
    shape,
    partner,
  }: { readonly random: Random; readonly shape: ImageShape; readonly partner: number },
): Mix {
  const [height, width] = shape
  const share = beta(alpha, random)
  if (kind === 'mixup') return { partner, share, top: 0, bottom: height, left: 0, right: width }
  const side = Math.sqrt(1 - share)
  const [top, bottom] = span(height, Math.floor(side * height), random)
  const [left, right] = span(width, Math.floor(side * width), random)
  return { partner, share: 0, top, bottom, left, right }
}

/** `length` pixels around a random one, as far as they lie within the side. */
function span(side: number, length: number, random: Random): [number, number] {
  const from = Math.floor(random() * side) - Math.floor(length / 2)
  return [Math.max(0, from), Math.min(side, from + length)]
}

/** From Beta(alpha, alpha): X / (X + Y) of two gamma variates, in logarithms, as both can be too small for a number. */
function beta(alpha: number, random: Random): number {
  const [x, y] = [logGamma(alpha, random), logGamma(alpha, random)]
  return 1 / (1 + Math.exp(y - x))
}

/**
 * The logarithm of a variate from Gamma(alpha, 1): that of Gamma(alpha + 1, 1) times u^(1/alpha).
 * Source: Marsaglia and Tsang (2000), "A simple method for generating gamma variables".
 */
function logGamma(alpha: number, random: Random): number {
  const d = alpha + 1 - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    const v = (1 + c * normal) ** 3
    const u = 1 - random()
    if (v <= 0 || Math.log(u) >= normal ** 2 / 2 + d - d * v + d * Math.log(v)) continue
    return Math.log(d * v) + Math.log(1 - random()) / alpha
  }
}

/** Mixes `other` into an image, in place. */
export function mixImage(image: Floats, other: Floats, mix: Mix, [, width, channels]: ImageShape): void {
  for (let row = mix.top; row < mix.bottom; row++) {
    const [from, to] = [(row * width + mix.left) * channels, (row * width + mix.right) * channels]
    for (let i = from; i < to; i++) image[i] = mix.share * image[i]! + (1 - mix.share) * other[i]!
  }
}

/** The share of itself that an image keeps: that of its target in the mixed one. */
export function keptShare({ share, top, bottom, left, right }: Mix, [height, width]: ImageShape): number {
  return 1 - ((1 - share) * ((bottom - top) * (right - left))) / (height * width)
}

/** The class with the larger share of each image of a batch: what metrics take for its class. */
export function mixedLabels(labels: Int32Array, mixing: Mixing, steps: number): Int32Array {
  const mixes = mixesOf(mixing, { count: labels.length, steps })
  return labels.map((label, place) => {
    const mix = mixes[place]
    return mix && keptShare(mix, mixing.shape) < 0.5 ? labels[mix.partner]! : label
  })
}

/** The target of a mixed image, from the rows of both. */
export function mixTargets(own: Floats, other: Floats, kept: number): Float64Array {
  return Float64Array.from(own, (t, k) => kept * t + (1 - kept) * other[k]!)
}
