import type { LoweredOp } from './lower.ts'

/** Ops that run as one: what lies between them is never written to memory. */
export type Group = readonly [LoweredOp, ...LoweredOp[]]

/** Cuts a program into groups; each backend fuses what its kernels can. */
export type Fuse = (ops: readonly LoweredOp[]) => readonly Group[]

/** Every op on its own: for a backend of plain loops. */
export const fuseNothing: Fuse = ops => ops.map(op => [op])

/**
 * convolution → activation → max pooling and dense → activation, each of the later ops optional, and a dropout between
 * relu and max pooling. Only where nobody else reads what lies between.
 */
export const fuseEpilogues: Fuse = ops => {
  const readers = new Map<number, number>()
  for (const op of ops) for (const { id } of op.inputs) readers.set(id, (readers.get(id) ?? 0) + 1)
  const groups: [LoweredOp, ...LoweredOp[]][] = []
  const follows = (op: LoweredOp | undefined, previous: LoweredOp | undefined): boolean =>
    op !== undefined &&
    previous !== undefined &&
    op.inputs.length === 1 &&
    op.inputs[0]!.id === previous.output.id &&
    readers.get(previous.output.id) === 1
  ops.forEach((op, i) => {
    const group = groups.at(-1)
    const next = follows(ops[i + 1], op) ? ops[i + 1] : undefined
    if (follows(op, group?.at(-1)) && canJoin(op, group!, next)) group!.push(op)
    else groups.push([op])
  })
  return groups
}

/** `next`: the only reader of the op's output, if it comes right behind it. */
function canJoin(op: LoweredOp, group: readonly LoweredOp[], next: LoweredOp | undefined): boolean {
  const head = group[0]!.kind
  const last = group.at(-1)!.kind
  if (head !== 'convolution' && head !== 'dense') return false
  if (op.kind === 'activation') return last === head && derivesFromOutput(op)
  if (op.kind === 'dropout') {
    return (
      head === 'convolution' && isRelu(group.at(-1)!) && op.attributes.covers === 'element' && canPool(next)
    )
  }
  return head === 'convolution' && canPool(op)
}

function isRelu(op: LoweredOp): boolean {
  return op.kind === 'activation' && op.attributes.activation === 'relu'
}

function canPool(op: LoweredOp | undefined): boolean {
  return op?.kind === 'maxPooling' && windowsAreDisjoint(op)
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
