import type { Forward, Op } from './op.ts'

/** Inputs `[batch, …, channels_k]` side by side along the last axis: output `[batch, …, Σ channels_k]`. */
export const concatenate: Op<Record<never, never>> = {
  forward(call) {
    forEachElement(call, (k, input, output) => {
      call.output[output] = call.inputs[k]![input]!
    })
  },

  backward(call) {
    forEachElement(call, (k, input, output) => {
      const dx = call.inputGradients[k]
      if (dx) dx[input]! += call.outputGradient[output]!
    })
  },
}

function forEachElement(
  { inputs, inputShapes, outputShape }: Forward<unknown>,
  visit: (k: number, input: number, output: number) => void,
): void {
  const total = outputShape.at(-1)!
  let first = 0
  inputs.forEach((x, k) => {
    const channels = inputShapes[k]!.at(-1)!
    for (let i = 0; i < x.length; i++) {
      visit(k, i, Math.floor(i / channels) * total + first + (i % channels))
    }
    first += channels
  })
}
