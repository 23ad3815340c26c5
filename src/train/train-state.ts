import { HeddleError } from '../base/errors.ts'
import type { Executable } from '../engine/backend.ts'
import type { Weights } from '../model/weights.ts'
import type { Sums } from '../network/measure.ts'
import { weightsOf } from '../network/network.ts'

/** The next epoch and step of a training, counted from 0. */
export interface TrainPlace {
  readonly epoch: number
  /** Position in the whole run. */
  readonly step: number
}

/** How far an epoch is. */
export interface EpochState {
  /** Examples that have been trained on. */
  readonly done: number
  /** Sums of what they measured. */
  readonly sums: Sums
  readonly trainMs: number
}

/**
 * Everything that the next step depends on besides the plan. Random streams are not among it: their numbers follow from
 * seed and position (`RandomStream`), and the coefficients of a step from its number.
 */
export interface TrainState extends TrainPlace, EpochState {
  /** Milliseconds of the epoch so far. */
  readonly epochMs: number
  readonly weights: Weights
  /** The optimizer's: `0/dense/kernel` is the first slot of those weights. */
  readonly optimizer: Weights
}

/** An epoch before its first step. */
export const NOT_BEGUN: EpochState = { done: 0, sums: {}, trainMs: 0 }

/** A copy of what the executable has now. */
export function stateOf(
  executable: Executable,
  place: Omit<TrainState, 'weights' | 'optimizer'>,
): TrainState {
  return { ...place, weights: weightsOf(executable), optimizer: slotsOf(executable) }
}

function slotsOf(executable: Executable): Weights {
  const { learnedFloats } = executable.program
  const parameters = learnedIn(executable)
  const arena = Float32Array.from(executable.read('optimizer'))
  const slots = arena.length / learnedFloats
  return new Map(
    Array.from({ length: slots }, (_, slot) =>
      parameters.map(({ name, offset, size }): [string, Float32Array] => {
        const start = slot * learnedFloats + offset
        return [`${slot}/${name}`, arena.slice(start, start + size)]
      }),
    ).flat(),
  )
}

/** The parameters that have optimizer state. */
function learnedIn({ program }: Executable) {
  return program.parameters.filter(({ frozen }) => !frozen)
}

/** Throws a `HeddleError` if the state is that of another model or optimizer. */
export function restoreState(executable: Executable, { weights, optimizer }: TrainState): void {
  const { program } = executable
  const fill = (name: 'parameters' | 'optimizer', prefix: (slot: number) => string, from: Weights): void => {
    const arena = executable.read(name)
    const parameters = name === 'parameters' ? program.parameters : learnedIn(executable)
    const floats = name === 'parameters' ? program.parameterFloats : program.learnedFloats
    const slots = arena.length / floats
    for (let slot = 0; slot < slots; slot++) {
      for (const parameter of parameters) {
        const values = from.get(`${prefix(slot)}${parameter.name}`)
        if (values?.length !== parameter.size) {
          throw new HeddleError(
            `The ${name} "${parameter.name}" must be ${parameter.size} numbers, received ${values?.length ?? 0}: the checkpoint ` +
              'belongs to another model or optimizer.',
          )
        }
        arena.set(values, slot * floats + parameter.offset)
      }
    }
    if (from.size > 0 && from.size !== slots * parameters.length) {
      throw new HeddleError(
        `The checkpoint holds ${name} numbers that this training does not have: it belongs to another model or optimizer.`,
      )
    }
    executable.write(name, arena)
  }
  fill('parameters', () => '', weights)
  fill('optimizer', slot => `${slot}/`, optimizer)
}
