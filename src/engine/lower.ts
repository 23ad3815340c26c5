import { HeddleError, UsageError } from '../base/errors.ts'
import { formatShape, type Shape, sizeOf } from '../base/shape.ts'
import { INPUT } from '../model/graph.ts'
import type { Model } from '../model/model.ts'
import type { Fans, Initializer } from '../nn/initializers/initializer.ts'
import { definitionOf, isFrozen } from '../nn/layers/index.ts'
import type { Lowering, Value } from '../nn/layers/layer.ts'
import { type LossSpec, lossKindOf, takesShortcut } from '../nn/losses/loss.ts'
import { penaltyOf } from '../nn/regularizers/regularizer.ts'
import type { OpAttributes, OpKind } from '../ops/index.ts'
import type { LossKind } from '../ops/loss.ts'
import type { Penalty } from '../ops/penalty.ts'

/** One op with the values it reads and writes. */
export type LoweredOp = {
  readonly [K in OpKind]: {
    readonly kind: K
    /** The name of the layer it came from. */
    readonly layer: string
    readonly attributes: OpAttributes[K]
    readonly inputs: readonly Value[]
    readonly output: Value
    /** Indices into the parameters of the lowered model. */
    readonly parameters: readonly number[]
    /** Its layer is frozen: parameters and state stay, and it works in training as outside. */
    readonly frozen?: true
  }
}[OpKind]

export interface LoweredParameter {
  /** The layer's name and its own: `conv2d/kernel`. */
  readonly name: string
  readonly shape: Shape
  readonly initializer: Initializer
  readonly fans: Fans
  readonly trainable?: false
  /** The layer is frozen: the parameter has no gradient and no optimizer state. */
  readonly frozen?: true
  /** What it adds to the loss. */
  readonly penalty: Penalty | null
}

/** A model in the machine's vocabulary. */
export interface Lowered {
  readonly input: Value
  readonly output: Value
  readonly ops: readonly LoweredOp[]
  readonly parameters: readonly LoweredParameter[]
  readonly loss: LossKind
  /** The output holds the logits of this head, which was moved into the loss: predictions pass through it. */
  readonly head: Head
}

/** Numbers of this list are those of native/program.h. */
export const heads = ['none', 'softmax', 'sigmoid'] as const
type Head = (typeof heads)[number]

/** `dot` is not among Keras' losses: it serves gradient checks and attributions. */
export type LoweredLoss = LossSpec | 'dot'

/**
 * Turns layers into ops, in the order in which they run. A softmax or sigmoid at the end moves into the cross-entropy,
 * where it is exact for any logits; not where the loss takes the outputs literally. A single output under a binary
 * cross-entropy becomes two classes: see `asTwoClasses`.
 */
export function lower(model: Model, loss: LoweredLoss): Lowered {
  const ops: LoweredOp[] = []
  const parameters: LoweredParameter[] = []
  let values = 0
  let ordinals = 0
  const newValue = (shape: Shape): Value => ({ id: values++, shape })
  const input = newValue(model.inputShape)
  const outputs = new Map<string, Value>([[INPUT, input]])

  for (const layer of model.layers) {
    const first = parameters.length
    const names = layer.parameters.map(parameter => parameter.name)
    const frozen = isFrozen(layer.layer) ? ({ frozen: true } as const) : null
    for (const { regularizer, ...parameter } of layer.parameters) {
      // `dot` is differentiated as it stands.
      const penalty = regularizer && !frozen && loss !== 'dot' ? penaltyOf(regularizer) : null
      parameters.push({ ...parameter, ...frozen, name: `${layer.name}/${parameter.name}`, penalty })
    }
    const lowering: Lowering = {
      inputs: layer.inputs.map(name => outputs.get(name)!),
      emit(kind, call) {
        const output = newValue(call.outputShape)
        const indices = (call.parameters ?? []).map(name => first + names.indexOf(name))
        const { attributes, inputs } = call
        const op = { kind, layer: layer.name, attributes, inputs, output, parameters: indices, ...frozen }
        ops.push(op as unknown as LoweredOp)
        return output
      },
      reshape: (value, shape) => ({ id: value.id, shape }),
      nextOrdinal: () => ordinals++,
    }
    outputs.set(layer.name, definitionOf(layer.layer).lower(layer.layer, lowering))
  }

  const output = outputs.get(model.layers.at(-1)!.name)!
  if (loss === 'dot') return { input, output, ops, parameters, loss, head: 'none' }
  if (output.shape.length !== 1) {
    throw new UsageError(
      `The last layer "${model.layers.at(-1)!.name}" gives ${formatShape(output.shape)}; a classifier must end in ` +
        'one row of class probabilities: add flatten() and dense({ units: classes, activation: "softmax" }).',
    )
  }
  const head = takesShortcut(loss) ? headOf(ops, output) : 'none'
  const kind = lossKindOf(loss, head !== 'none')
  const isBinary = loss.kind === 'binaryCrossentropy' && sizeOf(output.shape) === 1
  if (isBinary && head === 'softmax') {
    throw new HeddleError(
      `The softmax of a single output is always 1: give the last layer "${model.layers.at(-1)!.name}" activation: 'sigmoid'.`,
    )
  }
  const logits = head !== 'none' || ('fromLogits' in loss && loss.fromLogits)
  const finished = (lowered: Lowered): Lowered => (isBinary ? asTwoClasses(lowered, logits) : lowered)
  if (head === 'none') return finished({ input, output, ops, parameters, loss: kind, head })
  if (loss.kind !== 'meanSquaredError' && loss.fromLogits) {
    const applied = loss.kind === 'binaryCrossentropy' ? 'sigmoid' : 'softmax'
    throw new HeddleError(
      `The loss has fromLogits: true, but the network already ends in ${head}: ${applied} would be applied on top of ` +
        "it. Remove fromLogits, or the activation of the last layer; to have both, give the loss semantics: 'literal'.",
    )
  }
  const last = ops.at(-1)!.inputs[0]!
  return finished({ input, output: last, ops: ops.slice(0, -1), parameters, loss: kind, head })
}

/**
 * A network with one output as one with an output for each of two classes: the logit x becomes −x / 2 and x / 2, whose
 * softmax is 1 − sigmoid(x) and sigmoid(x); a probability p becomes 1 − p and p. The loss is the same number, and whatever
 * reads outputs finds two.
 */
export function asTwoClasses(lowered: Lowered, logits: boolean): Lowered {
  const { output, head } = lowered
  const ops = [...lowered.ops]
  // No layer has a name with a space.
  const layer = 'both classes'
  let next = Math.max(lowered.input.id, output.id, ...ops.map(op => op.output.id)) + 1
  const scaled = (scale: number, offset: number): Value => {
    const made = { id: next++, shape: [1] }
    const attributes = { center: [0], scale: [scale], offset: [offset] }
    ops.push({ kind: 'affine', layer, attributes, inputs: [output], output: made, parameters: [] })
    return made
  }
  const inputs = logits ? [scaled(-0.5, 0), scaled(0.5, 0)] : [scaled(-1, 1), output]
  const both = { id: next++, shape: [2] }
  ops.push({ kind: 'concatenate', layer, attributes: {}, inputs, output: both, parameters: [] })
  const loss = lowered.loss === 'dot' ? 'dot' : logits ? 'softmaxCrossEntropy' : 'binaryCrossentropy'
  return { ...lowered, ops, output: both, loss, head: head === 'none' ? 'none' : 'softmax' }
}

/** The last activation before the output, if it has logits for a cross-entropy. */
function headOf(ops: readonly LoweredOp[], output: Value): Head {
  const last = ops.at(-1)
  // A softmax along another axis, flattened afterwards, is none over these outputs.
  if (last?.output.id !== output.id || last.output.shape.length !== 1) return 'none'
  if (last.kind === 'softmax') return 'softmax'
  return last.kind === 'activation' && last.attributes.activation === 'sigmoid' ? 'sigmoid' : 'none'
}
