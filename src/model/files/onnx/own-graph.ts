import { HeddleError } from '../../../base/errors.ts'
import { parseModel } from '../../graph.ts'
import { buildModel, type Model } from '../../model.ts'
import type { LayerFate } from '../model-format.ts'
import { floatsOf, readTensor } from './constants.ts'
import { parameterOf } from './graph-writer.ts'
import type { OnnxGraph, OnnxNode, OnnxTensor } from './messages.ts'
import { writeGraph } from './write-model.ts'

/** The model that the graph was written from, as Heddle's metadata describe it. */
interface OwnSpec {
  readonly model?: unknown
  readonly inputShape?: unknown
  readonly layout?: unknown
}

interface OwnGraph {
  readonly model: Model
  readonly weights: ReadonlyMap<string, Float32Array>
  readonly fates: readonly LayerFate[]
}

/**
 * The layers that a graph was written from, where it is still the graph that Heddle writes of them; `null`: it is another by now, or
 * its metadata names no layers. ONNX has no words for a separable convolution or an initializer.
 */
export function readOwnGraph(
  graph: OnnxGraph,
  { model: spec, inputShape, layout }: OwnSpec,
  outside: (tensor: OnnxTensor) => Uint8Array,
): OwnGraph | null {
  if (spec === undefined) return null
  const model = modelOf(spec, inputShape)
  if (!model) return null
  const written = writeGraph(model, layout === 'first' ? 'first' : 'last')
  const tensors = new Map(graph.initializers.map(tensor => [tensor.name, tensor]))
  const isSame =
    textOf(graph.nodes) === textOf(written.graph.nodes) &&
    tensors.size === written.graph.initializers.length + written.weights.size &&
    written.graph.initializers.every(constant => hasSameBytes(constant, tensors.get(constant.name)))
  if (!isSame) return null
  const weights = new Map<string, Float32Array>()
  for (const [name, source] of written.weights) {
    const tensor = tensors.get(name)
    if (tensor?.dims.join() !== source.dims.join()) return null
    weights.set(source.parameter, parameterOf(source, floatsOf(readTensor(tensor, outside))))
  }
  const fates = written.fates.map(({ name, className, became }) => ({
    name,
    className: became ?? '–',
    became: className,
    remark: '',
  }))
  return { model, weights, fates }
}

/** `null`: this Heddle does not know the model, such as one with a layer of another program. Its operators are read instead. */
function modelOf(spec: unknown, inputShape: unknown): Model | null {
  const isShape =
    Array.isArray(inputShape) && inputShape.every(size => Number.isSafeInteger(size) && size >= 1)
  try {
    return isShape ? buildModel(parseModel(spec, 'its model'), inputShape) : null
  } catch (error) {
    if (error instanceof HeddleError) return null
    throw error
  }
}

function textOf(nodes: readonly OnnxNode[]): string {
  return JSON.stringify(
    nodes.map(({ opType, domain, inputs, outputs, attributes }) => {
      const values = [...attributes]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, attribute]) =>
          attribute.kind === 'float' ? [key, Math.fround(attribute.value)] : [key, attribute],
        )
      return [opType, domain, inputs, outputs, values]
    }),
  )
}

function hasSameBytes(own: OnnxTensor, found: OnnxTensor | undefined): boolean {
  return (
    found?.type === own.type &&
    found.dims.join() === own.dims.join() &&
    found.raw !== null &&
    Buffer.compare(found.raw, own.raw!) === 0
  )
}
