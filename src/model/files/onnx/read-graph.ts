import { UsageError, within } from '../../../base/errors.ts'
import { show } from '../../../base/schema.ts'
import { formatShape, type Shape } from '../../../base/shape.ts'
import { INPUT } from '../../graph.ts'
import type { Model } from '../../model.ts'
import type { LayerFate } from '../model-format.ts'
import { nodeName } from '../node-name.ts'
import { countOf, readTensor, typeName } from './constants.ts'
import { FoldBudget, foldedOperators, foldOf } from './fold.ts'
import type { Layout } from './held.ts'
import { DATA_TYPES, type OnnxModel, type OnnxNode, type OnnxPort, type OnnxTensor } from './messages.ts'
import { ModelBuilder } from './model-builder.ts'
import { flowing, type GraphContext, type Known, NodeReader, type ReadOperator } from './node-reader.ts'
import { arithmeticOperators } from './read-arithmetic.ts'
import { denseOperators } from './read-dense.ts'
import { activationOperators } from './read-elementwise.ts'
import { normalizationOperators } from './read-normalizations.ts'
import { shapeOperators } from './read-shapes.ts'
import { windowOperators } from './read-windows.ts'
import { channelsLast, dimSize, liesIn, type Order, plainOrder, sizesOf, viewOf } from './view.ts'

const operators: Readonly<Record<string, ReadOperator>> = {
  ...windowOperators,
  ...activationOperators,
  ...arithmeticOperators,
  ...denseOperators,
  ...normalizationOperators,
  ...shapeOperators,
}

/** Every operator that is read, over pictures or fixed numbers. */
export const handledOperators: readonly string[] = [...Object.keys(operators), ...foldedOperators]

/** Versions of ONNX's operators whose rules are known here: the cases that the onnx package converted from PyTorch have 6. */
const [FIRST_OPSET, LAST_OPSET] = [6, 28]

/** More than any classifier needs on its way. */
const MAX_AXES = 8

export interface GraphReading {
  readonly model: Model
  readonly weights: ReadonlyMap<string, Float32Array>
  readonly fates: readonly LayerFate[]
  readonly remarks: readonly string[]
}

interface GraphOptions {
  /** The bytes of a tensor in another file. */
  readonly outside: (tensor: OnnxTensor) => Uint8Array
  /** Where the channels of the input are; left out: it is found. */
  readonly layout?: Layout | undefined
}

/** The model that a graph of any origin computes. */
export function readGraph(
  { graph, opsets, functions }: OnnxModel,
  { outside, layout }: GraphOptions,
): GraphReading {
  const opset = opsets.get('') ?? 1
  if (opset < FIRST_OPSET || opset > LAST_OPSET) {
    throw new UsageError(
      `it uses the operators of opset ${opset}, and Heddle reads ${FIRST_OPSET} to ${LAST_OPSET}. Export it with opset 17.`,
    )
  }
  const known = new Map<string, () => Known>()
  const once = (make: () => Known): (() => Known) => {
    let value: Known | null = null
    return () => {
      value ??= make()
      return value
    }
  }
  for (const tensor of graph.initializers)
    known.set(
      tensor.name,
      once(() => readTensor(tensor, outside)),
    )
  const consumers = consumersIn(graph.nodes, graph.outputs)
  const input = inputOf(graph.inputs.filter(({ name }) => !known.has(name)))
  const rank = input.sizes.length
  const given = layout === 'first' ? channelsLast(rank) : plainOrder(rank)
  const order = layout ? given : orderOfInput(input, { nodes: graph.nodes, isFixed: name => known.has(name) })
  const shape = order.map(axis => input.sizes[axis]!)
  const builder = new ModelBuilder(shape)
  known.set(input.name, () => flowing(viewOf(INPUT, shape, order), { isScaledInput: true }))
  const stored = graph.initializers.reduce(
    (sum, { raw, lists }) => sum + (raw ?? lists.floats ?? '').length / 4,
    0,
  )
  const budget = new FoldBudget(stored)
  const context: GraphContext = {
    opset,
    builder,
    consumersOf: name => consumers.get(name) ?? [],
    readTensor: tensor => readTensor(tensor, outside),
  }
  const fates: LayerFate[] = []
  const taken = new Set<string>()
  graph.nodes.forEach((node, index) => {
    const name = node.name || node.outputs[0]?.slice(0, 200) || `${node.opType}_${index}`
    within(`node "${name}" (${node.opType})`, () => {
      if (node.domain !== '' || functions.includes(node.opType)) {
        const owner = node.domain === '' ? 'a function of the file' : `an operator of ${show(node.domain)}`
        throw new UsageError(`${owner}, and Heddle reads ONNX's own. Export it without.`)
      }
      const inputs = node.inputs.map(tensor => enteringValue(tensor, known))
      const reader = new NodeReader(node, inputs, context)
      builder.begin(freeName(nodeName(name), taken))
      const before = builder.size
      const value = readNode(reader, budget)
      if (value.kind === 'flowing' && value.view.dims.length > MAX_AXES)
        throw new UsageError(`it makes a tensor of ${value.view.dims.length + 1} axes.`)
      if (node.outputs[0]) known.set(node.outputs[0], () => value)
      if (value.kind === 'flowing' || value.kind === 'gelu')
        fates.push(fateOf(name, node.opType, builder.classNamesSince(before)))
    })
  })
  builder.begin(freeName('row', taken))
  const { node, remark } = within('its output', () => outputOf(graph.outputs, known, builder))
  const isTurned = order.some((axis, i) => axis !== i)
  const remarks = [...(isTurned ? [turned(input.sizes, shape)] : []), ...(remark ? [remark] : [])]
  if (node === INPUT) throw new UsageError('its output is its input: it has no layer that Heddle would keep.')
  return { ...builder.model(node), fates, remarks }
}

function turned(sizes: readonly number[], shape: Shape): string {
  const axes = sizes.length === 3 ? 'Its pictures have' : 'Its sequences have'
  return `${axes} channels first, [${['batch', ...sizes].join(', ')}]; Heddle's have them last, ${formatShape(shape)}. The model was converted, and gives the same outputs.`
}

function enteringValue(name: string, known: ReadonlyMap<string, () => Known>): Known | null {
  if (name === '') return null
  const value = known.get(name)
  if (value) return value()
  throw new UsageError(
    `it reads ${show(name)}, which no node before it makes. The graph is cyclic, or its nodes are not in order.`,
  )
}

/** Nodes with graphs of their own, or several outputs of a kind that Heddle does not have. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['If', 'it chooses between two graphs while it runs, which Heddle does not do. Export one of them.'],
  ['Loop', 'it repeats a graph, which Heddle does not do. Export it unrolled.'],
  ['Scan', 'it repeats a graph, which Heddle does not do. Export it unrolled.'],
])

function readNode(reader: NodeReader, budget: FoldBudget): Known {
  const { node, inputs } = reader
  const isFixed = inputs.every(value => value === null || value.kind === 'floats' || value.kind === 'wholes')
  const fold = isFixed ? foldOf(node.opType) : null
  if (fold) {
    budget.spend(inputs.reduce((sum, value) => sum + sizeIn(value), 1))
    const value = fold(reader)
    budget.spend(sizeIn(value))
    return value
  }
  if (Object.hasOwn(operators, node.opType) && !isFixed) return operators[node.opType]!(reader)
  const isSequence = node.opType.includes('Sequence') || node.opType.startsWith('Optional')
  throw new UsageError(
    WORDS.get(node.opType) ??
      (isSequence
        ? 'it works on lists of tensors, which Heddle does not have.'
        : `Heddle has no layer for this operator${isFixed ? ' over fixed numbers' : ''}. Replace it, and export the model again.`),
  )
}

/** Numbers in memory. */
function sizeIn(value: Known | null): number {
  if (value?.kind !== 'floats' && value?.kind !== 'wholes') return 0
  return typeof value.numbers === 'number' ? 1 : countOf(value.dims)
}

function fateOf(name: string, className: string, layers: readonly string[]): LayerFate {
  if (layers.length > 0) return { name, className, became: layers.join(' + '), remark: '' }
  return {
    name,
    className,
    became: null,
    remark: 'part of another layer, or of the order in which numbers are read',
  }
}

function consumersIn(
  nodes: readonly OnnxNode[],
  outputs: readonly OnnxPort[],
): ReadonlyMap<string, readonly string[]> {
  const consumers = new Map<string, string[]>()
  const add = (name: string, opType: string): void => {
    const list = consumers.get(name)
    if (list) list.push(opType)
    else consumers.set(name, [opType])
  }
  for (const { inputs, opType } of nodes) for (const name of inputs) add(name, opType)
  for (const { name } of outputs) add(name, 'output')
  return consumers
}

interface GraphInput {
  readonly name: string
  /** Without the batch. */
  readonly sizes: readonly number[]
}

function inputOf(inputs: readonly OnnxPort[]): GraphInput {
  const [input] = inputs
  if (!input || inputs.length > 1) {
    throw new UsageError(
      `it has ${inputs.length} inputs${
        inputs.length > 1
          ? ` (${inputs
              .slice(0, 5)
              .map(({ name }) => show(name))
              .join(', ')})`
          : ''
      }; Heddle's models have one.`,
    )
  }
  const { name, type, shape } = input
  if (type !== DATA_TYPES.float && type !== DATA_TYPES.double)
    throw new UsageError(
      `its input ${show(name)} has numbers of the type ${typeName(type)}, and Heddle needs float32.`,
    )
  const sizes = shape?.slice(1) ?? []
  if (shape && (sizes.length < 1 || sizes.length > 3)) {
    throw new UsageError(
      `its input ${show(name)} has ${shape.length} axes, [${shape.join(', ')}]; Heddle takes images with 4 axes, sequences with 3 and rows with 2, the batch among them.`,
    )
  }
  if (!shape || !sizes.every(size => typeof size === 'number' && size >= 1)) {
    throw new UsageError(
      `its input ${show(name)} has the shape ${shape ? `[${shape.join(', ')}]` : 'of any size'}. Heddle needs the size of one example, with only the batch open: export the model with a fixed one, such as [batch, 3, 224, 224].`,
    )
  }
  return { name, sizes: sizes as number[] }
}

const IMAGE_OPERATORS = new Set(
  Object.keys(windowOperators).filter(name => !/^(Pad|Slice|Reduce)/.test(name)),
)
const CHANNEL_OPERATORS = new Set(['BatchNormalization', 'InstanceNormalization', 'GroupNormalization'])

/** The order of axes in which Heddle reads the input: channels last, wherever the graph has them. */
function orderOfInput(
  { name, sizes }: GraphInput,
  { nodes, isFixed }: { readonly nodes: readonly OnnxNode[]; isFixed(name: string): boolean },
): Order {
  const rank = sizes.length
  if (rank === 1) return [0]
  // The first node that treats axes differently shows which one has the channels.
  const same = new Set([name])
  for (const { opType, inputs, outputs, attributes } of nodes) {
    if (!inputs.some(one => same.has(one))) continue
    if (IMAGE_OPERATORS.has(opType) || CHANNEL_OPERATORS.has(opType)) return channelsLast(rank)
    const perm = attributes.get('perm')
    if (opType === 'Transpose' && perm?.kind === 'ints' && perm.value[1] === rank) return plainOrder(rank)
    const isElementwise = ['Cast', 'Identity', 'Add', 'Sub', 'Mul', 'Div', 'Clip', 'Dropout'].includes(opType)
    if (!isElementwise || !inputs.every(one => same.has(one) || one === '' || isFixed(one))) continue
    for (const output of outputs) same.add(output)
  }
  const isChannels = (size: number): boolean => size === 1 || size === 3 || size === 4
  const isPlain = rank === 2 || (isChannels(sizes[2]!) && !isChannels(sizes[0]!))
  return isPlain ? plainOrder(rank) : channelsLast(rank)
}

/** The node whose row the graph gives. */
function outputOf(
  outputs: readonly OnnxPort[],
  known: ReadonlyMap<string, () => Known>,
  builder: ModelBuilder,
): { readonly node: string; readonly remark: string | null } {
  const [output] = outputs
  if (!output || outputs.length > 1)
    throw new UsageError(`there are ${outputs.length}, and Heddle's models have one.`)
  const value = known.get(output.name)?.()
  if (value?.kind !== 'flowing')
    throw new UsageError(
      `its output ${show(output.name)} does not depend on the pictures, or no node makes it.`,
    )
  const { view } = value
  const sizes = sizesOf(view)
  const row = { ...view, dims: [view.dims.flat()] }
  const node =
    liesIn(row, [0]) && builder.shapeOf(view.node).length === 1 ? view.node : builder.arrange(row, [0])
  const isRow = sizes.filter(size => size > 1).length <= 1
  const remark = isRow
    ? null
    : `Its output [${['batch', ...sizes].join(', ')}] has several axes: Heddle gives its ${dimSize(row.dims[0]!)} numbers as one row.`
  return { node, remark }
}

function freeName(name: string, taken: Set<string>): string {
  let free = name
  for (let i = 1; taken.has(free); i++) free = `${name}_${i}`
  taken.add(free)
  return free
}
