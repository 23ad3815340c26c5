import { type Shape, sizeOf } from '../../../base/shape.ts'
import { axesOf, dimsOf, type Held, held, isSameOrder, type Layout, lyingTensor } from './held.ts'
import {
  floatTensor,
  int64Tensor,
  ints,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
} from './messages.ts'

/** Numbers seen as `view`, with its axes in another order. */
interface Rearranged {
  readonly view: Shape
  readonly axes: readonly number[]
}

/** Where the numbers of an initializer come from. */
export interface WeightSource extends Rearranged {
  /** `layer/parameter`. */
  readonly parameter: string
}

/** The nodes of a graph while it is written. Weights are left out until the end: `weights` says where they come from. */
export class GraphWriter {
  readonly nodes: OnnxNode[] = []
  readonly constants = new Map<string, OnnxTensor>()
  readonly weights = new Map<string, WeightSource & { readonly dims: readonly number[] }>()
  #layer = ''
  #count = 0

  /** The layer that the next nodes belong to. */
  begin(layer: string): void {
    this.#layer = layer
    this.#count = 0
  }

  /** Adds a node with one output, and returns its name. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    const name = this.#name(opType)
    this.nodes.push({
      name,
      opType,
      domain: '',
      inputs,
      outputs: [name],
      attributes: new Map(Object.entries(attributes)),
    })
    return name
  }

  /** A tensor of given numbers, with one axis for each of `dims`; without: one number. */
  floats(values: readonly number[], dims: readonly number[] = []): string {
    const name = this.#name('constant')
    this.constants.set(name, floatTensor(name, dims, Float32Array.from(values)))
    return name
  }

  integers(values: readonly number[]): string {
    const name = this.#name('constant')
    this.constants.set(name, int64Tensor(name, values))
    return name
  }

  /** A parameter of the current layer as a tensor. */
  weight(
    parameter: string,
    {
      view,
      axes = view.map((_, i) => i),
      dims = axes.map(axis => view[axis]!),
    }: { readonly view: Shape; readonly axes?: readonly number[]; readonly dims?: readonly number[] },
  ): string {
    const name = `${this.#layer}/${parameter}`
    this.weights.set(name, { parameter: name, view, axes, dims })
    return name
  }

  /** The tensor that holds a value under its own shape in a layout. */
  tensor(value: Held, wanted: Layout): string {
    const layout = value.shape.length === 1 ? 'last' : wanted
    const known = value.tensors.get(layout)
    if (known !== undefined) return known
    const name = this.#arranged(value, layout)
    value.tensors.set(layout, name)
    return name
  }

  /** Works on each number of a value, whatever the shape under which it lies: no transposition is needed. */
  each(value: Held, work: (tensor: string, layout: Layout, shape: Shape) => string): Held {
    if (value.tensors.size === 0)
      return { shape: value.shape, tensors: new Map(), from: this.each(value.from!, work) }
    const { name, layout, shape } = lyingTensor(value)
    return held(shape, layout, work(name, layout, shape))
  }

  #arranged(value: Held, layout: Layout): string {
    const lying = lyingTensor(value)
    const isReshaped = value.tensors.size === 0
    if (isReshaped && isSameOrder([lying.shape, lying.layout], [value.shape, layout]))
      return this.#reshaped(lying.name, dimsOf(value.shape, layout))
    if (isReshaped && layout === 'last') return this.#reshaped(this.tensor(value.from!, 'last'), value.shape)
    const other = this.tensor(value, layout === 'last' ? 'first' : 'last')
    return this.transposed(other, value.shape, layout)
  }

  /** A tensor in the other layout. */
  transposed(name: string, shape: Shape, to: Layout): string {
    const axes = to === 'first' ? axesOf(shape, 'first') : [...shape.slice(1).map((_, i) => i + 1), 0]
    return this.node('Transpose', [name], { perm: ints([0, ...axes.map(axis => axis + 1)]) })
  }

  #reshaped(name: string, dims: readonly number[]): string {
    if (dims.length === 1) return this.node('Flatten', [name], { axis: { kind: 'int', value: 1 } })
    return this.node('Reshape', [name, this.integers([0, ...dims])])
  }

  #name(kind: string): string {
    return `${this.#layer}/${kind}_${this.#count++}`
  }
}

/** The numbers of an initializer. */
export function numbersOf({ view, axes }: Rearranged, values: Float32Array): Float32Array {
  const result = new Float32Array(values.length)
  forEachNumber(view, axes, (position, index) => {
    result[position] = values[index]!
  })
  return result
}

/** The other way: the values of the parameter that an initializer was written from. */
export function parameterOf({ view, axes }: Rearranged, numbers: Float32Array): Float32Array {
  const result = new Float32Array(numbers.length)
  forEachNumber(view, axes, (position, index) => {
    result[index] = numbers[position]!
  })
  return result
}

function forEachNumber(
  view: Shape,
  axes: readonly number[],
  visit: (position: number, index: number) => void,
): void {
  const steps = view.map((_, axis) => sizeOf(view.slice(axis + 1)))
  const [sizes, strides] = [axes.map(axis => view[axis]!), axes.map(axis => steps[axis]!)]
  const counter = axes.map(() => 0)
  const total = sizeOf(view)
  let index = 0
  for (let position = 0; position < total; position++) {
    visit(position, index)
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      index += strides[axis]!
      if (++counter[axis]! < sizes[axis]!) break
      index -= strides[axis]! * sizes[axis]!
      counter[axis] = 0
    }
  }
}
