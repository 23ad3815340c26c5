import { RandomStream } from '../../base/random.ts'
import { type LeanImages, leanImages } from './lean-images.ts'

/** How far an image is from what it is most like. */
interface Outlier {
  readonly index: number
  /** The root of the mean squared difference of pixels, 0 to 255, to the nearest image of the sample. */
  readonly rms: number
}

export interface Outliers {
  /** The farthest first. */
  readonly farthest: readonly Outlier[]
  /** The median distance of all images from the sample. */
  readonly medianRms: number
  readonly sampleSize: number
}

interface OutlierOptions {
  readonly imageSize: number
  readonly count: number
  readonly seed: number
  readonly lean?: LeanImages
}

const SAMPLE = 1_000

/**
 * The images that are like no others: those farthest from the nearest of a random sample, which an image never compares with itself.
 * Source: Sugiyama and Borgwardt (2013), Rapid distance-based outlier detection via sampling.
 *
 * @example
 * const { farthest } = outliers(Uint8Array.of(10, 11, 200, 12), { imageSize: 1, count: 1, seed: 0 })
 * farthest[0].index // 2
 */
export function outliers(
  images: Uint8Array,
  { imageSize, count, seed, lean = leanImages(images, imageSize) }: OutlierOptions,
): Outliers {
  const n = images.length / imageSize
  const sample = new RandomStream(seed).split('outliers').permutation(n).subarray(0, SAMPLE)
  const nearest = nearestInSample(lean, sample)
  const byDistance = Int32Array.from({ length: n }, (_, i) => i).sort(
    (a, b) => nearest[b]! - nearest[a]! || a - b,
  )
  // Leaner distances are near the true ones: the first few are measured again, pixel by pixel.
  const exact = Array.from(byDistance.subarray(0, 4 * count), index => ({
    index,
    rms: Math.sqrt(exactNearest(images, imageSize, index, sample) / imageSize),
  }))
  exact.sort((a, b) => b.rms - a.rms || a.index - b.index)
  const median =
    n > 1 ? Math.sqrt(exactNearest(images, imageSize, byDistance[n >> 1]!, sample) / imageSize) : 0
  return { farthest: exact.slice(0, count), medianRms: median, sampleSize: sample.length }
}

/** The squared distance of each image to the nearest of the sample: what the axes leave over is taken to be at right angles. */
function nearestInSample({ places, width }: LeanImages, sample: Int32Array): Float64Array {
  const n = places.length / width
  const nearest = new Float64Array(n).fill(Infinity)
  for (let i = 0; i < n; i++) {
    const left = places[(i + 1) * width - 1]!
    for (const j of sample) {
      if (i === j) continue
      let sum = left * left + places[(j + 1) * width - 1]! ** 2
      for (let k = 0; k < width - 1 && sum < nearest[i]!; k++) {
        const difference = places[i * width + k]! - places[j * width + k]!
        sum += difference * difference
      }
      if (sum < nearest[i]!) nearest[i] = sum
    }
  }
  return nearest
}

function exactNearest(images: Uint8Array, imageSize: number, index: number, sample: Int32Array): number {
  let nearest = Infinity
  for (const other of sample) {
    if (other === index) continue
    let sum = 0
    for (let k = 0; k < imageSize && sum < nearest; k++) {
      const difference = images[index * imageSize + k]! - images[other * imageSize + k]!
      sum += difference * difference
    }
    nearest = Math.min(nearest, sum)
  }
  return nearest
}
