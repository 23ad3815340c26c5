import { UsageError } from '../../../base/errors.ts'
import { sizeOf } from '../../../base/shape.ts'
import { type Constant, singleOf, weightsOf } from './constants.ts'
import { numbersOf } from './graph-writer.ts'
import type { LayerOptions } from './model-builder.ts'
import {
  type Flowing,
  flowing,
  type Known,
  type NodeReader,
  type PartialGelu,
  type ReadOperator,
} from './node-reader.ts'
import { naturalOrder, type Order, plainOrder, sizesOf, type View } from './view.ts'

type Activation = string | { readonly kind: string; readonly [option: string]: unknown }

const activate = (reader: NodeReader, activation: Activation, isPositive = false): Flowing =>
  flowing(reader.each({ kind: 'activation', activation }, reader.view()), { isPositive })

const fixed =
  (activation: Activation, isPositive = false): ReadOperator =>
  reader =>
    activate(reader, activation, isPositive)

/** Layers one after the other, each on every number. */
function chain(reader: NodeReader, layers: readonly LayerOptions[], more: Partial<Flowing> = {}): Flowing {
  return flowing(
    layers.reduce((view, options) => reader.each(options, view), reader.view()),
    more,
  )
}

const pass: ReadOperator = reader => reader.flowing()

export const activationOperators: Readonly<Record<string, ReadOperator>> = {
  Relu: fixed('relu', true),
  Sigmoid: fixed('sigmoid', true),
  Tanh: fixed('tanh'),
  Softplus: fixed('softplus', true),
  Softsign: fixed('softsign'),
  Mish: fixed('mish'),
  HardSwish: fixed('hardSilu'),
  Identity: pass,

  Elu: reader => activate(reader, { kind: 'elu', alpha: reader.float('alpha', 1) }),
  LeakyRelu: reader =>
    activate(reader, { kind: 'leakyRelu', negativeSlope: asShort(reader.float('alpha', 0.01)) }),
  ThresholdedRelu: reader =>
    chain(reader, [{ kind: 'reLU', threshold: reader.float('alpha', 1) }], { isPositive: true }),
  Selu: reader =>
    chain(reader, [
      { kind: 'activation', activation: { kind: 'elu', alpha: reader.float('alpha', 1.6732632) } },
      { kind: 'rescaling', scale: reader.float('gamma', 1.050701) },
    ]),
  Swish(reader) {
    reader.only('alpha', 1)
    return activate(reader, 'silu')
  },

  HardSigmoid(reader) {
    const [alpha, beta] = [reader.float('alpha', 0.2), reader.float('beta', 0.5)]
    if (Math.abs(alpha - 1 / 6) < 1e-7 && beta === 0.5) return activate(reader, 'hardSigmoid', true)
    const layers: LayerOptions[] = [
      { kind: 'rescaling', scale: asShort(alpha), offset: asShort(beta) },
      { kind: 'reLU', maxValue: 1 },
    ]
    return chain(reader, layers, { isPositive: true })
  },

  Clip(reader) {
    const least = (reader.opset < 11 ? null : reader.single(1)) ?? reader.float('min', -Infinity)
    const most = (reader.opset < 11 ? null : reader.single(2)) ?? reader.float('max', Infinity)
    return clipped(reader, least > -3e38 ? least : -Infinity, most < 3e38 ? most : Infinity)
  },

  Gelu(reader) {
    if (reader.text('approximate', 'none') === 'none') return activate(reader, 'gelu')
    reader.only('approximate', 'tanh')
    const x = reader.view()
    const joined = (kind: 'multiply' | 'add', ...views: readonly View[]): View => ({
      ...x,
      node: reader.builder.add(
        { kind },
        views.map(({ node }) => node),
      ),
    })
    const scaled = (scale: number, view: View, offset = 0): View =>
      reader.each({ kind: 'rescaling', scale, offset }, view)
    // x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))
    const inner = joined('add', x, scaled(0.044715, joined('multiply', x, x, x)))
    const tanh = reader.each(
      { kind: 'activation', activation: 'tanh' },
      scaled(Math.sqrt(2 / Math.PI), inner),
    )
    return flowing(joined('multiply', x, scaled(0.5, tanh, 0.5)))
  },

  Softmax(reader) {
    const { view } = reader.flowing()
    const rank = view.dims.length + 1
    const axis = reader.axis(reader.int('axis', reader.opset < 13 ? 1 : -1), rank) - 1
    if (axis < 0) throw new UsageError('it works over the batch.')
    const rest = sizesOf(view).slice(axis)
    // Before opset 13 it worked on all axes from this one on.
    const isAlone = reader.opset >= 13 || rest.filter(size => size > 1).length <= 1
    const along =
      reader.opset >= 13
        ? axis
        : axis +
          Math.max(
            0,
            rest.findIndex(size => size > 1),
          )
    if (!isAlone) throw new UsageError(`it works over ${rest.length} axes together, and Heddle's over one.`)
    const order = lastIn(view, along)
    return flowing(reader.layer({ kind: 'activation', activation: 'softmax' }, view, order), {
      isPositive: true,
    })
  },

  PRelu(reader) {
    const { view } = reader.flowing()
    const slopes = reader.constant(1)
    if (!slopes) throw new UsageError('it has no slopes.')
    const order = naturalOrder(view) ?? plainOrder(view.dims.length)
    const dims = broadcastDims(slopes, view, reader)
    const sharedAxes = order.flatMap((axis, i) => (dims[axis] === 1 ? [i + 1] : []))
    const alpha = weightsOf(slopes, values => numbersOf({ view: dims, axes: order }, values))
    const options: LayerOptions = { kind: 'pReLU', sharedAxes: sharedAxes.length > 0 ? sharedAxes : null }
    return flowing(reader.layer(options, view, order, { alpha }))
  },

  Erf(reader) {
    const view = reader.view()
    const scaled = reader.builder.nodeOf(view.node)
    const of = scaled?.inputs[0]
    const isRoot = scaled?.layer.kind === 'rescaling' && Math.abs(scaled.layer.scale - Math.SQRT1_2) < 1e-4
    if (isRoot && scaled.layer.kind === 'rescaling' && scaled.layer.offset === 0) {
      const part = { isPlusOne: false, isHalved: false, isTimesInput: false }
      return { kind: 'gelu', of: { ...view, node: of! }, ...part }
    }
    throw new UsageError('Heddle has the error function within a gelu only: x · (1 + erf(x / √2)) / 2.')
  },

  Dropout(reader) {
    if (reader.needsOutput(1)) throw new UsageError('its mask is read, which exists in training only.')
    const rate = (reader.opset < 12 ? reader.float('ratio', 0.5) : reader.single(1)) ?? 0.5
    if (!(rate > 0 && rate < 1)) return reader.flowing()
    const { view, ...more } = reader.flowing()
    return { ...more, view: reader.each({ kind: 'dropout', rate: asShort(rate) }, view) }
  },

  Cast(reader) {
    const to = reader.int('to', 1)
    if (to !== 1 && to !== 11)
      throw new UsageError('it makes other numbers than floats of what depends on the pictures.')
    return reader.flowing()
  },
}

/** A float as the shortest decimal number that means it: 0.1, not 0.10000000149. */
export function asShort(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === Math.fround(value)) return short
  }
  return value
}

export function clipped(reader: NodeReader, least: number, most: number): Flowing {
  if (least === -Infinity && most === Infinity) return reader.flowing()
  if (least === -Infinity || !(most > least))
    throw new UsageError(
      `it cuts below ${least} and above ${most}; Heddle needs a lower limit below the upper one.`,
    )
  const relu = (maxValue: number): LayerOptions => ({
    kind: 'reLU',
    maxValue: Number.isFinite(maxValue) ? maxValue : null,
  })
  if (least === 0 && most === Infinity) return activate(reader, 'relu', true)
  if (least === 0 && most === 6) return activate(reader, 'relu6', true)
  if (least === 0) return chain(reader, [relu(most)], { isPositive: true })
  const shifted: LayerOptions[] = [
    { kind: 'rescaling', scale: 1, offset: -least },
    relu(most - least),
    { kind: 'rescaling', scale: 1, offset: least },
  ]
  return chain(reader, shifted, { isPositive: least > 0 })
}

/** An order of axes whose last one is given; that of the view where it is so. */
function lastIn(view: View, axis: number): Order {
  const natural = naturalOrder(view)
  if (natural?.at(-1) === axis) return natural
  return [...(natural ?? plainOrder(view.dims.length)).filter(one => one !== axis), axis]
}

/** The sizes of a constant along the axes of a view, 1 where it repeats. */
export function broadcastDims(constant: Constant, view: View, reader: NodeReader): readonly number[] {
  const sizes = sizesOf(view)
  const given = reader.opset < 7 ? alignedDims(constant, sizes.length + 1, reader) : constant.dims
  // Axes are counted from the last one; the batch may be among them, with length 1.
  const own = given.length > sizes.length ? given.slice(-sizes.length) : given
  const dims = [...Array<number>(sizes.length - own.length).fill(1), ...own]
  const fits = dims.every((size, axis) => size === 1 || size === sizes[axis])
  if (fits && sizeOf(constant.dims) === sizeOf(dims)) return dims
  throw new UsageError(
    `its fixed numbers [${constant.dims.join(', ')}] do not fit [batch, ${sizes.join(', ')}].`,
  )
}

/** Before opset 7 an attribute named the axis where the axes of the second input begin; slopes were those of channels. */
function alignedDims({ dims }: Constant, rank: number, reader: NodeReader): readonly number[] {
  const start = reader.int('axis', reader.node.opType === 'PRelu' ? 1 : rank - dims.length)
  return [...dims, ...Array<number>(Math.max(0, rank - start - dims.length)).fill(1)]
}

/** The next part of a gelu: what a sum or a product adds to it; `null`: it is none. */
export function growGelu(
  reader: NodeReader,
  part: PartialGelu,
  other: Known,
  operator: 'Add' | 'Mul',
): Known | null {
  const number = other.kind === 'floats' || other.kind === 'wholes' ? singleOf(other) : null
  let grown: PartialGelu | null = null
  if (operator === 'Add' && number === 1 && !part.isPlusOne && !part.isHalved && !part.isTimesInput)
    grown = { ...part, isPlusOne: true }
  if (operator === 'Mul' && part.isPlusOne && number === 0.5 && !part.isHalved)
    grown = { ...part, isHalved: true }
  if (operator === 'Mul' && part.isPlusOne && !part.isTimesInput && other.kind === 'flowing') {
    const { node } = other.view
    const layer = reader.builder.nodeOf(node)
    const isHalf =
      layer?.layer.kind === 'rescaling' &&
      layer.layer.scale === 0.5 &&
      layer.layer.offset === 0 &&
      layer.inputs[0] === part.of.node
    if (node === part.of.node) grown = { ...part, isTimesInput: true }
    else if (isHalf && !part.isHalved) grown = { ...part, isTimesInput: true, isHalved: true }
  }
  if (!grown?.isHalved || !grown.isTimesInput) return grown
  return flowing(reader.each({ kind: 'activation', activation: 'gelu' }, part.of))
}

/** The product x · f(x) as one activation; `null`: Heddle has no such activation. */
export function gateOf(reader: NodeReader, x: View, gate: View): View | null {
  const layer = reader.builder.nodeOf(gate.node)
  if (layer?.layer.kind !== 'activation' || gate.dims !== x.dims) return null
  const name = layer.layer.activation
  const from = layer.inputs[0]!
  if (from === x.node && name === 'sigmoid') return reader.each({ kind: 'activation', activation: 'silu' }, x)
  if (from === x.node && name === 'hardSigmoid')
    return reader.each({ kind: 'activation', activation: 'hardSilu' }, x)
  const before = reader.builder.nodeOf(from)
  const isMish =
    name === 'tanh' &&
    before?.layer.kind === 'activation' &&
    before.layer.activation === 'softplus' &&
    before.inputs[0] === x.node
  return isMish ? reader.each({ kind: 'activation', activation: 'mish' }, x) : null
}
