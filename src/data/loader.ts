import type { RandomStream } from '../base/random.ts'

/**
 * The order in which `epoch` visits the examples `indices`: shuffled anew each epoch, a pure function of the stream's
 * seed and the epoch, so that a resumed run goes on exactly where it was.
 *
 * @example
 * epochOrder(Int32Array.of(0, 1, 2), new RandomStream(1).split('shuffle'), 0) // such as Int32Array [2, 0, 1]
 */
export function epochOrder(indices: Int32Array, stream: RandomStream, epoch: number): Int32Array {
  return stream
    .split(`epoch ${epoch}`)
    .permutation(indices.length)
    .map(position => indices[position]!)
}
