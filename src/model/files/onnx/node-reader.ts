import { UsageError } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'
import { type Constant, singleOf, type Weights, weightsOf, wholeNumbers } from './constants.ts'
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './messages.ts'
import type { LayerOptions, ModelBuilder } from './model-builder.ts'
import { type Order, type View, viewOf } from './view.ts'

/** A tensor that depends on the input. */
export interface Flowing {
  readonly kind: 'flowing'
  readonly view: View
  /** No number of it is negative: zeros around it then change no maximum. */
  readonly isPositive?: boolean
  /** It is the input, or the input scaled. */
  readonly isScaledInput?: boolean
}

/** A part of a gelu that a graph spells out: x · (1 + erf(x / √2)) / 2. */
export interface PartialGelu {
  readonly kind: 'gelu'
  readonly of: View
  readonly isPlusOne: boolean
  readonly isHalved: boolean
  readonly isTimesInput: boolean
}

export type Known = Constant | Flowing | PartialGelu

/** What surrounds a node in its graph. */
export interface GraphContext {
  readonly opset: number
  readonly builder: ModelBuilder
  /** The operators that read a tensor; the graph itself is called "output". */
  consumersOf(tensor: string): readonly string[]
  readTensor(tensor: OnnxTensor): Constant
}

/** A node with what enters it, for the reader of its operator. */
export class NodeReader {
  readonly node: OnnxNode
  readonly inputs: readonly (Known | null)[]
  readonly graph: GraphContext
  readonly remarks: string[] = []

  constructor(node: OnnxNode, inputs: readonly (Known | null)[], graph: GraphContext) {
    this.node = node
    this.inputs = inputs
    this.graph = graph
  }

  get builder(): ModelBuilder {
    return this.graph.builder
  }

  get opset(): number {
    return this.graph.opset
  }

  /** An input that depends on the pictures. */
  flowing(index = 0): Flowing {
    const input = this.inputs[index]
    if (input?.kind === 'flowing') return input
    throw new UsageError(
      input?.kind === 'gelu'
        ? 'it reads a part of a gelu, which Heddle has as a whole only.'
        : `its input ${index + 1} does not depend on the pictures, and Heddle needs one that does.`,
    )
  }

  view(index = 0): View {
    return this.flowing(index).view
  }

  /** An input that does not depend on the pictures; `null`: it is left out. */
  constant(index: number): Constant | null {
    const input = this.inputs[index]
    if (input === null || input === undefined) return null
    if (input.kind === 'floats' || input.kind === 'wholes') return input
    throw new UsageError(
      `its input ${index + 1} depends on the pictures, and Heddle needs fixed numbers there.`,
    )
  }

  /** An input that does not depend on the pictures, and must be there. */
  fixed(index: number): Constant {
    const constant = this.constant(index)
    if (constant) return constant
    throw new UsageError(`its input ${index + 1} is left out.`)
  }

  /** Weights; `null`: the input is left out. */
  weights(index: number): Weights | null {
    const constant = this.constant(index)
    return constant && weightsOf(constant)
  }

  /** Whole numbers of an input; `null`: it is left out. */
  wholes(index: number): readonly number[] | null {
    const constant = this.constant(index)
    if (!constant) return null
    const numbers = wholeNumbers(constant)
    if (numbers) return numbers
    throw new UsageError(
      `its input ${index + 1} must be fixed whole numbers. Export the model with a fixed size.`,
    )
  }

  single(index: number): number | null {
    const constant = this.constant(index)
    return constant && singleOf(constant)
  }

  int(name: string, fallback: number): number {
    return this.#attribute(name, 'int') ?? fallback
  }

  float(name: string, fallback: number): number {
    return this.#attribute(name, 'float') ?? fallback
  }

  text(name: string, fallback: string): string {
    return this.#attribute(name, 'text') ?? fallback
  }

  ints(name: string): readonly number[] | null {
    return this.#attribute(name, 'ints')
  }

  /** Whole numbers that are an attribute before the opset `since`, and an input from then on; `null`: they are left out. */
  listed(
    name: string,
    { since, input }: { readonly since: number; readonly input: number },
  ): readonly number[] | null {
    return this.opset < since ? this.ints(name) : this.wholes(input)
  }

  numbers(name: string): readonly number[] | null {
    return this.#attribute(name, 'floats')
  }

  tensor(name: string): Constant | null {
    const tensor = this.#attribute(name, 'tensor')
    return tensor && this.graph.readTensor(tensor)
  }

  /** Throws where an attribute has another value than the one that Heddle's layer means. */
  only(name: string, value: number | string): void {
    const attribute = this.node.attributes.get(name)
    if (!attribute || ('value' in attribute && attribute.value === value)) return
    const found = 'value' in attribute ? attribute.value : attribute.kind
    throw new UsageError(`its ${name} is ${show(found)}, and Heddle has only ${show(value)}.`)
  }

  /** Whether an output beyond the first is read. */
  needsOutput(index: number): boolean {
    const name = this.node.outputs[index]
    return name !== undefined && name !== '' && this.graph.consumersOf(name).length > 0
  }

  /** An axis of a tensor of `rank` axes, its batch among them, counted from 0. */
  axis(value: number, rank: number): number {
    const axis = value < 0 ? value + rank : value
    if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis
    throw new UsageError(`it names axis ${value} of a tensor with ${rank} axes.`)
  }

  /** Adds a layer that reads a view with its axes in `order`, and keeps them so. */
  layer(
    options: LayerOptions,
    view: View,
    order: Order,
    weights: Readonly<Record<string, Weights>> = {},
  ): View {
    const node = this.builder.add(options, [this.builder.arrange(view, order)], weights)
    return viewOf(node, this.builder.shapeOf(node), order)
  }

  /** Adds a layer that works on each number, however the view lies. */
  each(options: LayerOptions, view: View): View {
    return { ...view, node: this.builder.add(options, [view.node]) }
  }

  #attribute<K extends OnnxAttribute['kind']>(name: string, kind: K): ValueOf<K> | null {
    const attribute = this.node.attributes.get(name)
    if (!attribute) return null
    if (attribute.kind === kind && 'value' in attribute) return attribute.value as ValueOf<K>
    throw new UsageError(`its ${name} is of the kind ${attribute.kind}, and should be of the kind ${kind}.`)
  }
}

type ValueOf<K> = Extract<OnnxAttribute, { readonly kind: K }> extends { readonly value: infer V } ? V : never

/** What an operator makes of its inputs: its first output. */
export type ReadOperator = (reader: NodeReader) => Known

export const flowing = (view: View, more: Partial<Flowing> = {}): Flowing => ({
  kind: 'flowing',
  view,
  ...more,
})

/** The part of a tensor that a Slice takes: a start, an end and a step for each of its axes. */
export function sliceOf(
  reader: NodeReader,
): Readonly<Record<'starts' | 'ends' | 'axes' | 'steps', readonly number[]>> {
  const starts = reader.listed('starts', { since: 10, input: 1 }) ?? []
  const ends = reader.listed('ends', { since: 10, input: 2 }) ?? []
  const axes = reader.listed('axes', { since: 10, input: 3 }) ?? starts.map((_, i) => i)
  const steps = (reader.opset < 10 ? null : reader.wholes(4)) ?? []
  return { starts, ends, axes, steps }
}
