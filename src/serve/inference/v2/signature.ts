import type { Shape } from '../../../base/shape.ts'

/** The name of the only input of a model. */
export const INPUT = 'images'
/** The name of the only output of a model. */
export const OUTPUT = 'probabilities'
/** A request may have this many images. */
export const MAX_IMAGES = 1024

/** What a model takes and gives, as the protocol sees it: a `ServedModel` is one. */
export interface Signature {
  /** The shape of one image: `[height, width, channels]`. */
  readonly inputShape: Shape
  /** A name for each output of the network. */
  readonly classNames: readonly string[]
  /** How a picture becomes an input, for picture files as `BYTES`; `null`: the model takes none. */
  readonly preparation: object | null
}

/** The datatypes that the input of a model may have. */
export const datatypes = ['UINT8', 'FP32', 'BYTES'] as const
export type Datatype = (typeof datatypes)[number]

/**
 * Images of a request: pixels as bytes, numbers as the network is given them, or picture files.
 * `count` images; `values` of the first two are `[count, ...inputShape]`.
 */
export type Images =
  | { readonly datatype: 'UINT8'; readonly count: number; readonly values: Uint8Array }
  | { readonly datatype: 'FP32'; readonly count: number; readonly values: Float32Array }
  | { readonly datatype: 'BYTES'; readonly count: number; readonly values: readonly Uint8Array[] }
