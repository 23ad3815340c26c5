import type { Floats } from './op.ts'

/** The map from an output pixel to its place in the input: [a, b, c, d, e, f] means x' = a·x + b·y + c and y' = d·x + e·y + f. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number]

export const fillModes = ['constant', 'nearest', 'reflect'] as const
export const interpolations = ['nearest', 'bilinear'] as const

/** How pixels outside of an image and between its pixels are filled. */
export interface Fill {
  readonly mode: (typeof fillModes)[number]
  /** Fill value of the mode `constant`. */
  readonly value: number
  readonly interpolation: (typeof interpolations)[number]
}

/** `[height, width, channels]`. */
export type ImageShape = readonly [height: number, width: number, channels: number]

/** The one map that does what resampling by `first` and then by `then` does. */
export function compose(first: Affine, then: Affine): Affine {
  const [a, b, c, d, e, f] = first
  const [p, q, r, s, t, u] = then
  return [a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f]
}

/** Fills `to` with the pixels of `from` that `transform` points at. Source: TensorFlow's ImageProjectiveTransformV3. */
export function resample(
  from: Floats,
  to: Floats,
  { shape, transform, fill }: { shape: ImageShape; transform: Affine; fill: Fill },
): void {
  const [height, width, channels] = shape
  const [a, b, c, d, e, f] = transform
  const read = (y: number, x: number, channel: number): number =>
    y >= 0 && y < height && x >= 0 && x < width ? from[(y * width + x) * channels + channel]! : fill.value
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = inside(a * column + (b * row + c), width, fill.mode)
      const y = inside(d * column + (e * row + f), height, fill.mode)
      for (let channel = 0; channel < channels; channel++, i++) {
        if (fill.interpolation === 'nearest') {
          to[i] = read(round(y), round(x), channel)
          continue
        }
        const [top, left] = [Math.floor(y), Math.floor(x)]
        const [down, right] = [y - top, x - left]
        to[i] =
          (1 - down) * ((1 - right) * read(top, left, channel) + right * read(top, left + 1, channel)) +
          down * ((1 - right) * read(top + 1, left, channel) + right * read(top + 1, left + 1, channel))
      }
    }
  }
}

/** A coordinate brought into the image; `constant` leaves it, and reads the fill value there. */
function inside(coordinate: number, length: number, mode: Fill['mode']): number {
  if (mode === 'constant') return coordinate
  return Math.min(Math.max(mode === 'reflect' ? reflected(coordinate, length) : coordinate, 0), length - 1)
}

/** d c b a | a b c d | d c b a: the border pixel is repeated. */
function reflected(coordinate: number, length: number): number {
  const period = 2 * length
  const rest = coordinate - period * Math.floor(coordinate / period)
  return rest >= length ? period - rest - 1 : rest
}

/** Halves go away from zero, as in C. */
function round(x: number): number {
  return x < 0 ? -Math.round(-x) : Math.round(x)
}
