import type { LossKind } from '../ops/loss.ts'
import { boolean, custom, type Field, type Options, oneOf, parseSpec, type Spec } from '../spec/fields.ts'

const fields = {
  /** The network's outputs are logits: softmax belongs to the loss. */
  fromLogits: boolean(false),
}

export type CategoricalCrossentropySpec = Spec<'categoricalCrossentropy', typeof fields>
export type SparseCategoricalCrossentropySpec = Spec<'sparseCategoricalCrossentropy', typeof fields>
export type LossSpec = CategoricalCrossentropySpec | SparseCategoricalCrossentropySpec

/**
 * Cross-entropy against one-hot rows: −Σ_k t_k · log p_k, the mean over the batch.
 *
 * On a softmax head it works on the logits, where it cannot overflow; on any other head it divides the outputs by
 * their sum and clips them to [1e-7, 1 − 1e-7] first, as Keras does.
 * Outputs `[batch, classes]`, targets `[batch, classes]`.
 * Source: https://keras.io/api/losses/probabilistic_losses/#categoricalcrossentropy-class.
 *
 * @example
 * categoricalCrossentropy({ fromLogits: true }) // { kind: 'categoricalCrossentropy', fromLogits: true }
 */
export function categoricalCrossentropy(options: Options<typeof fields> = {}): CategoricalCrossentropySpec {
  return parseSpec('categoricalCrossentropy', fields, options)
}

/**
 * Cross-entropy against integer labels: −log p_label, the mean over the batch.
 *
 * As `categoricalCrossentropy`, but on a head that is not softmax it clips before it divides by the sum.
 * Outputs `[batch, classes]`, targets `[batch]`.
 * Source: https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class.
 *
 * @example
 * sparseCategoricalCrossentropy() // { kind: 'sparseCategoricalCrossentropy', fromLogits: false }
 */
export function sparseCategoricalCrossentropy(
  options: Options<typeof fields> = {},
): SparseCategoricalCrossentropySpec {
  return parseSpec('sparseCategoricalCrossentropy', fields, options)
}

const factories = { categoricalCrossentropy, sparseCategoricalCrossentropy }
const lossNames = ['categoricalCrossentropy', 'sparseCategoricalCrossentropy'] as const
export type LossName = (typeof lossNames)[number]

/** The option `loss`: a name, or a spec with options. */
export const lossField: Field<LossName | LossSpec, LossSpec> = custom<LossName | LossSpec, LossSpec>(
  undefined,
  (value, path) => {
    const spec = typeof value === 'object' && value !== null ? (value as { kind?: unknown }) : { kind: value }
    return factories[oneOf(lossNames).parse(spec.kind, path)](spec as Options<typeof fields>)
  },
)

/** The op that computes a loss on the outputs of a network which ends in softmax, or does not. */
export function lossKindOf(loss: LossSpec, endsInSoftmax: boolean): LossKind {
  return loss.fromLogits || endsInSoftmax ? 'softmaxCrossEntropy' : loss.kind
}
