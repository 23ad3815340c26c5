import type { LoweredOp } from './lower.ts'

/** Ops that run as one: what lies between them is never written to memory. */
export type Group = readonly [LoweredOp, ...LoweredOp[]]

/** Cuts a program into groups; each backend fuses what its kernels can. */
export type Fuse = (ops: readonly LoweredOp[]) => readonly Group[]

/** Every op on its own: for a backend of plain loops. */
export const fuseNothing: Fuse = ops => ops.map(op => [op])

/**
 * convolution → activation → max pooling and dense → activation, each of the later ops optional.
 * Only where nobody else reads what lies between.
 */
export const fuseEpilogues: Fuse = ops => {
  const readers = new Map<number, number>()
  for (const op of ops) for (const { id } of op.inputs) readers.set(id, (readers.get(id) ?? 0) + 1)
  const groups: [LoweredOp, ...LoweredOp[]][] = []
  for (const op of ops) {
    const group = groups.at(-1)
    const previous = group?.at(-1)
    const follows =
      previous !== undefined &&
      op.inputs.length === 1 &&
      op.inputs[0]!.id === previous.output.id &&
      readers.get(previous.output.id) === 1
    if (follows && canJoin(op, group!)) group!.push(op)
    else groups.push([op])
  }
  return groups
}

function canJoin(op: LoweredOp, group: readonly LoweredOp[]): boolean {
  const head = group[0]!.kind
  const last = group.at(-1)!.kind
  if (head !== 'convolution' && head !== 'dense') return false
  if (op.kind === 'activation') return last === head && derivesFromOutput(op)
  return op.kind === 'maxPooling' && head === 'convolution' && windowsAreDisjoint(op)
}

/** gelu and silu need their input for the derivative, which a fused kernel does not keep. */
function derivesFromOutput(op: LoweredOp & { kind: 'activation' }): boolean {
  return op.attributes.activation !== 'gelu' && op.attributes.activation !== 'silu'
}

/** Every window lies whole within the image and shares no position with another; one byte names a position. */
function windowsAreDisjoint({ attributes, inputs, output }: LoweredOp & { kind: 'maxPooling' }): boolean {
  const { poolSize, strides, padding } = attributes
  const along = (axis: 0 | 1): boolean =>
    padding[axis] === 0 &&
    strides[axis] >= poolSize[axis] &&
    (output.shape[axis]! - 1) * strides[axis] + poolSize[axis] <= inputs[0]!.shape[axis]!
  return along(0) && along(1) && poolSize[0] * poolSize[1] <= 256
}
