import type { Fans, Initializer } from '../initializers/initializer.ts'
import { definitionOf } from '../layers/index.ts'
import type { Lowering, Value } from '../layers/layer.ts'
import { type LossSpec, lossKindOf } from '../losses/loss.ts'
import { INPUT } from '../model/graph.ts'
import type { Model } from '../model/model.ts'
import type { OpAttributes, OpKind } from '../ops/index.ts'
import type { LossKind } from '../ops/loss.ts'
import { HeddleError, UsageError } from '../spec/errors.ts'
import { formatShape, type Shape } from '../tensor/shape.ts'

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
  }
}[OpKind]

export interface LoweredParameter {
  /** The layer's name and its own: `conv2d/kernel`. */
  readonly name: string
  readonly shape: Shape
  readonly initializer: Initializer
  readonly fans: Fans
}

/** A model in the machine's vocabulary. */
export interface Lowered {
  readonly input: Value
  readonly output: Value
  readonly ops: readonly LoweredOp[]
  readonly parameters: readonly LoweredParameter[]
  readonly loss: LossKind
  /** The output holds logits of a softmax that was moved into the loss: predictions pass through it. */
  readonly softmaxOutput: boolean
}

/** `dot` is not among Keras' losses: it serves gradient checks and attributions. */
export type LoweredLoss = LossSpec | 'dot'

/**
 * Turns layers into ops, in the order in which they run. A softmax at the end moves into the cross-entropy,
 * where it is exact for any logits.
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
    for (const parameter of layer.parameters) {
      parameters.push({ ...parameter, name: `${layer.name}/${parameter.name}` })
    }
    const lowering: Lowering = {
      inputs: layer.inputs.map(name => outputs.get(name)!),
      emit(kind, call) {
        const output = newValue(call.outputShape)
        const indices = (call.parameters ?? []).map(name => first + names.indexOf(name))
        const { attributes, inputs } = call
        ops.push({
          kind,
          layer: layer.name,
          attributes,
          inputs,
          output,
          parameters: indices,
        } as unknown as LoweredOp)
        return output
      },
      reshape: (value, shape) => ({ id: value.id, shape }),
      nextOrdinal: () => ordinals++,
    }
    outputs.set(layer.name, definitionOf(layer.layer).lower(layer.layer, lowering))
  }

  const output = outputs.get(model.layers.at(-1)!.name)!
  if (loss === 'dot') return { input, output, ops, parameters, loss, softmaxOutput: false }
  if (output.shape.length !== 1) {
    throw new UsageError(
      `The last layer "${model.layers.at(-1)!.name}" gives ${formatShape(output.shape)}; a classifier must end in ` +
        'one row of class probabilities: add flatten() and dense({ units: classes, activation: "softmax" }).',
    )
  }
  const last = ops.at(-1)
  const endsInSoftmax = last?.kind === 'softmax' && last.output.id === output.id
  const kind = lossKindOf(loss, endsInSoftmax)
  if (endsInSoftmax && loss.fromLogits) {
    throw new HeddleError(
      'The loss has fromLogits: true, but the network already ends in softmax: softmax would be applied twice. ' +
        'Remove fromLogits, or the activation of the last layer.',
    )
  }
  return endsInSoftmax
    ? { input, output: last.inputs[0]!, ops: ops.slice(0, -1), parameters, loss: kind, softmaxOutput: true }
    : { input, output, ops, parameters, loss: kind, softmaxOutput: false }
}
