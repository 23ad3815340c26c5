import { didYouMean, HeddleError, UsageError } from '../base/errors.ts'
import { type Shape, sizeOf } from '../base/shape.ts'
import type { Executable } from '../engine/backend.ts'
import { batchNormalizationAsAffine } from '../engine/fold.ts'
import { asTwoClasses, type Lowered, type LoweredOp, lower } from '../engine/lower.ts'
import { INPUT } from '../model/graph.ts'
import type { Model, ModelLayer } from '../model/model.ts'
import type { Value } from '../nn/layers/layer.ts'
import { sgd, updateRuleOf } from '../nn/optimizers/index.ts'
import type { Floats } from '../ops/op.ts'
import type { Network } from './network.ts'

/** What the last layer makes before its softmax or sigmoid, and after it. Layers' names never hold a space. */
export const LOGITS = 'the logits'
export const OUTPUTS = 'the outputs'

/** A part begins at the images or a layer's output, and ends at a layer's output or the network's. */
interface Ends {
  readonly from?: string
  readonly to: string
}

const atRest = updateRuleOf(sgd())
const MAX_BATCH = 32

/**
 * What lies between two values of a network, as a program of its own: it can be asked for what it makes, and how that changes
 * with what goes in. Everything is as in inference, gradients too: batch normalisation has its moving statistics, dropout is off.
 */
export class NetworkPart {
  readonly inputShape: Shape
  readonly outputShape: Shape
  readonly #network: Network
  readonly #lowered: Lowered

  /** Throws a `UsageError` for an unknown layer, a `HeddleError` if a shortcut leads past `from`. */
  constructor(network: Network, { from = INPUT, to }: Ends) {
    const lowered = frozen(network, to)
    const [first, last] = [valueNamed(network, lowered, from), valueNamed(network, lowered, to)]
    const ops = opsBetween(lowered, first, last)
    if (isBypassed(lowered, first, ops)) {
      throw new HeddleError(
        `A shortcut leads past the layer "${from}": what follows it is not made from its output alone. ` +
          `Choose a layer behind which all paths have met${listed(meetingPoints(network, to))}.`,
      )
    }
    this.#network = network
    this.#lowered = { ...lowered, input: first, output: last, ops }
    this.inputShape = first.shape
    this.outputShape = last.shape
  }

  /** `[count, …inputShape]`, each number multiplied by `scale`, to `[count, …outputShape]`. */
  async outputs(inputs: Uint8Array | Floats, scale = 1): Promise<Floats> {
    const count = this.#countOf(inputs)
    // Layers that only give the numbers another shape.
    if (this.#lowered.ops.length === 0) return Float32Array.from(inputs, value => value * scale)
    const executable = this.#compile(Math.min(count, MAX_BATCH), false)
    const order = Int32Array.from({ length: count }, (_, i) => i)
    const result = await executable.run({
      mode: 'predict',
      images: inputs,
      scale,
      targets: null,
      order,
      outputs: true,
    })
    return result.outputs!
  }

  /**
   * The gradient of Σ outputs · `weights` with respect to what goes in, of each example: `[count, …inputShape]`.
   * `weights` are `[count, …outputShape]`. Throws a `HeddleError` if the outputs are not finite.
   */
  async gradients(inputs: Uint8Array | Floats, weights: Floats, scale = 1): Promise<Float64Array> {
    const count = this.#countOf(inputs)
    if (this.#lowered.ops.length === 0) return Float64Array.from(weights)
    const batchSize = Math.min(count, MAX_BATCH)
    const executable = this.#compile(batchSize, true)
    const gradients = new Float64Array(inputs.length)
    for (let first = 0; first < count; first += batchSize) {
      const order = Int32Array.from({ length: Math.min(batchSize, count - first) }, (_, i) => first + i)
      const { failure } = await executable.run({
        mode: 'gradients',
        images: inputs,
        scale,
        targets: weights,
        order,
      })
      if (failure) {
        throw new HeddleError(
          `The network's outputs for these images are not finite${failure.layer ? `, from the layer "${failure.layer}" on` : ''}: there is nothing to explain.`,
        )
      }
      gradients.set(executable.read('inputGradient'), first * sizeOf(this.inputShape))
    }
    return gradients
  }

  #compile(batchSize: number, inputGradient: boolean): Executable {
    return this.#network.compileLowered(this.#lowered, { batchSize, update: atRest, inputGradient })
  }

  #countOf(inputs: ArrayLike<number>): number {
    const size = sizeOf(this.inputShape)
    if (inputs.length === 0 || inputs.length % size !== 0) {
      throw new HeddleError(
        `${inputs.length} numbers do not make whole images of ${this.inputShape.join(' × ')} (${size} each).`,
      )
    }
    return inputs.length / size
  }
}

/** The layer of a name. Throws a `UsageError` if there is none. */
export function layerNamed({ layers }: Model, name: string): ModelLayer {
  const layer = layers.find(one => one.name === name)
  if (layer) return layer
  const names = layers.map(one => one.name)
  throw new UsageError(`There is no layer "${name}".${didYouMean(name, names)} Layers: ${names.join(', ')}.`)
}

/** The layers that every path from the images to `to` goes through. */
export function meetingPoints(network: Network, to: string): readonly string[] {
  const lowered = frozen(network, to)
  const last = valueNamed(network, lowered, to)
  return network.model.layers
    .map(({ name }) => name)
    .filter(name => {
      const value = valueNamed(network, lowered, name)
      return !isBypassed(lowered, value, opsBetween(lowered, value, last))
    })
}

function listed(names: readonly string[]): string {
  return names.length > 0 ? `: ${names.join(', ')}` : ''
}

/** The network in the machine's vocabulary, with what training would move as constants; it ends where `to` is. */
function frozen(network: Network, to: string): Lowered {
  const { weights } = network
  const lowered = loweredTo(network, to)
  const ops = lowered.ops.map((op): LoweredOp => {
    if (op.kind !== 'batchNormalization') return op
    return batchNormalizationAsAffine(op, index => weights.get(lowered.parameters[index]!.name)!)
  })
  return { ...lowered, ops }
}

function loweredTo({ model, headLoss }: Network, to: string): Lowered {
  const lowered = lower(model, 'dot')
  if (sizeOf(model.outputShape) > 1) return lowered
  // A single output is two classes.
  if (to === LOGITS) return { ...lower(model, headLoss), loss: 'dot', head: 'none' }
  return to === OUTPUTS ? asTwoClasses(lowered, lowered.ops.at(-1)?.kind !== 'activation') : lowered
}

function valueNamed(network: Network, lowered: Lowered, name: string): Value {
  if (name === INPUT) return lowered.input
  const isSingle = sizeOf(network.model.outputShape) === 1
  if (name === OUTPUTS || (name === LOGITS && isSingle)) return lowered.output
  // The cross-entropy takes the head into itself; values have the same numbers in both programs.
  if (name === LOGITS) return lower(network.model, network.headLoss).output
  const { inputs, outputShape } = layerNamed(network.model, name)
  const last = lowered.ops.findLast(op => op.layer === name)
  // A layer without ops gives its input another shape.
  return { id: last ? last.output.id : valueNamed(network, lowered, inputs[0]!).id, shape: outputShape }
}

/** Does an op behind a value read the images past it? */
function isBypassed({ input }: Lowered, from: Value, ops: readonly LoweredOp[]): boolean {
  return from.id !== input.id && ops.some(op => op.inputs.some(({ id }) => id === input.id))
}

function opsBetween(lowered: Lowered, from: Value, to: Value): readonly LoweredOp[] {
  const needed = new Set([to.id])
  const backwards = lowered.ops.toReversed().filter(op => {
    if (op.output.id === from.id || !needed.has(op.output.id)) return false
    for (const { id } of op.inputs) needed.add(id)
    return true
  })
  return backwards.toReversed()
}
