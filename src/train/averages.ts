import type { Executable } from '../engine/backend.ts'
import type { Floats } from '../ops/op.ts'

// The moving averages of the weights are the last slot of the optimizer, laid out as the parameters that are not frozen.

/** Before the first step the averages are the weights themselves. */
export function beginAverages(executable: Executable): void {
  const { learnedFloats } = executable.program
  const slots = executable.read('optimizer')
  slots.set(executable.read('parameters').subarray(0, learnedFloats), slots.length - learnedFloats)
  executable.write('optimizer', slots)
}

/** Puts the averages in place of the weights, and returns the weights, to be written back. Moving statistics stay. */
export function useAverages(executable: Executable): Floats {
  const { parameters, learnedFloats } = executable.program
  const trained = executable.read('parameters')
  const averages = executable.read('optimizer').subarray(-learnedFloats)
  const weights = trained.slice()
  for (const { trainable, frozen, offset, size } of parameters) {
    if (trainable !== false && !frozen) weights.set(averages.subarray(offset, offset + size), offset)
  }
  executable.write('parameters', weights)
  return trained
}
