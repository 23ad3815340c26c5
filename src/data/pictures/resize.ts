import type { OpaquePicture } from './picture.ts'

/** Keras' names; `area` is Pillow's BOX and `lanczos3` its LANCZOS. */
export const interpolations = ['bilinear', 'bicubic', 'lanczos3', 'area', 'nearest'] as const

export type Interpolation = (typeof interpolations)[number]

interface Filter {
  /** How far it reaches, in pixels of the smaller picture. */
  readonly support: number
  readonly weigh: (x: number) => number
}

const filters: Readonly<Record<Exclude<Interpolation, 'nearest'>, Filter>> = {
  area: { support: 0.5, weigh: x => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weigh: x => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weigh: x => bicubic(Math.abs(x)) },
  lanczos3: { support: 3, weigh: x => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
}

/** Keys' kernel with a = −0.5. */
function bicubic(x: number): number {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1
  return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI)
}

/** Weights are whole numbers of 2^-22: then sums of bytes are exact, and every machine gets one result. */
const PRECISION_BITS = 22

interface Taps {
  /** By place: the first place that it reads. */
  readonly first: Int32Array
  readonly count: Int32Array
  /** `[places, width]`. */
  readonly weights: Int32Array
  readonly width: number
}

/** For each of `to` places along an axis of `from`: which places it reads, and with what weights. */
function tapsOf(from: number, to: number, { support, weigh }: Filter): Taps {
  const scale = from / to
  // When shrinking, the filter is as wide as the pixels that become one: nothing is skipped (antialiasing).
  const stretch = Math.max(1, scale)
  const reach = support * stretch
  const width = Math.ceil(reach) * 2 + 1
  const taps = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    weights: new Int32Array(to * width),
    width,
  }
  for (let place = 0; place < to; place++) {
    const center = (place + 0.5) * scale
    const first = Math.max(0, Math.trunc(center - reach + 0.5))
    const count = Math.min(from, Math.trunc(center + reach + 0.5)) - first
    const shares = Array.from({ length: count }, (_, i) => weigh((first + i - center + 0.5) * (1 / stretch)))
    let total = 0
    for (const share of shares) total += share
    taps.first[place] = first
    taps.count[place] = count
    shares.forEach((share, i) => {
      const weight = (share / total) * 2 ** PRECISION_BITS
      taps.weights[place * width + i] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5)
    })
  }
  return taps
}

/**
 * Brings a picture to another size by a separable filter with antialiasing. The same arithmetic as the `Image.resize` of
 * Pillow 13, so the same bytes (golden files hold it to that).
 */
export function resize(
  picture: OpaquePicture,
  { width, height }: { readonly width: number; readonly height: number },
  interpolation: Interpolation,
): OpaquePicture {
  if (interpolation === 'nearest') return nearest(picture, width, height)
  const filter = filters[interpolation]
  // The pass that leaves fewer pixels to the other comes first; rounding shows in which order they were.
  const lost = picture.height - height
  const isTall = lost > 0 && lost > 2 * (picture.width - width)
  const passes = isTall ? [toHeight, toWidth] : [toWidth, toHeight]
  return passes.reduce((made, pass) => pass(made, { width, height }, filter), picture)
}

type Pass = (
  picture: OpaquePicture,
  size: { readonly width: number; readonly height: number },
  filter: Filter,
) => OpaquePicture

const toWidth: Pass = (picture, { width }, filter) => {
  if (width === picture.width) return picture
  const taps = tapsOf(picture.width, width, filter)
  return { ...picture, width, bytes: alongRows(picture.bytes, picture, { to: width, taps }) }
}

const toHeight: Pass = (picture, { height }, filter) => {
  if (height === picture.height) return picture
  const taps = tapsOf(picture.height, height, filter)
  const row = picture.width * picture.channels
  return { ...picture, height, bytes: alongColumns(picture.bytes, { row, to: height, taps }) }
}

const HALF = 1 << (PRECISION_BITS - 1)

function clipped(sum: number): number {
  const level = sum >> PRECISION_BITS
  return Math.max(0, Math.min(level, 255))
}

function alongRows(
  bytes: Uint8Array,
  { width, height, channels }: OpaquePicture,
  { to, taps }: { readonly to: number; readonly taps: Taps },
): Uint8Array {
  const { first, count, weights } = taps
  const out = new Uint8Array(height * to * channels)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      const tap = x * taps.width
      const end = tap + count[x]!
      let from = (y * width + first[x]!) * channels
      const at = (y * to + x) * channels
      let [red, green, blue] = [HALF, HALF, HALF]
      if (channels === 1) {
        for (let i = tap; i < end; i++) red = (red + bytes[from++]! * weights[i]!) | 0
      } else {
        for (let i = tap; i < end; i++) {
          const weight = weights[i]!
          red = (red + bytes[from]! * weight) | 0
          green = (green + bytes[from + 1]! * weight) | 0
          blue = (blue + bytes[from + 2]! * weight) | 0
          from += 3
        }
        out[at + 1] = clipped(green)
        out[at + 2] = clipped(blue)
      }
      out[at] = clipped(red)
    }
  }
  return out
}

function alongColumns(
  bytes: Uint8Array,
  { row, to, taps }: { readonly row: number; readonly to: number; readonly taps: Taps },
): Uint8Array {
  const { first, count, weights } = taps
  const out = new Uint8Array(to * row)
  const sums = new Int32Array(row)
  for (let y = 0; y < to; y++) {
    sums.fill(HALF)
    for (let i = 0; i < count[y]!; i++) {
      const weight = weights[y * taps.width + i]!
      const from = (first[y]! + i) * row
      for (let x = 0; x < row; x++) sums[x] = sums[x]! + bytes[from + x]! * weight
    }
    for (let x = 0; x < row; x++) out[y * row + x] = clipped(sums[x]!)
  }
  return out
}

function nearest({ channels, bytes, ...from }: OpaquePicture, width: number, height: number): OpaquePicture {
  const out = new Uint8Array(height * width * channels)
  const [columns, rows] = [nearestPlaces(from.width, width), nearestPlaces(from.height, height)]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (rows[y]! * from.width + columns[x]!) * channels
      for (let c = 0; c < channels; c++) out[(y * width + x) * channels + c] = bytes[at + c]!
    }
  }
  return { width, height, channels, bytes: out }
}

/** Added up step by step as Pillow does it: rounding decides where a place lies between two. */
function nearestPlaces(from: number, to: number): Int32Array {
  const scale = from / to
  let at = scale * 0.5
  const places = new Int32Array(to)
  for (let place = 0; place < to; place++, at += scale) places[place] = Math.min(from - 1, Math.trunc(at))
  return places
}
