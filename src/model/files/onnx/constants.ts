import { HeddleError, UsageError } from '../../../base/errors.ts'
import { sizeOf } from '../../../base/shape.ts'
import { DATA_TYPES, type OnnxTensor } from './messages.ts'

/** The size of a batch, where a graph computes shapes: it is not known. */
export const BATCH = Symbol('batch')
export type Whole = number | typeof BATCH

/** Numbers that do not depend on the input. */
export type Constant =
  | {
      readonly kind: 'floats'
      readonly dims: readonly number[]
      /** A single number stands for a tensor that has it everywhere: it takes no memory until it is a weight. */
      readonly numbers: Float32Array | Float64Array | number
    }
  | { readonly kind: 'wholes'; readonly dims: readonly number[]; readonly numbers: readonly Whole[] }

/** Whole numbers describe shapes; weights are floats. */
const MAX_WHOLES = 1_000_000
/** 1 GiB: as much as Heddle trains in a layer. */
const MAX_FLOATS = 2 ** 28
const MAX_RANK = 8

/** How many numbers a tensor of any origin has; throws where its sizes are impossible. */
export function countOf(dims: readonly number[]): number {
  const isPossible = dims.length <= MAX_RANK && dims.every(size => Number.isSafeInteger(size) && size >= 0)
  const count = isPossible ? sizeOf(dims) : Number.POSITIVE_INFINITY
  if (count <= MAX_FLOATS) return count
  throw new UsageError(
    `a tensor has the sizes [${dims.slice(0, MAX_RANK + 1).join(', ')}]; Heddle reads at most ${MAX_RANK} axes and ${MAX_FLOATS} numbers.`,
  )
}

/** The numbers of a tensor; `outside` are the bytes of the file that it names. */
export function readTensor(tensor: OnnxTensor, outside: (tensor: OnnxTensor) => Uint8Array): Constant {
  const { name, dims, type, lists } = tensor
  const count = countOf(dims)
  const raw = tensor.raw ?? outside(tensor)
  const listed = type === DATA_TYPES.float ? lists.floats : type === DATA_TYPES.double ? lists.doubles : null
  const place = `the tensor "${name.slice(0, 200)}"`
  const sized = (bytes: Uint8Array, width: number): ArrayBuffer => {
    if (bytes.length !== width * count) {
      throw new HeddleError(
        `${place} has ${bytes.length} bytes, but its sizes [${dims.join(', ')}] need ${width * count}. The file is damaged, or weights are missing.`,
      )
    }
    // A copy, which begins where numbers may begin.
    return new Uint8Array(bytes).buffer
  }
  const bytes = raw.length > 0 ? raw : (listed ?? raw)
  if (type === DATA_TYPES.float) return { kind: 'floats', dims, numbers: new Float32Array(sized(bytes, 4)) }
  if (type === DATA_TYPES.double) return { kind: 'floats', dims, numbers: new Float64Array(sized(bytes, 8)) }
  const wholes = (numbers: readonly number[]): Constant => {
    if (numbers.length !== count) {
      throw new HeddleError(
        `${place} has ${numbers.length} numbers, but its sizes [${dims.join(', ')}] need ${count}.`,
      )
    }
    return { kind: 'wholes', dims, numbers }
  }
  if (count > MAX_WHOLES)
    throw new UsageError(
      `${place} has ${count} whole numbers; Heddle reads at most ${MAX_WHOLES}, for shapes.`,
    )
  if (type === DATA_TYPES.int64 && (raw.length > 0 || !lists.ints64))
    return wholes(Array.from(new BigInt64Array(sized(raw, 8)), Number))
  if (type === DATA_TYPES.int32 && (raw.length > 0 || !lists.ints32))
    return wholes([...new Int32Array(sized(raw, 4))])
  if (type === DATA_TYPES.bool && (raw.length > 0 || !lists.ints32))
    return wholes([...new Uint8Array(sized(raw, 1))])
  if (type === DATA_TYPES.int64) return wholes(varints(lists.ints64!, count))
  if (type === DATA_TYPES.int32 || type === DATA_TYPES.bool) return wholes(varints(lists.ints32!, count))
  throw new UsageError(
    `${place} has the type ${typeName(type)}; Heddle reads float32, float64, int32, int64 and bool. Export the model in float32.`,
  )
}

/** Packed numbers of protobuf; negative ones have ten bytes. */
function varints(bytes: Uint8Array, count: number): number[] {
  const numbers: number[] = []
  let [value, shift] = [0n, 0n]
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift
    shift += 7n
    if (shift > 70n || numbers.length > count) throw new HeddleError('whole numbers of a tensor are damaged.')
    if (byte >= 128) continue
    numbers.push(Number(BigInt.asIntN(64, value)))
    ;[value, shift] = [0n, 0n]
  }
  return numbers
}

const TYPE_NAMES: Readonly<Record<number, string>> = {
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  8: 'text',
  10: 'float16',
  12: 'uint32',
  13: 'uint64',
  14: 'complex64',
  16: 'bfloat16',
}

export function typeName(type: number): string {
  const known = Object.entries(DATA_TYPES).find(([, number]) => number === type)
  return known?.[0] ?? TYPE_NAMES[type] ?? `number ${type}`
}

/** Weights of a layer, which take memory only once the whole graph is known to be a model. */
export interface Weights {
  readonly length: number
  /** An array of their own. */
  values(): Float32Array
}

/** The numbers of a constant, changed by `arrange`. */
export function weightsOf(
  constant: Constant,
  arrange: (values: Float32Array) => Float32Array = values => values,
): Weights {
  return { length: countOf(constant.dims), values: () => arrange(floatsOf(constant)) }
}

export function floatsOf(constant: Constant): Float32Array {
  const { dims, numbers } = constant
  if (typeof numbers === 'number') return new Float32Array(countOf(dims)).fill(numbers)
  if (constant.kind === 'floats') return Float32Array.from(constant.numbers as Float32Array)
  const wholes = wholeNumbers(constant)
  if (wholes) return Float32Array.from(wholes)
  throw new UsageError('it computes with the size of the batch, which is open.')
}

/** `null`: they are not whole, or the batch is among them. */
export function wholeNumbers({ kind, numbers }: Constant): readonly number[] | null {
  if (kind !== 'wholes') return null
  return numbers.includes(BATCH) ? null : (numbers as readonly number[])
}

/** The value of a tensor that has one number; `null`: it has more, or the batch is its number. */
export function singleOf(constant: Constant): number | null {
  if (typeof constant.numbers === 'number') return constant.numbers
  const [first] = constant.numbers
  const isSingle = constant.numbers.length === 1 && typeof first === 'number'
  return isSingle ? first : null
}
