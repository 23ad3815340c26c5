import { type Definition, family, type SpecOf } from '../../base/family.ts'
import {
  boolean,
  later,
  type NoOptions,
  number,
  type Options,
  oneOf,
  parseSpec,
  type Spec,
} from '../../base/schema.ts'
import type { LossKind } from '../../ops/loss.ts'
import type { Floats } from '../../ops/op.ts'

const crossEntropyFields = {
  /** The network's outputs are logits: softmax (binary: sigmoid) belongs to the loss. Default false. */
  fromLogits: boolean(false),
  /**
   * `shortcut`: on a softmax or sigmoid head the loss works on the head's logits, as Keras on TensorFlow does.
   * `literal`: the loss takes the outputs as they are, whatever made them. See docs/decisions/0007-loss-semantics.md.
   * Default 'shortcut'.
   */
  semantics: oneOf(['shortcut', 'literal'], 'shortcut'),
}

const smoothing = {
  /** The share of each target that is spread evenly over all classes. Default 0. */
  labelSmoothing: number(0, { min: 0, below: 1 }),
}

const laterSmoothing = {
  /** The share of each target that is spread evenly over all classes. Default 0. */
  labelSmoothing: later(number(0, { min: 0, below: 1 })),
}

const sparseFields = { ...crossEntropyFields, ...laterSmoothing }
const categoricalFields = { ...crossEntropyFields, ...smoothing }

export interface CategoricalCrossentropyOptions
  extends Options<typeof crossEntropyFields>,
    Options<typeof smoothing> {}
export type CategoricalCrossentropySpec = Spec<'categoricalCrossentropy', typeof categoricalFields>
export interface SparseCategoricalCrossentropyOptions
  extends Options<typeof crossEntropyFields>,
    Options<typeof laterSmoothing> {}
export type SparseCategoricalCrossentropySpec = Spec<'sparseCategoricalCrossentropy', typeof sparseFields>
export interface BinaryCrossentropyOptions extends Options<typeof crossEntropyFields> {}
export type BinaryCrossentropySpec = Spec<'binaryCrossentropy', typeof crossEntropyFields>
export type MeanSquaredErrorSpec = Spec<'meanSquaredError', Record<never, never>>

/**
 * Cross-entropy against one-hot rows: −Σ_k t_k · log p_k, the mean over the batch.
 *
 * On a softmax or sigmoid head, p is the softmax of the head's logits (a sigmoid's too: Keras' shortcut); on any other
 * head, and with `semantics: 'literal'` on every head, p is the outputs divided by their sum, then clipped to
 * [1e-7, 1 − 1e-7]. With `fromLogits`, p is the softmax of the outputs; on top of a softmax only if `literal`.
 * `labelSmoothing: a` makes each target t · (1 − a) + a / classes.
 * Outputs `[batch, classes]`, targets `[batch, classes]`. A row of outputs that are all zero has the loss NaN.
 * Source: https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class.
 *
 * @example
 * categoricalCrossentropy({ fromLogits: true, semantics: 'literal' }).semantics // 'literal'
 * categoricalCrossentropy({ labelSmoothing: 0.1 }).labelSmoothing // 0.1
 */
export function categoricalCrossentropy(
  options: CategoricalCrossentropyOptions = {},
): CategoricalCrossentropySpec {
  return parseSpec('categoricalCrossentropy', categoricalFields, options)
}

/**
 * Cross-entropy against integer labels: −log p_label, the mean over the batch.
 *
 * As `categoricalCrossentropy`, but where it works on outputs it clips before it divides by the sum. Unlike Keras' it
 * smooths labels too. Outputs `[batch, classes]`, targets `[batch]`.
 * Source: https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class.
 *
 * @example
 * sparseCategoricalCrossentropy({ labelSmoothing: 0.1 }).semantics // 'shortcut'
 */
export function sparseCategoricalCrossentropy(
  options: SparseCategoricalCrossentropyOptions = {},
): SparseCategoricalCrossentropySpec {
  return parseSpec('sparseCategoricalCrossentropy', sparseFields, options)
}

/**
 * Each class on its own, yes or no: −1/K · Σ_k (t_k · log p_k + (1 − t_k) · log(1 − p_k)), the mean over the batch.
 *
 * On a sigmoid or softmax head, p is the sigmoid of the head's logits (a softmax's too: Keras' shortcut); on any other
 * head, and with `semantics: 'literal'` on every head, p is the outputs clipped to [1e-7, 1 − 1e-7]. With `fromLogits`,
 * p is the sigmoid of the outputs.
 * Outputs `[batch, classes]`, targets `[batch, classes]`: one-hot rows. A network with a single output is one of two classes:
 * its output is the probability of class 1, and predictions have that of class 0 as well.
 * Source: https://keras.io/api/losses/probabilistic_losses/#binarycrossentropy-class.
 *
 * @example
 * binaryCrossentropy() // { kind: 'binaryCrossentropy', fromLogits: false, semantics: 'shortcut' }
 */
export function binaryCrossentropy(options: BinaryCrossentropyOptions = {}): BinaryCrossentropySpec {
  return parseSpec('binaryCrossentropy', crossEntropyFields, options)
}

/**
 * The squared distance from the outputs to one-hot rows: 1/K · Σ_k (y_k − t_k)², the mean over the batch.
 *
 * Outputs `[batch, classes]` of any head, targets `[batch, classes]`.
 * Source: https://keras.io/api/losses/regression_losses/#meansquarederror-class.
 *
 * @example
 * meanSquaredError() // { kind: 'meanSquaredError' }
 */
export function meanSquaredError(options: NoOptions = {}): MeanSquaredErrorSpec {
  return parseSpec('meanSquaredError', {}, options)
}

export interface LossDefinition<S> extends Definition<S> {
  /** The activation whose probabilities it takes; `null`: it takes outputs of any kind, and never logits. */
  readonly head: 'softmax' | 'sigmoid' | null
  /** What it compares outputs with: labels, or one-hot rows. */
  readonly targets: 'labels' | 'rows'
  /** The loss of one example, for those that no backend has an op for; writes its gradient with respect to the outputs. */
  ofExample?(spec: S, example: LossExample): number
}

/** One example, as rows of one length. */
export interface LossExample {
  /** What the network gave: probabilities behind a softmax or sigmoid. */
  readonly outputs: Floats
  /** The share of each class: 1 at its class, or spread by `mixup` and `cutmix`. */
  readonly target: Floats
  /** Zeros, to be overwritten: by how much the loss grows with each output. */
  readonly gradient: Floats
}

const sparse: LossDefinition<SparseCategoricalCrossentropySpec> = {
  fields: sparseFields,
  head: 'softmax',
  targets: 'labels',
}

const categorical: LossDefinition<CategoricalCrossentropySpec> = {
  fields: categoricalFields,
  head: 'softmax',
  targets: 'rows',
}

const binary: LossDefinition<BinaryCrossentropySpec> = {
  fields: crossEntropyFields,
  head: 'sigmoid',
  targets: 'rows',
}

const squared: LossDefinition<MeanSquaredErrorSpec> = { fields: {}, head: null, targets: 'rows' }

/** Every loss, in the order in which the studio offers them. */
export const losses = family('loss', {
  sparseCategoricalCrossentropy: sparse,
  categoricalCrossentropy: categorical,
  binaryCrossentropy: binary,
  meanSquaredError: squared,
})

export type LossSpec = SpecOf<typeof losses>
export type LossName = LossSpec['kind']

/** Whether the loss looks for the logits behind a head of softmax or sigmoid. */
export function takesShortcut(loss: LossSpec): boolean {
  return 'semantics' in loss && loss.semantics === 'shortcut'
}

/** The op that computes a loss on the values that reach it: logits, if the shortcut found them, or outputs. */
export function lossKindOf(loss: LossSpec, foundLogits: boolean): LossKind {
  const { head, ofExample }: LossDefinition<never> = losses.of(loss)
  // Its gradient is then handed in as the target.
  if (ofExample) return 'dot'
  const takesLogits = foundLogits || ('fromLogits' in loss && loss.fromLogits)
  return head && takesLogits ? onLogits[head] : loss.kind
}

const onLogits = { softmax: 'softmaxCrossEntropy', sigmoid: 'sigmoidCrossEntropy' } as const
