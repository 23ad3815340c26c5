import { HeddleError } from '../../base/errors.ts'
import { type LeanImages, leanImages } from './lean-images.ts'
import { forEachNearPair } from './near-pairs.ts'

/** Two images that look alike, by their places in the array. */
export interface ImagePair {
  readonly first: number
  readonly second: number
  /** The root of the mean squared difference of their pixels, on the scale from 0 to 255; 0: the same bytes. */
  readonly rms: number
}

export interface NearDuplicateOptions {
  /** Numbers of one image. */
  readonly imageSize: number
  /** Pairs whose RMS difference is less than this. */
  readonly below: number
  /** Those of these images, where they are there already. */
  readonly lean?: LeanImages
  /** These are no part of any pair: copies of one image would be near all that it is near. */
  readonly leaveOut?: ReadonlySet<number>
}

const MAX_PAIRS = 1_000_000

/**
 * All pairs of images that differ by less than `below`: exact, as if every pair had been compared.
 *
 * Along orthonormal axes the distance of two images is at most their true one; with the difference in length of what the axes
 * leave over it still is. So images become points of few numbers, in a tree of boxes, and only pairs of near points are compared
 * in full: some thousands of the 2.4 billion pairs of Fashion-MNIST.
 * Throws a `HeddleError` for more than a million pairs.
 *
 * @example
 * nearDuplicates(Uint8Array.of(0, 0, 200, 200, 0, 6), { imageSize: 2, below: 5 }) // [{ first: 0, second: 2, rms: Math.sqrt(18) }]
 */
export function nearDuplicates(
  images: Uint8Array,
  { imageSize, below, lean = leanImages(images, imageSize), leaveOut }: NearDuplicateOptions,
): readonly ImagePair[] {
  if (images.length < 2 * imageSize) return []
  const limit = below * below * imageSize
  const pairs: ImagePair[] = []
  // A little more than the limit: lean images are in single precision.
  forEachNearPair(lean, limit * (1 + 1e-3) + 1, (i, j) => {
    if (leaveOut?.has(i) || leaveOut?.has(j)) return
    const exact = squaredDistance(images, i * imageSize, j * imageSize, { imageSize, limit })
    if (exact >= limit) return
    if (pairs.length === MAX_PAIRS) {
      throw new HeddleError(
        `More than ${MAX_PAIRS} pairs of images differ by less than ${below}: give a smaller threshold.`,
      )
    }
    pairs.push({ first: Math.min(i, j), second: Math.max(i, j), rms: Math.sqrt(exact / imageSize) })
  })
  return pairs.sort((a, b) => a.rms - b.rms || a.first - b.first || a.second - b.second)
}

/** The squared distance of two images; any number of at least `limit` where it is no less. */
function squaredDistance(
  images: Uint8Array,
  a: number,
  b: number,
  { imageSize, limit }: { readonly imageSize: number; readonly limit: number },
): number {
  let sum = 0
  for (let k = 0; k < imageSize && sum < limit; k++) {
    const difference = images[a + k]! - images[b + k]!
    sum += difference * difference
  }
  return sum
}
