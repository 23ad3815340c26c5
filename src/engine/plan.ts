import { type Shape, sizeOf } from '../base/shape.ts'
import { type Group, inputsOf } from './fuse.ts'
import type { Lowered, LoweredParameter } from './lower.ts'
import { type Reads, readsAll } from './reads.ts'

/** Buffers start on a cache line: 16 floats. */
const ALIGNMENT = 16

/** A value's place in a shard's arena: `offset` counts floats; example `i` is at `offset + i · size`. */
export interface Buffer {
  readonly offset: number
  readonly size: number
}

/** A value that a group reads or writes. */
export interface Operand {
  readonly shape: Shape
  readonly value: Buffer
  /** Absent where nothing needs it. */
  readonly gradient: Buffer | null
  /** Another group has written to this gradient before: add to it. */
  readonly accumulate: boolean
  /** For how many images the value has a place: all of a shard, or those that its groups compute at a time. */
  readonly images: number
}

/** A group with a place for everything it touches. */
export interface PlannedGroup {
  readonly ops: Group
  readonly inputs: readonly Operand[]
  readonly output: Operand
  /** Kept by the forward pass for the backward pass: one byte for each output of a fused max pooling. */
  readonly saved: Buffer | null
  /** Images of a shard that it computes at a time: see blocks.ts. */
  readonly block: number
}

interface PlannedParameter extends LoweredParameter {
  /** In floats, within the arena of parameters; unless frozen, gradients and optimizer state lie at the same place in theirs. */
  readonly offset: number
  readonly size: number
}

/**
 * A network with all its memory laid out, for batches of up to `batchSize` examples.
 *
 * A batch is cut into shards of `shardSize` examples. Each shard has an arena of its own and runs forward and
 * backward without looking at another; so a result depends on the shards, never on the number of threads.
 */
export interface Program {
  readonly batchSize: number
  readonly shardSize: number
  readonly input: Operand
  readonly output: Operand
  readonly groups: readonly PlannedGroup[]
  readonly parameters: readonly PlannedParameter[]
  /** Length of the arena of parameters, gaps included. */
  readonly parameterFloats: number
  /** Those of layers that are not frozen come first: gradients and optimizer state are so long. */
  readonly learnedFloats: number
  /** Length of the arena of one shard. */
  readonly arenaFloats: number
  /** There is a backward pass. */
  readonly trains: boolean
  readonly loss: Lowered['loss']
  readonly head: Lowered['head']
}

interface Interval {
  readonly size: number
  images: number
  first: number
  last: number
}

/**
 * Lays out every buffer of a step. Time runs over the groups forward (0 … n − 1), the loss (n) and the groups
 * backward (n + 1 … 2n); two buffers may share memory when they are not alive at the same time.
 */
export function plan(
  lowered: Lowered,
  groups: readonly Group[],
  options: {
    readonly batchSize: number
    readonly shardSize: number
    readonly inputGradient: boolean
    /** Without, nothing has a gradient, and values live until their last reader. */
    readonly backward?: boolean
    /** Without a backward pass: how many images of a shard each group computes at a time; by default all. */
    readonly blocks?: readonly number[]
    /** What going backward reads. Left out: everything. */
    readonly reads?: Reads
  },
): Program {
  const n = groups.length
  const {
    backward: trains = true,
    reads = readsAll,
    shardSize,
    blocks = groups.map(() => shardSize),
  } = options
  const backwardTime = (group: number): number => (trains ? 2 * n - group : group)
  const end = 2 * n + 1
  const values = new Map<number, Interval>()
  const gradients = new Map<number, Interval>()
  const savedOf = (group: Group, i: number): Interval | null =>
    trains && group.some(op => op.kind === 'maxPooling') && group.length > 1
      ? {
          size: Math.ceil(sizeOf(group.at(-1)!.output.shape) / 4),
          images: shardSize,
          first: i,
          last: lastUse(group, i),
        }
      : null
  /** When a group reads for the last time what it read: on its way back, if it goes back at all. */
  const lastUse = (group: Group, i: number): number =>
    gradients.has(group.at(-1)!.output.id) ? backwardTime(i) : i

  const images = shardSize
  values.set(lowered.input.id, { size: sizeOf(lowered.input.shape), images, first: -1, last: 0 })
  if (options.inputGradient) {
    gradients.set(lowered.input.id, { size: sizeOf(lowered.input.shape), images, first: end, last: end })
  }
  groups.forEach((group, i) => {
    const output = group.at(-1)!.output
    const size = sizeOf(output.shape)
    const learns = trains && group.some(op => op.parameters.length > 0 && !op.frozen)
    if (learns || inputsOf(group).some(({ id }) => gradients.has(id))) {
      gradients.set(output.id, { size, images, first: n, last: backwardTime(i) })
    }
    values.set(output.id, { size, images, first: i, last: reads.output(group) ? lastUse(group, i) : i })
    inputsOf(group).forEach(({ id }, k) => {
      const value = values.get(id)!
      value.last = Math.max(value.last, reads.input(group, k) ? lastUse(group, i) : i)
    })
    // Weight gradients may be summed over the whole batch, after all shards are done.
    const { kind } = group[0]
    if (!learns) return
    if (kind === 'dense' || kind === 'convolution') values.get(group[0].inputs[0]!.id)!.last = end
    if (kind === 'dense') gradients.get(output.id)!.last = end
  })
  // A gradient comes to life with the last reader of its value, the first to run backward.
  groups.forEach((group, i) => {
    for (const { id } of inputsOf(group)) {
      const gradient = gradients.get(id)
      if (gradient) gradient.first = backwardTime(i)
    }
  })
  shareGradients(groups, gradients)
  const saved = groups.map(savedOf)
  // Both can be read when the step is over.
  values.get(lowered.output.id)!.last = end
  for (const value of values.values()) fitToBlocks(value, blocks)

  const arena = pack([...values.values(), ...new Set(gradients.values()), ...saved.filter(s => s !== null)])
  const written = new Set<number>()
  const operand = (value: { id: number; shape: Shape }, accumulate: boolean): Operand => {
    const gradient = gradients.get(value.id)
    return {
      shape: value.shape,
      value: arena.place(values.get(value.id)!),
      gradient: gradient ? arena.place(gradient) : null,
      accumulate,
      images: values.get(value.id)!.images,
    }
  }
  const backward = groups.map((group, i) => ({ group, kept: saved[i], block: blocks[i]! })).toReversed()
  const planned = backward.map(({ group, kept, block }): PlannedGroup => {
    return {
      ops: group,
      inputs: inputsOf(group).map(value => {
        const accumulate = written.has(value.id)
        written.add(value.id)
        return operand(value, accumulate)
      }),
      output: operand(group.at(-1)!.output, false),
      saved: kept ? arena.place(kept) : null,
      block,
    }
  })
  const parameters = placeParameters(lowered.parameters)
  return {
    batchSize: options.batchSize,
    shardSize,
    input: operand(lowered.input, false),
    output: operand(lowered.output, false),
    groups: planned.toReversed(),
    parameters,
    parameterFloats: floatsOf(parameters),
    learnedFloats: floatsOf(parameters.filter(({ frozen }) => !frozen)),
    arenaFloats: arena.floats,
    trains,
    loss: lowered.loss,
    head: lowered.head,
  }
}

/**
 * What is added behind a normalisation has the gradient of the sum. If it is the first that is written of that value, both are one
 * buffer: others add to it only once the group has gone backward.
 */
function shareGradients(groups: readonly Group[], gradients: Map<number, Interval>): void {
  const written = new Set<number>()
  for (const group of groups.toReversed()) {
    const [, added] = inputsOf(group)
    if (group[0].kind === 'batchNormalization' && added && !written.has(added.id)) {
      const [sum, own] = [gradients.get(group.at(-1)!.output.id), gradients.get(added.id)]
      if (sum && own) {
        sum.last = Math.max(sum.last, own.last)
        gradients.set(added.id, sum)
      }
    }
    for (const { id } of inputsOf(group)) written.add(id)
  }
}

function placeParameters(parameters: readonly LoweredParameter[]): readonly PlannedParameter[] {
  let [learned, frozen] = [0, floatsOf(parameters.map(sized).filter(parameter => !parameter.frozen))]
  return parameters.map(sized).map(parameter => {
    const offset = parameter.frozen ? frozen : learned
    if (parameter.frozen) frozen += align(parameter.size)
    else learned += align(parameter.size)
    return { ...parameter, offset }
  })
}

function sized(parameter: LoweredParameter) {
  return { ...parameter, size: sizeOf(parameter.shape) }
}

function floatsOf(parameters: readonly { readonly size: number }[]): number {
  return parameters.reduce((sum, { size }) => sum + align(size), 0)
}

/**
 * Groups that follow each other with the same number of images at a time are done for these images before they begin anew. A value
 * within them needs a place for these images only. Another one has a place for each image of the shard, from the first time that
 * its producer's stretch of groups begins until that of its last reader has ended.
 */
function fitToBlocks(value: Interval, blocks: readonly number[]): void {
  const { length } = blocks
  if (length === 0) return
  let from = Math.max(value.first, 0)
  while (from > 0 && blocks[from - 1] === blocks[from]) from--
  let to = from
  while (to + 1 < length && blocks[to + 1] === blocks[from]) to++
  if (value.last <= to) {
    value.images = blocks[from]!
    return
  }
  value.first = Math.min(value.first, from)
  if (value.last >= length) return
  while (value.last + 1 < length && blocks[value.last + 1] === blocks[value.last]) value.last++
}

/** First fit: each buffer at the lowest place that no buffer alive at the same time takes, large ones first. */
function pack(intervals: readonly Interval[]): {
  readonly floats: number
  place(interval: Interval): Buffer
} {
  const placed: { interval: Interval; from: number; to: number }[] = []
  for (const interval of intervals.toSorted((a, b) => b.size * b.images - a.size * a.images)) {
    const floats = align(interval.size * interval.images)
    const neighbours = placed
      .filter(other => other.interval.first <= interval.last && interval.first <= other.interval.last)
      .sort((a, b) => a.from - b.from)
    let from = 0
    for (const other of neighbours) {
      if (from + floats <= other.from) break
      from = Math.max(from, other.to)
    }
    placed.push({ interval, from, to: from + floats })
  }
  const offsets = new Map(placed.map(({ interval, from }) => [interval, from]))
  return {
    floats: Math.max(0, ...placed.map(({ to }) => to)),
    place: interval => ({ offset: offsets.get(interval)!, size: interval.size }),
  }
}

function align(floats: number): number {
  return Math.ceil(floats / ALIGNMENT) * ALIGNMENT
}
