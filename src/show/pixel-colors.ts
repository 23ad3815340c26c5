import type { PixelMap } from '../protocol/explanations.ts'

type Rgb = readonly [number, number, number]

const WHITE: Rgb = [255, 255, 255]
/** What speaks for, what speaks against: orange and blue, which everybody tells apart. */
const FOR: Rgb = [213, 94, 0]
const AGAINST: Rgb = [0, 92, 158]

/** The largest magnitude in maps: what is drawn in full colour. */
export function peakOf(maps: readonly PixelMap[]): number {
  let peak = 0
  for (const { values } of maps) for (const value of values) peak = Math.max(peak, Math.abs(value))
  return peak
}

/**
 * A map in colours, `[height, width, 3]`: white is 0, orange `peak` and more, blue −`peak` and less.
 *
 * @example
 * paint({ height: 1, width: 2, values: [0, 1] }, 1) // Uint8Array [255, 255, 255, 213, 94, 0]
 */
export function paint({ values }: PixelMap, peak: number): Uint8Array {
  const pixels = new Uint8Array(values.length * 3)
  values.forEach((value, p) => {
    pixels.set(mixed(WHITE, value < 0 ? AGAINST : FOR, share(value, peak)), 3 * p)
  })
  return pixels
}

/** An image, `[height, width, channels]`, with a map laid over it: the more of it, the more orange. */
export function overlay(image: Uint8Array, { values }: PixelMap, peak: number): Uint8Array {
  const grey = asRgb(image, image.length / values.length)
  const pixels = new Uint8Array(values.length * 3)
  values.forEach((value, p) => {
    const below: Rgb = [grey[3 * p]!, grey[3 * p + 1]!, grey[3 * p + 2]!]
    pixels.set(mixed(below, FOR, 0.75 * share(Math.max(0, value), peak)), 3 * p)
  })
  return pixels
}

/** Grey or coloured bytes as `[height, width, 3]`. */
export function asRgb(image: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return image
  const pixels = new Uint8Array((image.length / channels) * 3)
  for (let p = 0; p < pixels.length / 3; p++) pixels.fill(image[p * channels]!, 3 * p, 3 * p + 3)
  return pixels
}

function share(value: number, peak: number): number {
  return peak > 0 ? Math.min(1, Math.abs(value) / peak) : 0
}

function mixed(from: Rgb, to: Rgb, part: number): Rgb {
  const mix = (c: 0 | 1 | 2): number => Math.round(from[c] + (to[c] - from[c]) * part)
  return [mix(0), mix(1), mix(2)]
}
