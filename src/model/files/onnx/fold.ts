import { UsageError } from '../../../base/errors.ts'
import { sizeOf } from '../../../base/shape.ts'
import { calculatedOperators, calculationOf, combined, FREE } from './calculate.ts'
import { type Constant, countOf, floatsOf, type Whole, wholeNumbers } from './constants.ts'
import { numbersOf } from './graph-writer.ts'
import { DATA_TYPES } from './messages.ts'
import { type NodeReader, sliceOf } from './node-reader.ts'

type Fold = (reader: NodeReader) => Constant

/** Reading and writing each stored weight a few times. */
const PER_STORED = 8

/** Counts what is computed in one graph: a few nodes could ask for any amount. */
export class FoldBudget {
  #left: number

  constructor(stored: number) {
    this.#left = FREE + PER_STORED * stored
  }

  spend(count: number): void {
    this.#left -= count
    if (this.#left < 0)
      throw new UsageError('its nodes compute too many fixed numbers. Fold them before the export.')
  }
}

/** Operators over fixed numbers alone. */
const folds: Readonly<Record<string, Fold>> = {
  Constant(reader) {
    const tensor = reader.tensor('value')
    if (tensor) return tensor
    const floats = reader.numbers('value_floats')
    if (floats) return { kind: 'floats', dims: [floats.length], numbers: Float32Array.from(floats) }
    const ints = reader.ints('value_ints')
    if (ints) return { kind: 'wholes', dims: [ints.length], numbers: ints }
    if (reader.node.attributes.has('value_int'))
      return { kind: 'wholes', dims: [], numbers: [reader.int('value_int', 0)] }
    if (reader.node.attributes.has('value_float'))
      return { kind: 'floats', dims: [], numbers: Float32Array.of(reader.float('value_float', 0)) }
    throw new UsageError('it holds no numbers.')
  },

  ConstantOfShape(reader) {
    const dims = reader.wholes(0) ?? []
    const value = reader.tensor('value')
    const count = countOf(dims)
    if (!value || value.kind === 'floats')
      return { kind: 'floats', dims, numbers: value ? floatsOf(value)[0]! : 0 }
    if (count > 1000) throw new UsageError(`it makes ${count} whole numbers, and shapes have at most 8.`)
    return { kind: 'wholes', dims, numbers: Array<number>(count).fill(wholeNumbers(value)?.[0] ?? 0) }
  },

  Identity: reader => reader.fixed(0),

  Cast(reader) {
    const constant = reader.fixed(0)
    const to = reader.int('to', DATA_TYPES.float)
    if (to === DATA_TYPES.float || to === DATA_TYPES.double)
      return constant.kind === 'floats' ? constant : floats(constant.dims, floatsOf(constant))
    if (constant.kind === 'wholes') return constant
    return wholes(constant.dims, Array.from(smallFloats(constant), Math.trunc))
  },

  Reshape(reader) {
    const constant = reader.fixed(0)
    const wanted = reader.wholes(1) ?? []
    const count = countOf(constant.dims)
    const zeroed = wanted.map((size, axis) => (size === 0 ? (constant.dims[axis] ?? 0) : size))
    const known = sizeOf(zeroed.filter(size => size !== -1))
    const dims = zeroed.map(size => (size === -1 ? count / known : size))
    if (countOf(dims) !== count) throw new UsageError(`it makes [${wanted.join(', ')}] of ${count} numbers.`)
    return { ...constant, dims }
  },

  Flatten(reader) {
    const constant = reader.fixed(0)
    const axis = reader.axis(reader.int('axis', 1), constant.dims.length + 1)
    return { ...constant, dims: [sizeOf(constant.dims.slice(0, axis)), sizeOf(constant.dims.slice(axis))] }
  },

  Unsqueeze(reader) {
    const constant = reader.fixed(0)
    const given = reader.listed('axes', { since: 13, input: 1 }) ?? []
    const rank = constant.dims.length + given.length
    const axes = given.map(axis => reader.axis(axis, rank))
    const rest = [...constant.dims]
    const dims = Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()))
    return { ...constant, dims: dims.map(size => size ?? 1) }
  },

  Squeeze(reader) {
    const constant = reader.fixed(0)
    const rank = constant.dims.length
    const given = reader.listed('axes', { since: 13, input: 1 })
    const axes = given?.map(axis => reader.axis(axis, rank))
    const dims = constant.dims.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1))
    if (sizeOf(dims) !== sizeOf(constant.dims)) throw new UsageError('it drops an axis that is not 1.')
    return { ...constant, dims }
  },

  Transpose(reader) {
    const constant = reader.fixed(0)
    const rank = constant.dims.length
    const perm = reader.ints('perm') ?? constant.dims.map((_, i) => rank - 1 - i)
    if (perm.length !== rank || !perm.every((_, i) => perm.includes(i)))
      throw new UsageError(`its perm [${perm.join(', ')}] is no order of ${rank} axes.`)
    const dims = perm.map(axis => constant.dims[axis]!)
    if (typeof constant.numbers === 'number') return { ...constant, dims } as Constant
    if (constant.kind === 'wholes') {
      const places = numbersOf(
        { view: constant.dims, axes: perm },
        Float32Array.from(constant.numbers, (_, i) => i),
      )
      return wholes(
        dims,
        Array.from(places, place => constant.numbers[place]!),
      )
    }
    return floats(dims, numbersOf({ view: constant.dims, axes: perm }, floatsOf(constant)))
  },

  Gather(reader) {
    const { dims, numbers } = listOf(reader, 0)
    const places = reader.fixed(1)
    const axis = reader.axis(reader.int('axis', 0), Math.max(1, dims.length))
    if (dims.length !== 1 || axis !== 0 || places.dims.length > 1)
      throw new UsageError('it takes parts of fixed numbers of more than one axis.')
    const taken = (wholeNumbers(places) ?? []).map(
      place => numbers[place < 0 ? place + numbers.length : place],
    )
    return wholes(places.dims, taken.map(checked))
  },

  Slice(reader) {
    const { dims, numbers } = listOf(reader, 0)
    const { starts, ends, axes, steps } = sliceOf(reader)
    let [sizes, taken] = [dims, numbers]
    axes.forEach((value, i) => {
      const axis = reader.axis(value, dims.length)
      const places = placesOf(sizes[axis]!, { start: starts[i], end: ends[i], step: steps[i] ?? 1 })
      taken = picked(taken, sizes, { axis, places })
      sizes = sizes.with(axis, places.length)
    })
    return wholes(sizes, taken)
  },

  Concat(reader) {
    const lists = reader.inputs.map((_, i) => listOf(reader, i))
    if (lists.some(({ dims }) => dims.length !== 1))
      throw new UsageError('it joins fixed numbers of more than one axis.')
    const numbers = lists.flatMap(list => [...list.numbers])
    return wholes([numbers.length], numbers)
  },

  Shape(reader) {
    const { dims } = reader.fixed(0)
    return wholes([dims.length], dims)
  },

  Size: reader => wholes([], [countOf(reader.fixed(0).dims)]),

  Range(reader) {
    const [start, limit, step] = [0, 1, 2].map(i => reader.single(i) ?? Number.NaN) as [
      number,
      number,
      number,
    ]
    const count = Math.max(0, Math.ceil((limit - start) / step))
    if (!(count <= 1000)) throw new UsageError('it counts to more than 1000.')
    return wholes(
      [count],
      Array.from({ length: count }, (_, i) => start + i * step),
    )
  },

  Expand(reader) {
    const constant = reader.fixed(0)
    const target = reader.wholes(1) ?? []
    return combined([constant, { kind: 'floats', dims: target, numbers: 0 }], value => value!)
  },

  Where(reader) {
    const [condition, yes, no] = [0, 1, 2].map(i => reader.fixed(i))
    if (![condition, yes, no].every(one => one!.kind === 'wholes' && one!.dims.length <= 1))
      throw new UsageError('it chooses among fixed numbers that are no shape.')
    const lists = [condition, yes, no].map(one => one!.numbers as readonly Whole[])
    const length = Math.max(...lists.map(list => list.length))
    const at = (list: readonly Whole[], i: number): Whole => checked(list[list.length === 1 ? 0 : i])
    const numbers = Array.from({ length }, (_, i) => (at(lists[0]!, i) ? at(lists[1]!, i) : at(lists[2]!, i)))
    return wholes([length], numbers)
  },

  ReduceProd(reader) {
    const numbers = reader.wholes(0) ?? []
    return wholes(reader.int('keepdims', 1) ? [1] : [], [sizeOf(numbers)])
  },
}

const floats = (dims: readonly number[], numbers: Float32Array): Constant => ({
  kind: 'floats',
  dims,
  numbers,
})
const wholes = (dims: readonly number[], numbers: readonly Whole[]): Constant => ({
  kind: 'wholes',
  dims,
  numbers,
})

function checked(value: Whole | undefined): Whole {
  if (value !== undefined) return value
  throw new UsageError('it takes a place that fixed numbers do not have.')
}

/** The places along an axis that a slice takes, which may go backwards. */
function placesOf(
  size: number,
  { start, end, step }: Readonly<Record<'start' | 'end', number | undefined>> & { readonly step: number },
): readonly number[] {
  if (start === undefined || end === undefined || step === 0)
    throw new UsageError('it takes an unknown part.')
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const inside = (place: number): number => Math.min(Math.max(place < 0 ? place + size : place, low), high)
  const [first, last] = [inside(start), inside(end)]
  const count = Math.max(0, Math.ceil((last - first) / step))
  return Array.from({ length: count }, (_, i) => first + i * step)
}

/** The numbers at some places along an axis. */
function picked(
  numbers: readonly Whole[],
  dims: readonly number[],
  { axis, places }: { readonly axis: number; readonly places: readonly number[] },
): readonly Whole[] {
  const inner = sizeOf(dims.slice(axis + 1))
  return Array.from({ length: sizeOf(dims.slice(0, axis)) }, (_, outer) =>
    places.flatMap(place => {
      const from = (outer * dims[axis]! + place) * inner
      return numbers.slice(from, from + inner)
    }),
  ).flat()
}

/** Whole numbers, which are those of shapes. */
function listOf(
  reader: NodeReader,
  index: number,
): { readonly dims: readonly number[]; readonly numbers: readonly Whole[] } {
  const constant = reader.constant(index)
  if (constant?.kind === 'wholes' && constant.numbers.length <= 1000) return constant
  throw new UsageError(
    'it rearranges weights, and Heddle does so with shapes only. Fold them before the export.',
  )
}

function smallFloats(constant: Constant): Float32Array {
  if (countOf(constant.dims) > 1000) throw new UsageError('it makes whole numbers of weights.')
  return floatsOf(constant)
}

/** Every operator over fixed numbers. */
export const foldedOperators: readonly string[] = [...Object.keys(folds), ...calculatedOperators]

/** The fold of an operator. */
export function foldOf(opType: string): Fold | null {
  return Object.hasOwn(folds, opType) ? folds[opType]! : calculationOf(opType)
}
