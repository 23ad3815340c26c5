// The part of ONNX's messages that classifiers need. Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.

/** ONNX's numbers of the types of tensors that are read. */
export const DATA_TYPES = { float: 1, int32: 6, int64: 7, bool: 9, double: 11 } as const

export interface OnnxTensor {
  readonly name: string
  readonly dims: readonly number[]
  readonly type: number
  /** Little endian; `null`: the numbers lie in another file. */
  readonly raw: Uint8Array | null
  /** Numbers in a list of their type, packed as protobuf packs them; read where `raw` is empty. */
  readonly lists: Readonly<Record<'floats' | 'ints32' | 'ints64' | 'doubles', Uint8Array | undefined>>
  /** Where they lie in another file: `location`, `offset`, `length`. */
  readonly external: ReadonlyMap<string, string>
}

export type OnnxAttribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'texts'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: OnnxTensor }
  | { readonly kind: 'graph' | 'unknown' }

export interface OnnxNode {
  readonly name: string
  readonly opType: string
  /** Empty: ONNX's own operators. */
  readonly domain: string
  /** Names of tensors; an empty one stands for an input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, OnnxAttribute>
}

/** A tensor that enters or leaves a graph. */
export interface OnnxPort {
  readonly name: string
  readonly type: number
  /** A size, or the name of one that is open; `null`: no shape is given. */
  readonly shape: readonly (number | string)[] | null
}

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
}

export interface OnnxModel {
  readonly irVersion: number
  readonly producer: string
  /** Versions of sets of operators by domain. */
  readonly opsets: ReadonlyMap<string, number>
  readonly metadata: ReadonlyMap<string, string>
  readonly graph: OnnxGraph
  /** Functions of its own, by name: operators that the file defines. */
  readonly functions: readonly string[]
}

const NO_LISTS = { floats: undefined, ints32: undefined, ints64: undefined, doubles: undefined }

export function floatTensor(name: string, dims: readonly number[], values: Float32Array): OnnxTensor {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return { name, dims, type: DATA_TYPES.float, raw, lists: NO_LISTS, external: new Map() }
}

export function int64Tensor(name: string, values: readonly number[]): OnnxTensor {
  const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
  return { name, dims: [values.length], type: DATA_TYPES.int64, raw, lists: NO_LISTS, external: new Map() }
}

export const int = (value: number): OnnxAttribute => ({ kind: 'int', value })
export const float = (value: number): OnnxAttribute => ({ kind: 'float', value })
export const ints = (value: readonly number[]): OnnxAttribute => ({ kind: 'ints', value })
export const text = (value: string): OnnxAttribute => ({ kind: 'text', value })
