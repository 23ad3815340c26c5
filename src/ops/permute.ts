import { copyOp } from './copy.ts'

export interface PermuteAttributes {
  /** For each axis of an output the axis of the input that it was, both counted from 0 without the batch. */
  readonly axes: readonly number[]
}

/** The axes of each example in another order: `[batch, a, b, c]` becomes `[batch, c, a, b]` by axes [2, 0, 1]. */
export const permute = copyOp<PermuteAttributes>(
  ({ attributes: { axes }, batch, inputShapes, outputShape }, visit) => {
    const [from] = inputShapes
    const steps = from!.map((_, axis) => from!.slice(axis + 1).reduce((size, n) => size * n, 1))
    const size = from!.reduce((product, n) => product * n, 1)
    for (let i = 0; i < size; i++) {
      let [rest, input] = [i, 0]
      for (let axis = axes.length - 1; axis >= 0; axis--) {
        input += (rest % outputShape[axis]!) * steps[axes[axis]!]!
        rest = Math.floor(rest / outputShape[axis]!)
      }
      for (let b = 0; b < batch; b++) visit(b * size + i, b * size + input)
    }
  },
)
