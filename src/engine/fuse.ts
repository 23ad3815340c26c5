import { sizeOf } from '../base/shape.ts'
import type { Value } from '../nn/layers/layer.ts'
import { derivesFromOutput } from '../ops/activation.ts'
import type { LoweredOp } from './lower.ts'

/** Ops that run as one: what lies between them is never written to memory. */
export type Group = readonly [LoweredOp, ...LoweredOp[]]

/** What a group reads: the inputs of its head, then those of the others that no op of the group made. */
export function inputsOf(group: Group): readonly Value[] {
  const own = new Set(group.map(op => op.output.id))
  return group.flatMap(op => op.inputs.filter(({ id }) => !own.has(id)))
}

/** Cuts a program into groups; each backend fuses what its kernels can. */
export type Fuse = (ops: readonly LoweredOp[]) => readonly Group[]

/** Every op on its own: for a backend of plain loops. */
export const fuseNothing: Fuse = ops => ops.map(op => [op])

/**
 * convolution → activation → max pooling and dense → activation, each of the later ops optional, and a dropout before or behind
 * the relu of a convolution that is pooled; batch normalisation → sum with another value → rectifier and sum → rectifier, the sum and
 * the rectifier optional. Only if no other op reads the value between them.
 */
export const fuseEpilogues: Fuse = ops => fuseBy(ops, epilogueOf)

/** The same for a program without a backward pass: any activation behind a sum, an affine op, or a convolution or dense layer. */
export const fuseForInference: Fuse = ops => fuseBy(ops, epilogueForInference)

/** Those of the ops after a head that run together with it. */
type EpilogueOf = (head: LoweredOp, rest: readonly LoweredOp[]) => readonly LoweredOp[]

function fuseBy(ops: readonly LoweredOp[], epilogueOf: EpilogueOf): readonly Group[] {
  const readers = new Map<number, number>()
  for (const op of ops) for (const { id } of op.inputs) readers.set(id, (readers.get(id) ?? 0) + 1)
  const follows = (op: LoweredOp, previous: LoweredOp): boolean =>
    op.inputs.some(({ id }) => id === previous.output.id) && readers.get(previous.output.id) === 1
  const groups: Group[] = []
  for (let i = 0; i < ops.length; ) {
    let end = i + 1
    while (end < ops.length && follows(ops[end]!, ops[end - 1]!)) end++
    const group = [ops[i]!, ...epilogueOf(ops[i]!, ops.slice(i + 1, end))] as const
    groups.push(group)
    i += group.length
  }
  return groups
}

const epilogueForInference: EpilogueOf = (head, rest) => {
  const fused = epilogueOf(head, rest)
  if (fused.length > 0 || rest[0]?.kind !== 'activation') return fused
  const { kind } = head
  return kind === 'convolution' || kind === 'dense' || kind === 'affine' || isSum(head) ? [rest[0]] : []
}

const epilogueOf: EpilogueOf = (head, [first, second, third]) => {
  if (head.kind === 'batchNormalization') {
    const added = !head.frozen && addsOne(first, head.inputs[0]!) ? [first!] : []
    const rectifier = added.length > 0 ? second : first
    return passesOrStops(rectifier) ? [...added, rectifier!] : added
  }
  if (isSum(head)) return passesOrStops(first) ? [first!] : []
  if (head.kind !== 'convolution' && head.kind !== 'dense') return []
  const activated =
    first?.kind === 'activation' && derivesFromOutput(first.attributes.activation) ? [first] : []
  if (head.kind === 'dense') return activated
  // Relu gives the same before and after a dropout.
  const drops = (isRelu(first) && isDropout(second)) || (isDropout(first) && isRelu(second))
  if (drops && isPooling(third)) return [first!, second!, third!]
  const pooling = activated.length > 0 ? second : first
  return isPooling(pooling) ? [...activated, pooling!] : activated
}

function isSum(op: LoweredOp): boolean {
  return op.kind === 'merge' && op.attributes.rule === 'sum'
}

/** A sum of two values of the same shape, neither of which is `other`. */
function addsOne(op: LoweredOp | undefined, other: Value): boolean {
  if (!op || !isSum(op) || op.inputs.length !== 2) return false
  return op.inputs.every(({ id, shape }) => id !== other.id && sizeOf(shape) === sizeOf(op.output.shape))
}

/** An activation whose derivative is 0 or 1: a product with it is exact, so that fusing it changes no bit. */
function passesOrStops(op: LoweredOp | undefined): boolean {
  if (op?.kind !== 'activation') return false
  const { activation, slope } = op.attributes
  return activation === 'relu' || (activation === 'clippedRelu' && slope === 0)
}

function isRelu(op: LoweredOp | undefined): boolean {
  return op?.kind === 'activation' && op.attributes.activation === 'relu'
}

function isDropout(op: LoweredOp | undefined): boolean {
  return op?.kind === 'dropout' && op.attributes.covers === 'element'
}

function isPooling(op: LoweredOp | undefined): boolean {
  return op?.kind === 'maxPooling' && windowsAreDisjoint(op)
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
