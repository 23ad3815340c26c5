import type { Shape } from '../../base/shape.ts'

export interface ExactDuplicates {
  /** Images of the same bytes: two or more in each group, by their places in the array. */
  readonly groups: readonly (readonly number[])[]
  /** Pairs of which one is the other seen in a mirror; images that are their own mirror image are none. */
  readonly mirrored: readonly (readonly [number, number])[]
}

/**
 * Images that are there more than once, as they are or mirrored: `images` are bytes `[count, …shape]`, mirrored along the width.
 *
 * @example
 * exactDuplicates(Uint8Array.of(1, 2, 3, 4, 1, 2, 2, 1), [1, 2, 1]) // { groups: [[0, 2]], mirrored: [[0, 3], [2, 3]] }
 */
export function exactDuplicates(images: Uint8Array, shape: Shape): ExactDuplicates {
  const [height, width, channels] = shape as [number, number, number]
  const size = height * width * channels
  const imageAt = (i: number): Uint8Array => images.subarray(i * size, (i + 1) * size)
  const byHash = new Map<number, number[][]>()
  const groupOf = (image: Uint8Array): number[] | undefined =>
    byHash.get(hashOf(image))?.find(group => same(imageAt(group[0]!), image))
  const groups: number[][] = []
  for (let i = 0; i < images.length / size; i++) {
    const image = imageAt(i)
    const group = groupOf(image)
    if (group) {
      group.push(i)
      continue
    }
    const hash = hashOf(image)
    const fresh = [i]
    groups.push(fresh)
    byHash.set(hash, [...(byHash.get(hash) ?? []), fresh])
  }
  const mirrored: (readonly [number, number])[] = []
  const mirror = new Uint8Array(size)
  for (let i = 0; i < images.length / size; i++) {
    const image = imageAt(i)
    for (let p = 0; p < size; p++) {
      const [row, column] = [Math.floor(p / channels / width), Math.floor(p / channels) % width]
      mirror[(row * width + width - 1 - column) * channels + (p % channels)] = image[p]!
    }
    if (same(image, mirror)) continue
    for (const other of groupOf(mirror) ?? []) if (other > i) mirrored.push([i, other])
  }
  return { groups: groups.filter(group => group.length > 1), mirrored }
}

/** Fowler, Noll and Vo's hash of 32 bits: a match is confirmed by comparing the bytes. */
function hashOf(image: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of image) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i])
}
