import { normalNumber, RandomStream } from '../../base/random.ts'
import { type Affine, type Fill, type ImageShape, resample } from '../../ops/resample.ts'
import type { CorruptionKind } from '../../protocol/evaluation.ts'

/** One way to spoil an image: what its strength is counted in, five strengths, and how. */
interface Corruption {
  readonly unit: string
  /** Those counted in pixels are for images of 28 rows, and grow with the image. */
  readonly strengths: readonly number[]
  /** `from` and `to` are `[height, width, channels]`, 0 to 255; `draw` gives this image's own numbers in [0, 1). */
  apply(from: Float32Array, to: Float32Array, context: Context): void
}

interface Context {
  readonly shape: ImageShape
  readonly strength: number
  draw(place: number): number
}

/** What an edge shows goes on outside of the image. */
const onward: Fill = { mode: 'nearest', value: 0, interpolation: 'bilinear' }

const corruptions: { readonly [K in CorruptionKind]: Corruption } = {
  shift: {
    unit: 'pixels',
    strengths: [1, 2, 3, 4, 5],
    apply(from, to, { shape, strength, draw }) {
      const distance = draw(0) < 0.5 ? -strength : strength
      const transform: Affine = draw(1) < 0.5 ? [1, 0, distance, 0, 1, 0] : [1, 0, 0, 0, 1, distance]
      resample(from, to, { shape, transform, fill: { ...onward, interpolation: 'nearest' } })
    },
  },
  rotation: {
    unit: 'degrees',
    strengths: [5, 10, 20, 30, 45],
    apply(from, to, { shape, strength, draw }) {
      const angle = ((draw(0) < 0.5 ? -strength : strength) * Math.PI) / 180
      const [sin, cos] = [Math.sin(angle), Math.cos(angle)]
      const [y, x] = [(shape[0] - 1) / 2, (shape[1] - 1) / 2]
      const transform: Affine = [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y]
      resample(from, to, { shape, transform, fill: onward })
    },
  },
  noise: {
    unit: '% of white',
    strengths: [4, 8, 16, 24, 32],
    apply(from, to, { strength, draw }) {
      const [deviation, start] = [(strength / 100) * 255, Math.floor(draw(0) * NORMALS)]
      for (let i = 0; i < from.length; i++)
        to[i] = from[i]! + deviation * normals[(start + i) & (NORMALS - 1)]!
    },
  },
  blur: {
    unit: 'pixels',
    strengths: [0.5, 1, 1.5, 2, 3],
    apply(from, to, { shape, strength }) {
      const kernel = gaussian(strength)
      const between = new Float32Array(from.length)
      const [height, width, channels] = shape
      smooth(from, between, { kernel, length: width, stride: channels })
      smooth(between, to, { kernel, length: height, stride: width * channels })
    },
  },
  contrast: {
    unit: '% left',
    strengths: [80, 60, 40, 20, 10],
    apply(from, to, { strength }) {
      let sum = 0
      for (let i = 0; i < from.length; i++) sum += from[i]!
      const mean = sum / from.length
      for (let i = 0; i < from.length; i++) to[i] = mean + (strength / 100) * (from[i]! - mean)
    },
  },
  occlusion: {
    unit: 'pixels',
    strengths: [4, 8, 12, 16, 20],
    apply(from, to, { shape: [height, width, channels], strength, draw }) {
      to.set(from)
      const [top, left] = [draw(0) * (height - strength), draw(1) * (width - strength)].map(Math.round) as [
        number,
        number,
      ]
      for (let y = top; y < top + strength; y++)
        to.fill(0, (y * width + left) * channels, (y * width + left + strength) * channels)
    },
  },
}

/** Noise is read from here, each image's from a place of its own. */
const NORMALS = 2 ** 16
const normals = Float32Array.from({ length: NORMALS }, (_, i) => normalNumber([2026, 1121], i, 0))

export const corruptionKinds = Object.keys(corruptions) as CorruptionKind[]

/** The unit and the five strengths of a kind, for images of a size. */
export function strengthsOf(
  kind: CorruptionKind,
  shape: ImageShape,
): { readonly unit: string; readonly strengths: readonly number[] } {
  const { unit, strengths } = corruptions[kind]
  const factor = Math.min(shape[0], shape[1]) / 28
  const scaled =
    kind === 'blur' ? (pixels: number) => pixels * factor : (pixels: number) => Math.round(pixels * factor)
  return { unit, strengths: unit === 'pixels' ? strengths.map(scaled) : strengths }
}

interface CorruptOptions {
  readonly kind: CorruptionKind
  readonly strength: number
  readonly shape: ImageShape
  readonly seed?: number
}

/**
 * Images spoilt in one way, as strong as `strength`. The same images, kind, strength and seed give the same bytes.
 *
 * `images` are bytes `[count, …shape]`.
 *
 * @example
 * corrupt(Uint8Array.of(0, 100, 200, 100), { kind: 'contrast', strength: 50, shape: [2, 2, 1] }) // Uint8Array.of(50, 100, 150, 100)
 */
export function corrupt(images: Uint8Array, { kind, strength, shape, seed = 0 }: CorruptOptions): Uint8Array {
  const size = shape[0] * shape[1] * shape[2]
  const stream = new RandomStream(seed).split(kind)
  const spoilt = new Uint8ClampedArray(images.length)
  const [from, to] = [new Float32Array(size), new Float32Array(size)]
  for (let start = 0, i = 0; start < images.length; start += size, i++) {
    from.set(images.subarray(start, start + size))
    corruptions[kind].apply(from, to, { shape, strength, draw: place => stream.uniform(2 * i + place) })
    spoilt.set(to, start)
  }
  return new Uint8Array(spoilt.buffer)
}

/** Weights of a Gaussian as far as two standard deviations, their sum 1. */
function gaussian(deviation: number): Float64Array {
  const radius = Math.ceil(2 * deviation)
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / deviation) ** 2),
  )
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map(weight => weight / sum)
}

/** Each line of `length` values, `stride` apart, weighed with a kernel; beyond its ends the last value goes on. */
function smooth(
  from: Float32Array,
  to: Float32Array,
  { kernel, length, stride }: { kernel: Float64Array; length: number; stride: number },
): void {
  const radius = (kernel.length - 1) / 2
  const line = new Float64Array(length + 2 * radius)
  for (let start = 0; start < from.length; start++) {
    if (Math.floor(start / stride) % length !== 0) continue
    for (let i = 0; i < line.length; i++)
      line[i] = from[start + Math.min(length - 1, Math.max(0, i - radius)) * stride]!
    for (let place = 0; place < length; place++) {
      const centre = place + radius
      let sum = kernel[radius]! * line[centre]!
      // Both sides weigh the same.
      for (let k = 1; k <= radius; k++) sum += kernel[radius + k]! * (line[centre - k]! + line[centre + k]!)
      to[start + place * stride] = sum
    }
  }
}
