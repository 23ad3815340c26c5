import { UsageError } from '../../../base/errors.ts'
import { type Shape, sameShape, sizeOf } from '../../../base/shape.ts'
import { definitionOf, type LayerSpec, parseLayer } from '../../../nn/layers/index.ts'
import type { ParameterSpec } from '../../../nn/layers/layer.ts'
import { INPUT, type ModelNode, parseModel } from '../../graph.ts'
import { buildModel, type Model } from '../../model.ts'
import type { Weights } from './constants.ts'
import { type Atom, atomsIn, dimSize, type Order, permutationOf, type View } from './view.ts'

/** The options of a layer, to be checked by `parseLayer`. */
export interface LayerOptions {
  readonly kind: LayerSpec['kind']
  readonly [option: string]: unknown
}

/** As in every model of Heddle. */
const MAX_LAYERS = 10_000
/** 1 GiB of weights. */
const MAX_NUMBERS = 2 ** 28

interface Built {
  node: ModelNode
  readonly shape: Shape
  readonly inputShapes: readonly Shape[]
}

/** The model that is made of a graph, node by node. */
export class ModelBuilder {
  readonly #weights = new Map<string, Weights>()
  #numbers = 0
  readonly inputShape: Shape
  readonly #built = new Map<string, Built>()
  /** Nodes that only rearrange another, by what they make of it: two readers share one. */
  readonly #arranged = new Map<string, string>()
  #name = ''

  constructor(inputShape: Shape) {
    this.inputShape = inputShape
  }

  /** The name that the next layers are called after. */
  begin(name: string): void {
    this.#name = name
  }

  /** The layers added since a count of `size`. */
  classNamesSince(size: number): string[] {
    return [...this.#built.values()].slice(size).map(({ node }) => definitionOf(node.layer).className)
  }

  get size(): number {
    return this.#built.size
  }

  shapeOf(node: string): Shape {
    return node === INPUT ? this.inputShape : this.#built.get(node)!.shape
  }

  /** The layer of a node and what it reads; `null`: it is the input. */
  nodeOf(name: string): ModelNode | null {
    return this.#built.get(name)?.node ?? null
  }

  /** Adds a layer with its weights by parameter, and returns its node. Throws where the shapes do not fit. */
  add(
    options: LayerOptions,
    inputs: readonly string[],
    weights: Readonly<Record<string, Weights>> = {},
  ): string {
    if (this.size >= MAX_LAYERS)
      throw new UsageError(
        `the model would have more than ${MAX_LAYERS} layers, which is more than Heddle takes.`,
      )
    const layer = parseLayer(options, options.kind)
    const name = this.#freeName()
    const inputShapes = inputs.map(input => this.shapeOf(input))
    const shape = definitionOf(layer).outputShape(layer, inputShapes)
    this.#built.set(name, { node: { name, layer, inputs }, shape, inputShapes })
    for (const [parameter, values] of Object.entries(weights)) this.#setWeight(name, parameter, values)
    return name
  }

  /** Gives a layer other options, of which its output's shape does not depend, and more weights. */
  change(
    name: string,
    options: Readonly<Record<string, unknown>>,
    weights: Readonly<Record<string, Weights>>,
  ): void {
    const built = this.#built.get(name)!
    const { kind } = built.node.layer
    built.node = { ...built.node, layer: parseLayer({ ...built.node.layer, ...options }, kind) }
    for (const [parameter, values] of Object.entries(weights)) this.#setWeight(name, parameter, values)
  }

  /** The node whose output has the axes of a tensor in `order`: the view's own one where it lies so. */
  arrange(view: View, order: Order): string {
    return this.#inOrder(
      view,
      atomsIn(view, order),
      order.map(axis => dimSize(view.dims[axis]!)),
    )
  }

  /** The node whose output is one row, with its pieces as they lie: no number moves. */
  row(view: View): string {
    return this.#inOrder(view, view.stored, [sizeOf(view.shape)])
  }

  #inOrder(view: View, wanted: readonly Atom[], shape: Shape): string {
    if (shape.length > 3) {
      throw new UsageError(
        `it works on [batch, ${view.dims.map(dimSize).join(', ')}], and Heddle's layers on at most three axes besides the batch.`,
      )
    }
    const { shape: runs, axes } = permutationOf(view.stored, wanted)
    if (axes.length <= 1) return this.#reshaped(view.node, shape)
    if (axes.length > 3)
      throw new UsageError('it needs an order of axes that takes more than one permutation of three axes.')
    const cut = this.#reshaped(view.node, runs)
    const permuted = this.#once(`${cut} permuted ${axes.join()}`, () =>
      this.add({ kind: 'permute', dims: axes.map(axis => axis + 1) }, [cut]),
    )
    return this.#reshaped(permuted, shape)
  }

  #reshaped(node: string, shape: Shape): string {
    if (sameShape(this.shapeOf(node), shape)) return node
    return this.#once(`${node} as ${shape.join()}`, () =>
      this.add(shape.length === 1 ? { kind: 'flatten' } : { kind: 'reshape', targetShape: shape }, [node]),
    )
  }

  #once(key: string, make: () => string): string {
    const known = this.#arranged.get(key)
    if (known !== undefined) return known
    const name = make()
    this.#arranged.set(key, name)
    return name
  }

  /** The model of all layers that the output needs, and its weights. */
  model(output: string): { readonly model: Model; readonly weights: ReadonlyMap<string, Float32Array> } {
    const needed = new Set<string>([output])
    const inOrder = [...this.#built.values()]
    for (const { node } of inOrder.toReversed())
      if (needed.has(node.name)) for (const input of node.inputs) needed.add(input)
    const nodes = inOrder.map(({ node }) => node).filter(({ name }) => needed.has(name))
    const last = nodes.findIndex(({ name }) => name === output)
    const ordered = [...nodes.filter((_, i) => i !== last), nodes[last]!]
    const model = buildModel(
      parseModel({ kind: 'model', inputShape: this.inputShape, nodes: ordered }, 'its model'),
    )
    const weights = new Map(
      parameterNames(model).map(name => [name, this.#weights.get(name)!.values()] as const),
    )
    return { model, weights }
  }

  #setWeight(node: string, parameter: string, values: Weights): void {
    const spec = this.#parameter(node, parameter)
    if (!spec || sizeOf(spec.shape) !== values.length) {
      throw new UsageError(
        `its ${parameter} has ${values.length} numbers, but the layer needs ${spec ? sizeOf(spec.shape) : 'none'}.`,
      )
    }
    this.#numbers += values.length
    if (this.#numbers > MAX_NUMBERS)
      throw new UsageError(`the model has more than ${MAX_NUMBERS} weights, which is more than Heddle takes.`)
    this.#weights.set(`${node}/${parameter}`, values)
  }

  #parameter(node: string, parameter: string): ParameterSpec | undefined {
    const { node: built, inputShapes } = this.#built.get(node)!
    const parameters = definitionOf(built.layer).parameters?.(built.layer, inputShapes) ?? []
    return parameters.find(({ name }) => name === parameter)
  }

  #freeName(): string {
    for (let i = 0; ; i++) {
      const name = i === 0 ? this.#name : `${this.#name}_${i}`
      if (!this.#built.has(name)) return name
    }
  }
}

function parameterNames({ layers }: Model): string[] {
  return layers.flatMap(({ name, parameters }) => parameters.map(parameter => `${name}/${parameter.name}`))
}
