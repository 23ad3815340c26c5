import type { Words } from '../base/random.ts'
import type { Shape } from '../base/shape.ts'

/** Numbers in either precision: float32 is what runs, float64 is what finite differences need. */
export type Floats = Float32Array | Float64Array

/** What an op reads and writes in its forward pass. All arrays are row-major with the batch axis first. */
export interface Forward<Attributes> {
  readonly attributes: Attributes
  /** Examples in this batch. */
  readonly batch: number
  readonly inputs: readonly Floats[]
  /** Shapes of one example, without the batch axis. */
  readonly inputShapes: readonly Shape[]
  readonly parameters: readonly Floats[]
  readonly output: Floats
  readonly outputShape: Shape
  /** Gradients will be computed: batch normalisation then uses the batch's own statistics. */
  readonly training: boolean
  /** Absent outside training: dropout is then the identity. */
  readonly noise: Noise | undefined
}

/** The source of dropout's random numbers: see `maskBits`. */
export interface Noise {
  readonly key: Words
  readonly step: number
}

/** A backward pass adds to the gradients, which start at zero; an input that needs none is `undefined`. */
export interface Backward<Attributes> extends Forward<Attributes> {
  readonly outputGradient: Floats
  readonly inputGradients: readonly (Floats | undefined)[]
  readonly parameterGradients: readonly Floats[]
}

/** The plain loops of one op: the oracle for every faster kernel, and the fallback where there is none. */
export interface Op<Attributes> {
  forward(call: Forward<Attributes>): void
  backward(call: Backward<Attributes>): void
  /** Moves the op's own state in a training step, between its forward and its backward pass. */
  settle?(call: Forward<Attributes>): void
}
