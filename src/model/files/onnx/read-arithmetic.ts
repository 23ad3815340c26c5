import { UsageError } from '../../../base/errors.ts'
import { sizeOf } from '../../../base/shape.ts'
import { type Constant, floatsOf, singleOf } from './constants.ts'
import { type Flowing, flowing, type Known, type NodeReader, type ReadOperator } from './node-reader.ts'
import { broadcastDims, clipped, gateOf, growGelu } from './read-elementwise.ts'
import { channelsLast, dimSize, liesIn, naturalOrder, type Order, type View, viewOf } from './view.ts'

type MergeKind = 'add' | 'multiply' | 'subtract' | 'maximum' | 'average'

export const arithmeticOperators: Readonly<Record<string, ReadOperator>> = {
  Add: reader => joined(reader, 'add'),
  Sub: reader => joined(reader, 'subtract'),
  Mul: reader => joined(reader, 'multiply'),
  Sum: reader => joined(reader, 'add'),
  Mean: reader => joined(reader, 'average'),

  Div(reader) {
    return changedBy(reader, reader.flowing(), reader.fixed(1), 'divide')
  },

  Max(reader) {
    const limit = limitOf(reader)
    return limit === null ? joined(reader, 'maximum') : clipped(reader, limit, Number.POSITIVE_INFINITY)
  },

  Min(reader) {
    const limit = limitOf(reader)
    if (limit === null) throw new UsageError('Heddle has no minimum of several inputs.')
    const { isPositive } = reader.flowing()
    return clipped(reader, isPositive ? 0 : Number.NEGATIVE_INFINITY, limit)
  },

  Neg: reader => flowing(reader.each({ kind: 'rescaling', scale: -1 }, reader.view())),

  Pow(reader) {
    const power = reader.single(1)
    if (power !== 2 && power !== 3)
      throw new UsageError(
        `it takes the power ${power ?? 'of a list'}, and Heddle has those of 2 and 3, as products.`,
      )
    const view = reader.view()
    const node = reader.builder.add({ kind: 'multiply' }, Array<string>(power).fill(view.node))
    return flowing({ ...view, node }, { isPositive: power === 2 })
  },

  Concat(reader) {
    const views = reader.inputs.map((_, i) => reader.view(i))
    const rank = views[0]!.dims.length
    const axis = reader.axis(reader.int('axis', 1), rank + 1) - 1
    if (axis < 0) throw new UsageError('it joins batches.')
    if (views.some(({ dims }) => dims.length !== rank))
      throw new UsageError('its inputs have different axes.')
    const ordered = views.map(naturalOrder).find(natural => natural?.at(-1) === axis)
    const plain = channelsLast(rank)
    const order = ordered ?? [...plain.filter(one => one !== axis), axis]
    const nodes = views.map(view => reader.builder.arrange(view, order))
    const node = nodes.length === 1 ? nodes[0]! : reader.builder.add({ kind: 'concatenate' }, nodes)
    const isPositive = reader.inputs.every((_, i) => reader.flowing(i).isPositive)
    return flowing(viewOf(node, reader.builder.shapeOf(node), order), { isPositive })
  },
}

/** The single number among two inputs, the other of which depends on the pictures and stands first. */
function limitOf(reader: NodeReader): number | null {
  const [first, second] = reader.inputs
  return reader.inputs.length === 2 && first?.kind === 'flowing' && second && isFixed(second)
    ? singleOf(second)
    : null
}

const isFixed = (known: Known): known is Constant => known.kind === 'floats' || known.kind === 'wholes'

function joined(reader: NodeReader, kind: MergeKind): Known {
  const { inputs } = reader
  const [first, second] = inputs
  if (inputs.length === 1) return reader.flowing()
  const gelu = inputs.find(input => input?.kind === 'gelu')
  if (gelu?.kind === 'gelu' && (kind === 'add' || kind === 'multiply')) {
    const other = inputs.find(input => input !== gelu)
    const grown = other && growGelu(reader, gelu, other, kind === 'add' ? 'Add' : 'Mul')
    if (grown) return grown
  }
  if (inputs.length === 2 && first && second) {
    if (isFixed(second)) return changedBy(reader, reader.flowing(0), second, kind)
    if (isFixed(first)) {
      if (kind !== 'subtract') return changedBy(reader, reader.flowing(1), first, kind)
      const negative = flowing(reader.each({ kind: 'rescaling', scale: -1 }, reader.view(1)))
      return changedBy(reader, negative, first, 'add')
    }
  }
  const views = inputs.map((_, i) => reader.view(i))
  if (kind === 'multiply' && views.length === 2) {
    const gate = gateOf(reader, views[0]!, views[1]!) ?? gateOf(reader, views[1]!, views[0]!)
    if (gate) return flowing(gate)
  }
  const isPositive = kind !== 'subtract' && inputs.every((_, i) => reader.flowing(i).isPositive)
  return flowing(merged(reader, kind, views), { isPositive })
}

/** Tensors joined number by number; axes are counted from the last one, and those of 1 repeat. */
function merged(reader: NodeReader, kind: MergeKind, views: readonly View[]): View {
  const rank = Math.max(...views.map(({ dims }) => dims.length))
  // A tensor of fewer axes would meet the batch of another.
  if (views.some(({ dims }) => dims.length !== rank))
    throw new UsageError('its inputs have different numbers of axes.')
  const size = ({ dims }: View): number => sizeOf(dims.map(dimSize))
  const largest = views.toSorted((a, b) => size(b) - size(a))[0]!
  const order: Order = naturalOrder(largest) ?? channelsLast(rank)
  const isAligned = views.every(view => view.dims === largest.dims && view.stored === largest.stored)
  const isOnePattern = isAligned && !liesIn(largest, order)
  if (isOnePattern) {
    const node = reader.builder.add(
      { kind },
      views.map(view => view.node),
    )
    return { ...largest, node }
  }
  const node = reader.builder.add(
    { kind },
    views.map(view => reader.builder.arrange(view, order)),
  )
  return viewOf(node, reader.builder.shapeOf(node), order)
}

/** A tensor changed by fixed numbers. */
function changedBy(
  reader: NodeReader,
  input: Flowing,
  constant: Constant,
  kind: MergeKind | 'divide',
): Flowing {
  if (kind === 'maximum' || kind === 'average')
    throw new UsageError('it joins what depends on the pictures with fixed numbers.')
  const { view, isScaledInput, isPositive } = input
  const more = isScaledInput ? { isScaledInput } : {}
  const count = sizeOf(broadcastDims(constant, view, reader))
  const value = uniformValue(constant)
  if (value !== null) {
    const options = {
      add: { scale: 1, offset: value },
      subtract: { scale: 1, offset: -value },
      multiply: { scale: value },
      divide: { scale: 1 / value },
    }[kind]
    if (count > 1 && (kind === 'add' || kind === 'subtract')) {
      const biased = withBias(reader, input, channelValues(reader, view, constant, kind))
      if (biased) return biased
    }
    const keeps = isPositive === true && value >= 0 && kind !== 'subtract'
    return flowing(reader.each({ kind: 'rescaling', ...options }, view), { ...more, isPositive: keeps })
  }
  const values = channelValues(reader, view, constant, kind)
  const biased = withBias(reader, input, values)
  if (biased) return biased
  const { axis, numbers } = values
  const isSum = kind === 'add' || kind === 'subtract'
  const order = [...(naturalOrder(view) ?? channelsLast(view.dims.length)).filter(one => one !== axis), axis]
  if (isScaledInput && (isSum || numbers.every(value => value > 0))) {
    const list = [...numbers]
    const options = isSum
      ? { mean: list.map(value => -value), variance: list.map(() => 1) }
      : { mean: list.map(() => 0), variance: list.map(value => 1 / value ** 2) }
    return flowing(reader.layer({ kind: 'normalization', ...options }, view, order), more)
  }
  return flowing(scaledChannels(reader, view, { order, numbers, isSum }))
}

/** The number that a tensor has everywhere; `null`: it has several. */
function uniformValue(constant: Constant): number | null {
  if (typeof constant.numbers === 'number') return constant.numbers
  const [first] = constant.numbers
  const isOne = typeof first === 'number' && constant.numbers.every((value: unknown) => value === first)
  return isOne ? first : null
}

interface ChannelValues {
  readonly axis: number
  /** What is added to or multiplied with each channel. */
  readonly numbers: Float32Array
  readonly isSum: boolean
}

/** Fixed numbers that differ along one axis. */
function channelValues(
  reader: NodeReader,
  view: View,
  constant: Constant,
  kind: 'add' | 'subtract' | 'multiply' | 'divide',
): ChannelValues {
  const dims = broadcastDims(constant, view, reader)
  const long = dims.flatMap((size, axis) => (size > 1 ? [axis] : []))
  if (long.length > 1) {
    throw new UsageError(
      `its fixed numbers [${constant.dims.join(', ')}] differ along ${long.length} axes, and Heddle has one number for each channel.`,
    )
  }
  const change = { add: 1, subtract: -1, multiply: 1, divide: 1 }[kind]
  const numbers = floatsOf(constant).map(value => (kind === 'divide' ? 1 / value : change * value))
  return { axis: long[0] ?? 0, numbers, isSum: kind === 'add' || kind === 'subtract' }
}

/** A sum with one number for each output of a layer without a bias is that layer's bias. */
function withBias(
  reader: NodeReader,
  { view }: Flowing,
  { axis, numbers, isSum }: ChannelValues,
): Flowing | null {
  const layer = reader.builder.nodeOf(view.node)?.layer
  const isOwn = layer !== undefined && 'useBias' in layer && !layer.useBias && layer.activation === 'linear'
  const input = reader.node.inputs.find((_, i) => reader.inputs[i]?.kind === 'flowing')!
  const order = naturalOrder(view)
  const isLast = order?.at(-1) === axis && dimSize(view.dims[axis]!) === numbers.length
  const isFree = reader.graph.consumersOf(input).length === 1 && view.shape.at(-1) === numbers.length
  if (!isSum || !isOwn || !isLast || !isFree) return null
  reader.builder.change(
    view.node,
    { useBias: true },
    { bias: { length: numbers.length, values: () => numbers } },
  )
  return flowing(view)
}

/** Each channel times a number or with one added: a depthwise convolution with a window of one place. */
function scaledChannels(
  reader: NodeReader,
  view: View,
  { order, numbers, isSum }: Pick<ChannelValues, 'numbers' | 'isSum'> & { readonly order: Order },
): View {
  const { length } = numbers
  const own = { length, values: () => numbers }
  const ones = { length, values: () => new Float32Array(length).fill(1) }
  const weights = isSum ? { kernel: ones, bias: own } : { kernel: own }
  const rank = Math.max(1, view.dims.length - 1)
  const options = {
    kind: `depthwiseConv${rank}d` as 'depthwiseConv2d',
    kernelSize: rank === 1 ? 1 : [1, 1],
    useBias: isSum,
  }
  if (view.dims.length > 1) return reader.layer(options, view, order, weights)
  // A row is a sequence of one step.
  const row = { ...view, dims: [[], ...view.dims] }
  const { dims, ...scaled } = reader.layer(options, row, [0, 1], weights)
  return { ...scaled, dims: dims.slice(1) }
}
