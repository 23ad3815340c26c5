import { sameShape } from '../../../base/shape.ts'
import { definitionOf } from '../../../nn/layers/index.ts'
import type { Value } from '../../../nn/layers/layer.ts'
import { INPUT } from '../../graph.ts'
import type { Model } from '../../model.ts'
import type { ModelFile } from '../model-file.ts'
import type { LayerFate } from '../model-format.ts'
import { GraphWriter, numbersOf } from './graph-writer.ts'
import { dimsOf, type Held, held, type Layout } from './held.ts'
import { DATA_TYPES, floatTensor, type OnnxGraph, type OnnxModel, type OnnxNode } from './messages.ts'
import { writeOps } from './write-ops.ts'

/** Runtimes took a year to read each newer version. */
const OPSET = 17
const IR_VERSION = 8
const OUTPUT = 'output'

/** A model in the operators of ONNX, without its weights. */
export interface WrittenGraph {
  readonly graph: OnnxGraph
  readonly weights: GraphWriter['weights']
  readonly fates: readonly LayerFate[]
}

/** The graph of a model: each layer is lowered to ops, and each op has its operators in ONNX. `layout` is that of the input. */
export function writeGraph(model: Model, layout: Layout): WrittenGraph {
  const writer = new GraphWriter()
  let count = 0
  const values = new Map<number, Held>()
  const add = (value: Held): Value => {
    values.set(count, value)
    return { id: count++, shape: value.shape }
  }
  const outputs = new Map([[INPUT, add(held(model.inputShape, layout, INPUT))]])
  const ordinal = { next: 0 }
  const fates = model.layers.map(({ name, className, inputs, layer, parameters }): LayerFate => {
    writer.begin(name)
    const first = writer.nodes.length
    const output = definitionOf(layer).lower(layer, {
      inputs: inputs.map(input => outputs.get(input)!),
      emit(kind, { inputs: read, outputShape, attributes, parameters: names = [] }) {
        const call = {
          attributes,
          inputs: read.map(({ id }) => values.get(id)!),
          outputShape,
          parameters: names.map(own => parameters.find(parameter => parameter.name === own)!),
        }
        return add((writeOps[kind] as (call: unknown, writer: GraphWriter) => Held)(call, writer))
      },
      reshape: (value, shape) =>
        sameShape(value.shape, shape)
          ? value
          : add({ shape, tensors: new Map(), from: values.get(value.id)! }),
      nextOrdinal: () => ordinal.next++,
    })
    outputs.set(name, output)
    const operators = writer.nodes.slice(first).map(({ opType }) => opType)
    const isNothing = operators.length === 0
    const remark = isNothing ? 'it changes no number outside training, or only how they are read' : ''
    return { name, className, became: isNothing ? null : operators.join(' + '), remark }
  })
  writer.begin(model.layers.at(-1)!.name)
  const last = values.get(outputs.get(model.layers.at(-1)!.name)!.id)!
  const given = writer.tensor(last, 'last')
  const output = given === INPUT ? writer.node('Identity', [INPUT]) : given
  const port = (name: string, dims: readonly number[]) => ({
    name,
    type: DATA_TYPES.float,
    shape: ['batch', ...dims],
  })
  const renamed = (name: string): string => (name === output ? OUTPUT : name)
  const graph: OnnxGraph = {
    name: 'heddle',
    nodes: writer.nodes.map(
      (node): OnnxNode => ({
        ...node,
        inputs: node.inputs.map(renamed),
        outputs: node.outputs.map(renamed),
      }),
    ),
    initializers: [...writer.constants.values()],
    inputs: [port(INPUT, dimsOf(model.inputShape, layout))],
    outputs: [port(OUTPUT, model.outputShape)],
  }
  return { graph, weights: writer.weights, fates }
}

/** A whole model, with texts about it. */
export function writeOnnxModel(
  { model, weights }: Pick<ModelFile, 'model' | 'weights'>,
  { layout, metadata }: { readonly layout: Layout; readonly metadata: OnnxModel['metadata'] },
): { readonly model: OnnxModel; readonly fates: readonly LayerFate[] } {
  const written = writeGraph(model, layout)
  const tensors = [...written.weights].map(([name, source]) =>
    floatTensor(name, source.dims, numbersOf(source, weights.get(source.parameter)!)),
  )
  const graph = { ...written.graph, initializers: [...written.graph.initializers, ...tensors] }
  return {
    model: {
      irVersion: IR_VERSION,
      producer: 'heddle',
      opsets: new Map([['', OPSET]]),
      metadata,
      graph,
      functions: [],
    },
    fates: written.fates,
  }
}
