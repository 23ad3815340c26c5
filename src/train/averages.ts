import type { Executable } from '../engine/backend.ts'
import type { Floats } from '../ops/op.ts'

// The moving averages of the weights are the last slot of the optimizer, laid out as the parameters are.

/** Before the first step the averages are the weights themselves. */
export function beginAverages(executable: Executable): void {
  const { parameterFloats } = executable.program
  const slots = executable.read('optimizer')
  slots.set(executable.read('parameters'), slots.length - parameterFloats)
  executable.write('optimizer', slots)
}

/** Puts the averages in place of the weights, and returns the weights, to be written back. Moving statistics stay. */
export function useAverages(executable: Executable): Floats {
  const { parameters, parameterFloats } = executable.program
  const trained = executable.read('parameters')
  const averages = executable.read('optimizer').subarray(-parameterFloats)
  const weights = trained.slice()
  for (const { trainable, offset, size } of parameters) {
    if (trainable !== false) weights.set(averages.subarray(offset, offset + size), offset)
  }
  executable.write('parameters', weights)
  return trained
}
