import { threefry, type Words } from '../base/random.ts'
import { type Mixing, mixesOf, mixImage } from './mix.ts'
import type { Floats } from './op.ts'
import { type Affine, compose, type Fill, type ImageShape, resample } from './resample.ts'

/** The kinds of steps; native/augment.h counts them in this order. */
export const augmentKinds = [
  'flip',
  'rotation',
  'translation',
  'zoom',
  'crop',
  'erasing',
  'cutout',
  'brightness',
  'contrast',
] as const

/**
 * One step of an augmentation. Its `numbers` are, by kind:
 *
 * - `flip`: horizontal, vertical (0 or 1)
 * - `rotation`: lowest, highest, in turns
 * - `translation`: lowest and highest share of the height, lowest and highest share of the width
 * - `zoom`: the same four as changes of scale, and 1 where the width takes the height's
 * - `crop`: padding and size of the window, each height and width, in pixels
 * - `erasing`: lowest and highest chance, lowest and highest share of the sides squared, 1 for noise in place of the fill
 * - `cutout`: height, width, in pixels
 * - `brightness`: lowest, highest, in shares of white
 * - `contrast`: lowest, highest factor
 */
export interface AugmentOp {
  readonly kind: (typeof augmentKinds)[number]
  readonly probability: number
  /** Fill value of the ops that resample or fill, as a share of white. */
  readonly fill: Fill | null
  readonly numbers: readonly number[]
}

/** The changes that are made to the images of a batch when they are loaded: the ops, then the mixes. */
export interface Augment extends Mixing {
  readonly ops: readonly AugmentOp[]
  /** The number that a white pixel becomes: 1 or 255. */
  readonly white: number
}

/**
 * Changes one image, the one at `position` of the batch of `step`, in place.
 *
 * Flips, rotations, translations, zooms and crops that follow each other with one fill are one resampling: their maps are
 * multiplied first. Random numbers depend on key, step, position and the op's place alone.
 */
export function augmentImage(
  image: Floats,
  { ops, shape, white, key, step }: Augment,
  position: number,
): void {
  let pending: { transform: Affine; fill: Fill | null } | null = null
  const resamplePending = (): void => {
    if (!pending) return
    const { transform, fill } = pending
    const { mode, value, interpolation } = fill ?? untouched
    resample(image.slice(), image, { shape, transform, fill: { mode, value: value * white, interpolation } })
    pending = null
  }
  ops.forEach((op, place) => {
    const random = new Draws(threefry(key, [place, 0]), position, step)
    const transform = transformOf(op, random, shape)
    if (transform) {
      if (pending?.fill && op.fill && !sameFill(pending.fill, op.fill)) resamplePending()
      pending = pending
        ? { transform: compose(pending.transform, transform), fill: pending.fill ?? op.fill }
        : { transform, fill: op.fill }
      return
    }
    if (isGeometric(op) || !random.happens(op.probability)) return
    resamplePending()
    recolour(image, op, { random, shape, white })
  })
  resamplePending()
}

/** Changes the images of the batch of `step`, in place: each by itself, then with each other. */
export function augmentBatch(images: readonly Floats[], augment: Augment): void {
  images.forEach((image, position) => {
    augmentImage(image, augment, position)
  })
  if (augment.mixes.length === 0) return
  const before = images.map(image => image.slice())
  mixesOf(augment, { count: images.length }).forEach((mix, position) => {
    if (mix) mixImage(images[position]!, before[mix.partner]!, mix, augment.shape)
  })
}

/** A flip alone reads nothing from outside. */
const untouched: Fill = { mode: 'nearest', value: 0, interpolation: 'nearest' }

/** The random numbers that one op draws for one image, by their place. */
class Draws {
  readonly #key: Words
  readonly #position: number
  readonly #step: number

  constructor(key: Words, position: number, step: number) {
    this.#key = key
    this.#position = position
    this.#step = step
  }

  /** In [0, 1): counter = 4 · position + ⌊place / 2⌋, word = place mod 2. */
  at(place: number): number {
    const counter = this.#position * 4 + (place >>> 1)
    return threefry(this.#key, [counter >>> 0, this.#step])[place & 1]! / 2 ** 32
  }

  between(low: number, high: number, place: number): number {
    return low + (high - low) * this.at(place)
  }

  /** The first number of every op but the flip, which draws one for each axis. */
  happens(probability: number): boolean {
    return this.at(0) < probability
  }

  /** A normal number for each of many pixels (Box and Muller, 1958): two from each counter. */
  normal(pixel: number): number {
    const key = threefry(this.#key, [0xffffffff, this.#step])
    const [a, b] = threefry(key, [pixel >>> 1, this.#position])
    const radius = Math.sqrt(-2 * Math.log((a + 1) / 2 ** 32))
    const angle = (2 * Math.PI * b) / 2 ** 32
    return radius * (pixel & 1 ? Math.sin(angle) : Math.cos(angle))
  }
}

function sameFill(a: Fill, b: Fill): boolean {
  return a.mode === b.mode && a.value === b.value && a.interpolation === b.interpolation
}

function isGeometric({ kind }: AugmentOp): boolean {
  return augmentKinds.indexOf(kind) <= augmentKinds.indexOf('crop')
}

/** The map from output to input pixels; `null` if the op moves none. */
function transformOf(
  { kind, probability, numbers }: AugmentOp,
  random: Draws,
  [height, width]: ImageShape,
): Affine | null {
  const [n0 = 0, n1 = 0, n2 = 0, n3 = 0, n4 = 0] = numbers
  if (kind === 'flip') {
    const horizontal = n0 === 1 && random.at(0) < probability
    const vertical = n1 === 1 && random.at(1) < probability
    if (!horizontal && !vertical) return null
    return [
      horizontal ? -1 : 1,
      0,
      horizontal ? width - 1 : 0,
      0,
      vertical ? -1 : 1,
      vertical ? height - 1 : 0,
    ]
  }
  if (!random.happens(probability)) return null
  switch (kind) {
    case 'rotation': {
      const angle = 2 * Math.PI * random.between(n0, n1, 1)
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
      const [x, y] = [(width - 1) / 2, (height - 1) / 2]
      return [cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos]
    }
    case 'translation':
      return [1, 0, -width * random.between(n2, n3, 2), 0, 1, -height * random.between(n0, n1, 1)]
    case 'zoom': {
      const y = 1 + random.between(n0, n1, 1)
      const x = n4 === 1 ? y : 1 + random.between(n2, n3, 2)
      return [x, 0, ((width - 1) / 2) * (1 - x), 0, y, ((height - 1) / 2) * (1 - y)]
    }
    case 'crop': {
      const top = Math.floor(random.at(1) * (height + 2 * n0 - n2 + 1)) - n0
      const left = Math.floor(random.at(2) * (width + 2 * n1 - n3 + 1)) - n1
      // Centres of pixels lie at halves; a window of the image's size is a shift by whole pixels.
      const [y, x] = [n2 / height, n3 / width]
      return [x, 0, left + (x - 1) / 2, 0, y, top + (y - 1) / 2]
    }
    default:
      return null
  }
}

/** The change of a pixel's value in its place. */
function recolour(
  image: Floats,
  op: AugmentOp,
  { random, shape, white }: { random: Draws; shape: ImageShape; white: number },
): void {
  const [height, width, channels] = shape
  const [n0 = 0, n1 = 0, n2 = 0, n3 = 0, n4 = 0] = op.numbers
  const fillBox = (y: Span, x: Span, valueAt: (pixel: number) => number): void => {
    for (let row = Math.max(0, y.from); row < Math.min(height, y.to); row++) {
      for (let column = Math.max(0, x.from); column < Math.min(width, x.to); column++) {
        const pixel = (row * width + column) * channels
        for (let i = pixel; i < pixel + channels; i++) image[i] = valueAt(i)
      }
    }
  }
  const value = (op.fill?.value ?? 0) * white
  switch (op.kind) {
    case 'erasing': {
      if (random.at(2) >= random.between(n0, n1, 1)) return
      const [h, w] = [
        height * Math.sqrt(random.between(n2, n3, 4)),
        width * Math.sqrt(random.between(n2, n3, 3)),
      ]
      const [y, x] = [random.at(6) * (height - h), random.at(5) * (width - w)]
      const noise = (pixel: number): number => clip(random.normal(pixel) * white, white)
      fillBox(wholeSpan(y, y + h), wholeSpan(x, x + w), n4 === 1 ? noise : () => value)
      return
    }
    case 'cutout': {
      const top = Math.floor(random.at(1) * height) - Math.floor(n0 / 2)
      const left = Math.floor(random.at(2) * width) - Math.floor(n1 / 2)
      fillBox({ from: top, to: top + n0 }, { from: left, to: left + n1 }, () => value)
      return
    }
    case 'brightness': {
      const change = random.between(n0, n1, 1) * white
      for (let i = 0; i < image.length; i++) image[i] = clip(image[i]! + change, white)
      return
    }
    case 'contrast': {
      const factor = random.between(n0, n1, 1)
      for (let channel = 0; channel < channels; channel++) {
        let mean = 0
        for (let i = channel; i < image.length; i += channels) mean += image[i]!
        mean /= height * width
        for (let i = channel; i < image.length; i += channels) {
          image[i] = clip((image[i]! - mean) * factor + mean, white)
        }
      }
    }
  }
}

/** Rows or columns from `from` until before `to`. */
interface Span {
  readonly from: number
  readonly to: number
}

/** The pixels whose number lies in [from, to). */
function wholeSpan(from: number, to: number): Span {
  return { from: Math.ceil(from), to: Math.ceil(to) }
}

function clip(x: number, white: number): number {
  return Math.min(Math.max(x, 0), white)
}
