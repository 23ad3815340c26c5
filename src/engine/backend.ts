import type { Augment } from '../ops/augment.ts'
import type { Floats, Noise } from '../ops/op.ts'
import type { UpdateRule } from '../ops/update.ts'
import type { Lowered } from './lower.ts'
import type { Program } from './plan.ts'

/**
 * - `train`: forward, backward, update
 * - `gradients`: forward and backward, weights stay
 * - `evaluate`: forward and loss, dropout off
 * - `predict`: forward, dropout off
 */
export type RunMode = 'train' | 'gradients' | 'evaluate' | 'predict'

/** Many steps at once: `order` is cut into batches of the program's size, the last one may be smaller. */
export interface RunRequest {
  readonly mode: RunMode
  /** `[examples, …shape]`: bytes, or numbers of any kind. */
  readonly images: Uint8Array | Floats
  /** Every number of an image is multiplied by this on its way in. */
  readonly scale: number
  /** Labels `[examples]`, or rows `[examples, outputs]`; not read by `predict`. */
  readonly targets: Int32Array | Floats | null
  /** Which examples, in which order. */
  readonly order: Int32Array
  /** For `train`: `[steps, COEFFICIENTS]`, what the update of each step depends on besides its rule. */
  readonly coefficients?: Float64Array
  /** For dropout: its key and the number of the first step. Absent: dropout is off. */
  readonly noise?: Noise
  /** Changes images on their way in. Absent: they stay as they are. */
  readonly augment?: Augment | undefined
  /**
   * Return every example's outputs: probabilities where the network ends in softmax. An array `[order.length, outputs]`
   * is written to; `true` makes a new one.
   */
  readonly outputs?: true | Float32Array
  /** `[outputs]`: the loss of an example is multiplied by the weight of its class, the arg-max of its target. */
  readonly classWeights?: Floats | null
  /** Also count the examples whose class is among this many of the largest outputs. */
  readonly topK?: number | null
  /** Return how long each op took; a backend may have no clock. */
  readonly profile?: boolean
}

export interface RunResult {
  /** Steps that were completed. */
  readonly steps: number
  /** The mean loss of each step's batch, with what the weights add to it; empty for `predict`. */
  readonly losses: Float64Array
  /** How many examples of each batch were classified right. */
  readonly correct: Int32Array
  /** How many were among the `topK`; empty when not asked for. Fewer than k outputs are larger: ties count. */
  readonly topCorrect: Int32Array
  /** `[order.length, outputs]` when asked for. */
  readonly outputs: Floats | null
  /** `[groups of the program, 3]`: seconds forward, backward and updating, all threads together; when profiled. */
  readonly opSeconds?: Float64Array
  /** Why a run that computes gradients ended early. */
  readonly failure: Failure | null
}

/**
 * A number that is not finite ended the run at `step`: that step's `loss`, with the first layer whose output is not
 * finite (`null` where all are, and only the loss is not); or the `weights` after its update, with their layer.
 */
export interface Failure {
  readonly step: number
  readonly layer: string | null
  readonly of: 'loss' | 'weights'
}

/**
 * Values that can be read and written between runs. `optimizer` holds the rule's slots one after the other; `gradients` are those of the
 * last step of a run, as its update used them: clipped if the rule clips, and overwritten by Muon.
 */
export type StateName = 'parameters' | 'gradients' | 'optimizer' | 'inputGradient'

/** A program ready to run, with its memory. */
export interface Executable {
  readonly program: Program
  run(request: RunRequest): Promise<RunResult>
  /** A copy. `inputGradient` is that of the last step, `[batch, …shape]`. */
  read(name: StateName): Floats
  write(name: 'parameters' | 'optimizer', values: ArrayLike<number>): void
}

export interface CompileOptions {
  readonly batchSize: number
  /** Left out: the program only goes forward, for `evaluate` and `predict`, with less memory. */
  readonly update?: UpdateRule
  /** Also differentiate with respect to the images. */
  readonly inputGradient?: boolean
}

/** Runs programs: the seam between the engine and a machine. */
export interface Backend {
  readonly name: 'native' | 'wasm' | 'reference'
  /**
   * The engine, the revision of its arithmetic and its instruction set: `native 4 (avx512)`. Two backends give the same bits for the same program where this is the
   * same, whatever their threads.
   */
  readonly arithmetic: string
  /** For people: the arithmetic, and how many threads. */
  readonly description: string
  readonly threads: number
  compile(lowered: Lowered, options: CompileOptions): Executable
}
