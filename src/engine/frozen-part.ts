import type { Lowered, LoweredOp } from './lower.ts'

/** A program in two: `body` makes the same numbers of an image in every step of a training, and `head` goes on from them. */
export interface FrozenCut {
  readonly body: Lowered
  readonly head: Lowered
}

/** Ops that draw random numbers in training. */
const RANDOM: ReadonlySet<string> = new Set<LoweredOp['kind']>(['dropout', 'gaussianNoise'])

/**
 * Cuts a program at the last value that all paths meet in and that no step of a training changes: before it, all parameters are frozen
 * and nothing is random. `null` where no frozen layer with weights lies before such a value. Both parts have all parameters, at the places that
 * they have in the whole, so that what is read from the head's memory is what the whole would have.
 */
export function cutFrozen(lowered: Lowered): FrozenCut | null {
  const stays = new Set([lowered.input.id])
  for (const { kind, parameters, frozen, inputs, output } of lowered.ops) {
    const isFixed = !RANDOM.has(kind) && (parameters.length === 0 || frozen)
    if (isFixed && inputs.every(({ id }) => stays.has(id))) stays.add(output.id)
  }
  for (const { output } of lowered.ops.toReversed()) {
    if (!stays.has(output.id) || output.id === lowered.output.id) continue
    const body = opsBefore(lowered, output.id)
    const head = lowered.ops.filter(op => !body.has(op))
    if (![...body].some(op => op.parameters.length > 0)) return null
    const made = new Set([output.id, ...head.map(op => op.output.id)])
    if (!head.every(({ inputs }) => inputs.every(({ id }) => made.has(id)))) continue
    const ops = lowered.ops.filter(op => body.has(op))
    return {
      body: { ...lowered, ops, output, loss: 'dot', head: 'none' },
      head: { ...lowered, ops: head, input: output },
    }
  }
  return null
}

/** The ops that a value is made by. */
function opsBefore({ ops }: Lowered, value: number): Set<LoweredOp> {
  const needed = new Set([value])
  const found = ops.toReversed().filter(op => {
    if (!needed.has(op.output.id)) return false
    for (const { id } of op.inputs) needed.add(id)
    return true
  })
  return new Set(found)
}
