import type { Definition } from '../../base/family.ts'
import type { Pair } from '../../base/schema.ts'
import type { Shape } from '../../base/shape.ts'
import type { OpAttributes, OpKind } from '../../ops/index.ts'
import type { Fans, Initializer } from '../initializers/initializer.ts'
import type { RegularizerSpec } from '../regularizers/regularizer.ts'
import type { KerasForm } from './keras-form.ts'

/** An array of a layer: learned, or state that follows the training. */
export interface ParameterSpec {
  /** `kernel`, `bias`, … */
  readonly name: string
  /** What the layer does with it: products with its input, or one number for each channel. */
  readonly role: 'kernel' | 'bias' | 'scale' | 'offset' | 'slope' | 'mean' | 'variance'
  readonly shape: Shape
  /** In Keras' files; absent: this one, and that of a kernel with its outputs last. */
  readonly kerasShape?: Shape
  readonly initializer: Initializer
  readonly fans: Fans
  /** `false`: state, which the optimizer leaves alone. */
  readonly trainable?: false
  readonly regularizer?: RegularizerSpec | null
}

/** How far a layer looks: the extent of its window on its input, and the distance between windows. */
export type Window = { readonly size: Pair; readonly strides: Pair } | 'all'

/** A value that flows through the network; its shape is that of one example. */
export interface Value {
  readonly id: number
  readonly shape: Shape
}

/** What `lower` is given: the values that enter the layer, and a way to add ops to the program. */
export interface Lowering {
  readonly inputs: readonly Value[]
  emit<K extends OpKind>(
    kind: K,
    call: {
      readonly inputs: readonly Value[]
      readonly outputShape: Shape
      readonly attributes: OpAttributes[K]
      /** Names from the layer's `parameters`, in the order that the op reads them. */
      readonly parameters?: readonly string[]
    },
  ): Value
  /** The same numbers under another shape. */
  reshape(value: Value, shape: Shape): Value
  /** 0 for the first caller within a network, 1 for the next, …: tells random streams apart. */
  nextOrdinal(): number
}

/** What a layer does in a network, for those who look for mistakes in it; `scaling` is of pixels, before anything is learned. */
export type LayerRole =
  | 'weights'
  | 'activation'
  | 'pooling'
  | 'normalization'
  | 'dropout'
  | 'noise'
  | 'scaling'
  | 'shape'
  | 'merge'

/**
 * What a layer is: everything that summaries, savers, the engine and the studio need to know, so that none of
 * them ever asks which layer it has. Shapes are those of one example, without the batch axis.
 */
export interface LayerDefinition<Spec> extends Definition<Spec> {
  /** Keras' class name: shown in summaries, and the root of automatic names (`conv2d_1`). */
  readonly className: string
  /** Absent: Keras has no such layer, and models with it are not written to its files. */
  readonly keras?: KerasForm<Spec>
  readonly role: LayerRole
  /** How many values enter: one, or two and more. */
  readonly inputs: 'one' | 'many'
  /** In training, an output depends on the other examples of its batch. */
  readonly seesBatch?: true
  /** Throws a `HeddleError` if the inputs do not fit. */
  outputShape(spec: Spec, inputs: readonly Shape[]): Shape
  parameters?(spec: Spec, inputs: readonly Shape[]): readonly ParameterSpec[]
  /** Multiply-adds for one example, forward. */
  multiplyAdds?(spec: Spec, inputs: readonly Shape[]): number
  /** Absent: each output sees what its input saw. */
  window?(spec: Spec): Window
  lower(spec: Spec, lowering: Lowering): Value
}
