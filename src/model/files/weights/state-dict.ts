import { HeddleError, UsageError } from '../../../base/errors.ts'
import { type Shape, sizeOf } from '../../../base/shape.ts'
import type { ParameterSpec } from '../../../nn/layers/layer.ts'
import { jsonIn } from '../json-in.ts'
import { fromBrainFloat, fromHalf } from '../numbers.ts'
import { type Entry, headerLength, PREFIX, parseHeader, START } from '../safetensors-format.ts'
import type { Layout, LooseArray, LooseGroup, LooseWeights } from './loose-weights.ts'

/** How a number of each type is read; counters of batches are left out. */
const READERS: Readonly<
  Record<string, { readonly bytes: number; read?(view: DataView, at: number): number }>
> = {
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  F64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  F16: { bytes: 2, read: (view, at) => fromHalf(view.getUint16(at, true)) },
  BF16: { bytes: 2, read: (view, at) => fromBrainFloat(view.getUint16(at, true)) },
  I64: { bytes: 8 },
}
const TYPES = Object.fromEntries(Object.entries(READERS).map(([type, { bytes }]) => [type, bytes]))

/** The text of the metadata with the names of all tensors in the order in which PyTorch made them (scripts/pytorch-to-safetensors.py). */
const ORDER = 'order'
const COUNTER = 'num_batches_tracked'
const MAX_ORDER = 1_000_000

/** Reads a state dict of PyTorch from a safetensors file of any origin. Throws a `HeddleError` that names the file. */
export function readStateDict(bytes: Uint8Array, name: string): LooseWeights {
  const length = headerLength(bytes.subarray(0, START), { fileSize: bytes.length, path: name })
  const start = PREFIX + length
  const { metadata, entries } = parseHeader(bytes.subarray(PREFIX, start), {
    size: bytes.length - start,
    path: name,
    types: TYPES,
  })
  if (metadata.format === 'heddle')
    throw new UsageError(`${name} is a model of Heddle already: leave --into out.`)
  const kept = entries.filter(entry => partOf(entry.name) !== COUNTER)
  const strange = kept.find(({ type }) => !READERS[type]!.read)
  if (strange) {
    throw new HeddleError(
      `${name}: the tensor "${strange.name}" has whole numbers (${strange.type}), and weights have others. Leave it out of the file.`,
    )
  }
  const order = orderOf(metadata[ORDER], kept, name)
  const arrays = new Map(kept.map(entry => [entry.name, arrayOf(entry, bytes, start)]))
  const remarks =
    kept.length < entries.length ? [`${COUNTER} is left out: it counts batches and changes no output.`] : []
  return {
    layout: pytorch,
    groups: grouped((order ?? kept.map(entry => entry.name)).map(one => arrays.get(one)!)),
    order: order ? 'made' : 'none',
    remarks,
  }
}

function orderOf(text: string | undefined, entries: readonly Entry[], path: string): string[] | null {
  if (text === undefined) return countedOrder(entries)
  const names = jsonIn(text, `${path}: the metadata "${ORDER}"`, MAX_ORDER)
  const own = new Set(entries.map(({ name }) => name))
  const listed = Array.isArray(names) ? [...new Set(names.filter(name => own.has(name as string)))] : []
  if (listed.length === own.size) return listed as string[]
  throw new UsageError(`${path}: the metadata "${ORDER}" must name every tensor of the file once.`)
}

/** By number, where modules differ in their numbers alone, as those of one `nn.Sequential` do. Files are sorted by name, and 10 comes before 2 there. */
function countedOrder(entries: readonly Entry[]): string[] | null {
  const texts = new Set(entries.map(({ name }) => groupOf(name).replace(/\d+/g, '#')))
  if (texts.size !== 1) return null
  const numbers = ({ name }: Entry): number[] => groupOf(name).match(/\d+/g)?.map(Number) ?? []
  const byNumber = (a: number[], b: number[]): number => {
    const at = a.findIndex((number, i) => number !== b[i])
    return at < 0 ? 0 : a[at]! - b[at]!
  }
  return entries.toSorted((a, b) => byNumber(numbers(a), numbers(b))).map(({ name }) => name)
}

function groupOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')))
}

function partOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function grouped(arrays: readonly LooseArray[]): LooseGroup[] {
  const groups = new Map<string, LooseArray[]>()
  for (const array of arrays) {
    const name = groupOf(array.name)
    const known = groups.get(name)
    if (known) known.push(array)
    else groups.set(name, [array])
  }
  return [...groups].map(([name, arrays]) => ({ name, arrays }))
}

function arrayOf({ name, type, shape, begin }: Entry, bytes: Uint8Array, start: number): LooseArray {
  return {
    name,
    part: partOf(name),
    shape,
    numbers() {
      const { bytes: width, read } = READERS[type]!
      const view = new DataView(bytes.buffer, bytes.byteOffset + start + begin)
      return Float32Array.from({ length: sizeOf(shape) }, (_, i) => read!(view, i * width))
    },
  }
}

const PARTS: Readonly<Record<ParameterSpec['role'], string>> = {
  kernel: 'weight',
  scale: 'weight',
  slope: 'weight',
  bias: 'bias',
  offset: 'bias',
  mean: 'running_mean',
  variance: 'running_var',
}

/** PyTorch has channels before height and width: `[outputs, inputs, height, width]`, and rows are flattened in that order. */
const pytorch: Layout = {
  program: 'PyTorch',
  find: ({ arrays }, { role }) => arrays.find(({ part }) => part === PARTS[role]),
  shapeOf({ role, shape }) {
    if (role === 'slope') return [sizeOf(shape)]
    return role === 'kernel' ? [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)] : shape
  },
  toHeddle({ role, shape }, values, flattened) {
    // One number for each output, wherever the inputs come from.
    if (role === 'bias') return values
    const image = flattened ?? (role === 'kernel' ? shape.slice(1) : [sizeOf(shape)])
    return channelsLast(values, image)
  },
}

/** Blocks of `[channels, …window]` as `[…window, channels]`. */
function channelsLast(values: Float32Array, image: Shape): Float32Array {
  const [size, channels] = [sizeOf(image), image.at(-1)!]
  const window = size / channels
  const result = new Float32Array(values.length)
  for (let block = 0; block < values.length; block += size) {
    for (let c = 0; c < channels; c++) {
      for (let w = 0; w < window; w++) result[block + w * channels + c] = values[block + c * window + w]!
    }
  }
  return result
}
