import type { Shape } from '../../../base/shape.ts'
import type { ParameterSpec } from '../../../nn/layers/layer.ts'
import type { OpAttributes, OpKind } from '../../../ops/index.ts'
import type { MergeAttributes } from '../../../ops/merge.ts'
import type { PoolingAttributes } from '../../../ops/pooling.ts'
import type { GraphWriter } from './graph-writer.ts'
import { axesOf, dimsOf, type Held, held, type Layout, lyingTensor } from './held.ts'
import { float, int, ints, text } from './messages.ts'
import { writeActivation } from './write-activation.ts'

interface Call<K extends OpKind> {
  readonly attributes: OpAttributes[K]
  readonly inputs: readonly Held[]
  readonly outputShape: Shape
  /** In the order that the op reads them. */
  readonly parameters: readonly ParameterSpec[]
}

type WriteOp<K extends OpKind> = (call: Call<K>, graph: GraphWriter) => Held

/** How each op of the machine stands in ONNX, opset 17. */
export const writeOps: { readonly [K in OpKind]: WriteOp<K> } = {
  convolution({ attributes, inputs, outputShape, parameters: [kernel, bias] }, graph) {
    const { kernelSize, strides, dilationRate, groups } = attributes
    const [filters, channels] = [kernel!.shape[0]!, kernel!.shape.at(-1)!]
    const view = [filters, ...kernelSize, channels]
    const tensors = [
      graph.tensor(inputs[0]!, 'first'),
      graph.weight(kernel!.name, { view, axes: [0, 3, 1, 2] }),
      ...(bias ? [graph.weight(bias.name, { view: bias.shape })] : []),
    ]
    const extent = kernelSize.map((size, axis) => (size - 1) * dilationRate[axis]! + 1)
    return held(
      outputShape,
      'first',
      graph.node('Conv', tensors, {
        dilations: ints(dilationRate),
        group: int(groups),
        kernel_shape: ints(kernelSize),
        pads: ints(padsOf({ ...attributes, extent }, inputs[0]!.shape, outputShape)),
        strides: ints(strides),
      }),
    )
  },

  maxPooling: (call, graph) => writePooling('MaxPool', call, graph),
  averagePooling: (call, graph) => writePooling('AveragePool', call, graph),

  dense({ inputs: [x], outputShape, parameters: [kernel, bias] }, graph) {
    const { name, layout, shape } = lyingTensor(x!)
    const isFlattened = layout === 'first' && shape.length > 1
    const units = kernel!.shape[0]!
    const weights = isFlattened
      ? {
          view: [units, ...shape],
          axes: [0, ...axesOf(shape, 'first').map(axis => axis + 1)],
          dims: kernel!.shape,
        }
      : { view: kernel!.shape }
    const tensors = [
      isFlattened ? graph.node('Flatten', [name], { axis: int(1) }) : graph.tensor(x!, 'last'),
      graph.weight(kernel!.name, weights),
      ...(bias ? [graph.weight(bias.name, { view: bias.shape })] : []),
    ]
    return held(outputShape, 'last', graph.node('Gemm', tensors, { transB: int(1) }))
  },

  activation: ({ attributes, inputs }, graph) =>
    graph.each(inputs[0]!, tensor => writeActivation(attributes, tensor, graph)),

  softmax({ inputs: [x], outputShape }, graph) {
    const layout = layoutOf(x!)
    const axis = layout === 'first' && outputShape.length > 1 ? 1 : -1
    const tensor = graph.tensor(x!, layout)
    return held(outputShape, layout, graph.node('Softmax', [tensor], { axis: int(axis) }))
  },

  merge({ attributes: { rule }, inputs, outputShape }, graph) {
    const layout = commonLayout(inputs)
    const tensors = inputs.map(value => graph.tensor(value, layout))
    return held(outputShape, layout, writeMerge(rule, tensors, graph))
  },

  concatenate({ inputs, outputShape }, graph) {
    const layout = outputShape.length === 1 ? 'last' : commonLayout(inputs)
    const tensors = inputs.map(value => graph.tensor(value, layout))
    const axis = layout === 'first' ? 1 : -1
    return held(outputShape, layout, graph.node('Concat', tensors, { axis: int(axis) }))
  },

  // Outside training both pass values on.
  dropout: ({ inputs: [x], attributes: { rate } }, graph) =>
    graph.each(x!, tensor => graph.node('Dropout', [tensor, graph.floats([rate])])),
  gaussianNoise: ({ inputs: [x] }) => x!,

  batchNormalization({ attributes, inputs: [x], outputShape, parameters }, graph) {
    const { epsilon } = attributes
    const [mean, variance, ...affine] = parameters
    const [gamma, beta] = affineTensors(affine, outputShape.at(-1)!, graph)
    const statistics = [mean!, variance!].map(({ name, shape }) => graph.weight(name, { view: shape }))
    const tensors = [graph.tensor(x!, 'first'), gamma!, beta!, ...statistics]
    const node = graph.node('BatchNormalization', tensors, { epsilon: float(epsilon) })
    return held(outputShape, firstOf(outputShape), node)
  },

  layerNormalization({ attributes: { epsilon }, inputs: [x], outputShape, parameters }, graph) {
    const affine = affineTensors(parameters, outputShape.at(-1)!, graph)
    const tensors = [graph.tensor(x!, 'last'), ...affine]
    const node = graph.node('LayerNormalization', tensors, { axis: int(-1), epsilon: float(epsilon) })
    return held(outputShape, 'last', node)
  },

  groupNormalization({ attributes, inputs: [x], outputShape, parameters }, graph) {
    const { groups, epsilon } = attributes
    const channels = outputShape.at(-1)!
    const grouped = graph.node('Reshape', [graph.tensor(x!, 'first'), graph.integers([0, groups, -1])])
    const same = (value: number): string => graph.floats(Array<number>(groups).fill(value), [groups])
    const normal = graph.node('InstanceNormalization', [grouped, same(1), same(0)], {
      epsilon: float(epsilon),
    })
    const dims = dimsOf(outputShape, firstOf(outputShape))
    let y = graph.node('Reshape', [normal, graph.integers([0, ...dims])])
    const each = [channels, ...dims.slice(1).map(() => 1)]
    for (const { name, role } of parameters)
      y = graph.node(role === 'scale' ? 'Mul' : 'Add', [y, graph.weight(name, { view: each })])
    return held(outputShape, firstOf(outputShape), y)
  },

  padding({ attributes: { padding }, inputs: [x], outputShape }, graph) {
    const before = [padding[0], padding[1]]
    const after = [0, 1].map(axis => outputShape[axis]! - x!.shape[axis]! - before[axis]!)
    const tensor = graph.tensor(x!, 'first')
    const isCut = [...before, ...after].some(n => n < 0)
    const node = isCut
      ? graph.node('Slice', [
          tensor,
          graph.integers(before.map(n => 0 - n)),
          graph.integers(before.map((n, axis) => outputShape[axis]! - n)),
          graph.integers([2, 3]),
        ])
      : graph.node('Pad', [tensor, graph.integers([0, 0, ...before, 0, 0, ...after])])
    return held(outputShape, 'first', node)
  },

  affine({ attributes: { center, scale, offset }, inputs: [x] }, graph) {
    return graph.each(inChannels(x!, scale.length), (tensor, layout, { length: rank }) => {
      const constant = (values: readonly number[]): string => {
        const spread = layout === 'first' ? Array<number>(rank - 1).fill(1) : []
        return graph.floats(values, values.length === 1 ? [] : [values.length, ...spread])
      }
      const isAll = (values: readonly number[], value: number): boolean => values.every(one => one === value)
      let y = tensor
      if (!isAll(center, 0)) y = graph.node('Sub', [y, constant(center)])
      if (!isAll(scale, 1)) y = graph.node('Mul', [y, constant(scale)])
      if (!isAll(offset, 0)) y = graph.node('Add', [y, constant(offset)])
      return y
    })

    /** Constants of channels meet the axis of channels only under the value's own shape. */
    function inChannels(value: Held, count: number): Held {
      if (count === 1 || value.tensors.size > 0) return value
      return held(value.shape, layoutOf(value), graph.tensor(value, layoutOf(value)))
    }
  },

  prelu({ attributes: { alphaShape }, inputs: [x], outputShape, parameters: [alpha] }, graph) {
    const layout = layoutOf(x!)
    const slopes = graph.weight(alpha!.name, { view: alphaShape, axes: axesOf(alphaShape, layout) })
    return held(outputShape, layout, graph.node('PRelu', [graph.tensor(x!, layout), slopes]))
  },

  permute({ attributes: { axes }, inputs: [x], outputShape }, graph) {
    const perm = ints([0, ...axes.map(axis => axis + 1)])
    return held(outputShape, 'last', graph.node('Transpose', [graph.tensor(x!, 'last')], { perm }))
  },

  resize({ attributes: { interpolation }, inputs: [x], outputShape }, graph) {
    const scales = [0, 1].map(axis => outputShape[axis]! / x!.shape[axis]!)
    const tensor = graph.tensor(x!, 'first')
    if (interpolation === 'nearest' && !scales.every(Number.isInteger))
      return held(outputShape, 'first', writeNearest(tensor, x!.shape, outputShape, graph))
    const attributes =
      interpolation === 'nearest'
        ? {
            coordinate_transformation_mode: text('asymmetric'),
            mode: text('nearest'),
            nearest_mode: text('floor'),
          }
        : { coordinate_transformation_mode: text('half_pixel'), mode: text('linear') }
    // Factors that are no whole numbers could be rounded to another size.
    const target = scales.every(Number.isInteger)
      ? [graph.floats([1, 1, ...scales], [4])]
      : ['', sizesOf(tensor, outputShape.slice(0, 2), graph)]
    const tensors = [tensor, '', ...target]
    return held(outputShape, 'first', graph.node('Resize', tensors, attributes))
  },
}

/** `[batch, channels, height, width]` with the batch and the channels of a tensor. */
function sizesOf(tensor: string, sizes: readonly number[], graph: GraphWriter): string {
  const leading = graph.node('Shape', [tensor], { end: int(2) })
  return graph.node('Concat', [leading, graph.integers(sizes)], { axis: int(0) })
}

/** A row that ONNX reads in no other order than Heddle. */
function firstOf({ length }: Shape): Layout {
  return length === 1 ? 'last' : 'first'
}

/** The layout in which a value lies already. */
function layoutOf(value: Held): Layout {
  return value.tensors.has('first') ? 'first' : value.tensors.has('last') ? 'last' : lyingTensor(value).layout
}

function commonLayout(values: readonly Held[]): Layout {
  return values.every(value => layoutOf(value) === 'last') ? 'last' : firstOf(values[0]!.shape)
}

interface PaddedWindow {
  readonly extent: readonly number[]
  readonly strides: readonly number[]
  readonly padding: readonly number[]
}

/** `[top, left, bottom, right]`, from what lies before and the size of the output. */
function padsOf({ extent, strides, padding }: PaddedWindow, input: Shape, output: Shape): readonly number[] {
  const after = padding.map((before, axis) =>
    Math.max(0, (output[axis]! - 1) * strides[axis]! + extent[axis]! - input[axis]! - before),
  )
  return [...padding, ...after]
}

function writePooling(
  opType: 'MaxPool' | 'AveragePool',
  { attributes, inputs: [x], outputShape }: Pick<Call<'maxPooling'>, 'attributes' | 'inputs' | 'outputShape'>,
  graph: GraphWriter,
): Held {
  const { poolSize, strides }: PoolingAttributes = attributes
  const node = graph.node(opType, [graph.tensor(x!, 'first')], {
    kernel_shape: ints(poolSize),
    pads: ints(padsOf({ ...attributes, extent: poolSize }, x!.shape, outputShape)),
    strides: ints(strides),
  })
  return held(outputShape, 'first', node)
}

/** Factor and offset of each channel; those that are not learned are 1 and 0. */
function affineTensors(
  parameters: readonly ParameterSpec[],
  channels: number,
  graph: GraphWriter,
): readonly string[] {
  return (['scale', 'offset'] as const).map(role => {
    const learned = parameters.find(parameter => parameter.role === role)
    if (learned) return graph.weight(learned.name, { view: learned.shape })
    return graph.floats(Array<number>(channels).fill(role === 'scale' ? 1 : 0), [channels])
  })
}

/** The operators that join two tensors or any number of them. */
const MERGES: Readonly<Record<MergeAttributes['rule'], readonly ['pairs' | 'all', string]>> = {
  sum: ['pairs', 'Add'],
  product: ['pairs', 'Mul'],
  difference: ['pairs', 'Sub'],
  mean: ['all', 'Mean'],
  maximum: ['all', 'Max'],
}

function writeMerge(rule: MergeAttributes['rule'], tensors: readonly string[], graph: GraphWriter): string {
  const [arity, opType] = MERGES[rule]
  if (arity === 'all') return graph.node(opType, tensors)
  return tensors.slice(1).reduce((joined, tensor) => graph.node(opType, [joined, tensor]), tensors[0]!)
}

/** The pixels of an image that another size reads, row by row and column by column: exact for any two sizes. */
function writeNearest(tensor: string, input: Shape, output: Shape, graph: GraphWriter): string {
  return [0, 1].reduce((read, axis) => {
    const [from, to] = [input[axis]!, output[axis]!]
    const places = Array.from({ length: to }, (_, i) => Math.floor(((2 * i + 1) * from) / (2 * to)))
    return graph.node('Gather', [read, graph.integers(places)], { axis: int(axis + 2) })
  }, tensor)
}
