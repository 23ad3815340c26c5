import type { Forward, Op } from './op.ts'

/** Visits the two places of every number of the output that is one of the input. */
export type CopyPlaces<Attributes> = (
  call: Forward<Attributes>,
  visit: (output: number, input: number) => void,
) => void

/** An op that copies numbers from its input; every other number of the output is zero. */
export function copyOp<Attributes>(forEachCopy: CopyPlaces<Attributes>): Op<Attributes> {
  return {
    forward(call) {
      call.output.fill(0)
      forEachCopy(call, (output, input) => {
        call.output[output] = call.inputs[0]![input]!
      })
    },

    backward(call) {
      const dx = call.inputGradients[0]
      if (!dx) return
      forEachCopy(call, (output, input) => {
        dx[input]! += call.outputGradient[output]!
      })
    },
  }
}
