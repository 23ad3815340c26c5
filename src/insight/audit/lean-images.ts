import { principalAxes, project } from '../statistics/principal-axes.ts'

/** Images as few numbers each, `[count, width]`: their places along the main axes, and the length of what is left over. */
export interface LeanImages {
  readonly places: Float32Array
  readonly width: number
}

const AXES = 16
/** The axes are measured on evenly spaced images of about this many numbers in all: no orthonormal axes increase distances. */
const SAMPLE_NUMBERS = 1_600_000
const SMALLEST_SAMPLE = 64

/** The distance between two lean images is at most that of the images, but for rounding. `images` are bytes `[count, imageSize]`. */
export function leanImages(images: Uint8Array, imageSize: number): LeanImages {
  const count = images.length / imageSize
  const size = Math.max(SMALLEST_SAMPLE, Math.floor(SAMPLE_NUMBERS / imageSize))
  const step = Math.max(1, Math.ceil(count / size))
  const sample = new Uint8Array(Math.ceil(count / step) * imageSize)
  for (let i = 0; i * step < count; i++)
    sample.set(images.subarray(i * step * imageSize, (i * step + 1) * imageSize), i * imageSize)
  const axes = principalAxes({ values: sample, width: imageSize }, { count: AXES, iterations: 2 })
  const along = project({ values: images, width: imageSize }, axes)
  const width = axes.count + 1
  const places = new Float32Array(count * width)
  for (let i = 0; i < count; i++) {
    const own = along.subarray(i * axes.count, (i + 1) * axes.count)
    places.set(own, i * width)
    let left = 0
    for (let p = 0; p < imageSize; p++) left += (images[i * imageSize + p]! - axes.mean[p]!) ** 2
    for (const place of own) left -= place * place
    places[(i + 1) * width - 1] = Math.sqrt(Math.max(0, left))
  }
  return { places, width }
}
