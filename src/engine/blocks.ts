import { sizeOf } from '../base/shape.ts'
import { type Group, inputsOf } from './fuse.ts'
import type { LoweredParameter } from './lower.ts'

/** Numbers that stay in the second cache of a core: 1 MB. */
const CACHED = 2 ** 18
/** What a call of a group costs, as a count of numbers that are read from beyond the second cache in that time. */
const CALL = 1000
/** A 3 × 3 kernel in the form for tiles of 4 × 4 outputs: 36 numbers in place of 9. */
const TILED = 4

/**
 * How many images of a shard each group of a program without a backward pass computes at a time. Groups that follow each other with
 * the same number do so together, all of them for some images before the next images: what lies between them stays in the cache.
 *
 * Few images keep values in the cache, many share one reading of the weights. So layers of large pictures get few, and layers
 * of many weights get many. The choice changes no result; it minimises the numbers that an image moves, estimated from shapes.
 */
export function blocksOf(
  groups: readonly Group[],
  parameters: readonly LoweredParameter[],
  shardSize: number,
): readonly number[] {
  const sizes = [shardSize]
  for (let size = 1; size < shardSize; size *= 2) sizes.push(size)
  const moved = (group: Group, size: number): number => {
    const weights = group
      .flatMap(op => op.parameters)
      .reduce((sum, index) => sum + sizeOf(parameters[index]!.shape), 0)
    const values = valuesOf(group)
    // The more there is, the farther away it lies.
    const excess = Math.log2((size * values) / CACHED)
    return (
      (CALL + weights * (isTiled(group) ? TILED : 1)) / size + (excess > 0 ? values * (1 + excess / 4) : 0)
    )
  }
  /** What lies between two groups with different numbers has a place for each image of the shard: it is written and read, from farther away. */
  const crossed = (group: Group): number => {
    const read = inputsOf(group).reduce((sum, { shape }) => sum + sizeOf(shape), 0)
    return 8 * read
  }
  // By dynamic programming: the least cost up to a group, for each size of that group.
  let costs = sizes.map(() => 0)
  const choices = groups.map((group, i) => {
    const switched = i === 0 ? 0 : Math.min(...costs) + crossed(group)
    const before = costs.map((cost, k) => (cost <= switched ? k : costs.indexOf(Math.min(...costs))))
    costs = costs.map((cost, k) => Math.min(cost, switched) + moved(group, sizes[k]!))
    return before
  })
  const blocks: number[] = []
  let at = costs.indexOf(Math.min(...costs))
  for (let i = groups.length - 1; i >= 0; i--) {
    blocks.unshift(sizes[at]!)
    at = choices[i]![at]!
  }
  return blocks
}

function valuesOf(group: Group): number {
  return [...inputsOf(group), group.at(-1)!.output].reduce((sum, { shape }) => sum + sizeOf(shape), 0)
}

function isTiled([op]: Group): boolean {
  if (op.kind !== 'convolution') return false
  const { kernelSize, strides, dilationRate, groups } = op.attributes
  const is = (pair: readonly number[], size: number): boolean => pair.every(n => n === size)
  return groups === 1 && is(kernelSize, 3) && is(strides, 1) && is(dilationRate, 1)
}
