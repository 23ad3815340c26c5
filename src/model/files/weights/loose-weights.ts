import type { Shape } from '../../../base/shape.ts'
import type { ParameterSpec } from '../../../nn/layers/layer.ts'

/** One array of another program. */
export interface LooseArray {
  /** As the file calls it. */
  readonly name: string
  /** The last part of its name, such as `weight`. */
  readonly part: string
  readonly shape: Shape
  numbers(): Float32Array
}

/** The arrays of one layer, in their order. */
export interface LooseGroup {
  readonly name: string
  readonly arrays: readonly LooseArray[]
}

/** The shape from which a layer's input was flattened; `null`: it was not. */
export type Flattened = Shape | null

/** How a program names and lays out what a layer of Heddle has. */
export interface Layout {
  readonly program: string
  /** The array of a group that is `parameter`, the one of that index. Throws a `HeddleError` if it has another name. */
  find(group: LooseGroup, parameter: ParameterSpec, index: number): LooseArray | undefined
  shapeOf(parameter: ParameterSpec): Shape
  toHeddle(parameter: ParameterSpec, values: Float32Array, flattened: Flattened): Float32Array
}

/** Weights without the model that they belong to. */
export interface LooseWeights {
  readonly layout: Layout
  readonly groups: readonly LooseGroup[]
  /** In what order the groups stand: that of the layers in a graph of Keras, that of the layers as they were made, or none. */
  readonly order: 'graph' | 'made' | 'none'
  readonly remarks: readonly string[]
}
