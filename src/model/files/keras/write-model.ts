import { within } from '../../../base/errors.ts'
import type { Shape } from '../../../base/shape.ts'
import { activation } from '../../../nn/layers/activation.ts'
import type { Activation } from '../../../nn/layers/activations.ts'
import { parseLayer } from '../../../nn/layers/index.ts'
import type { ModelNode } from '../../graph.ts'
import type { ModelLayer } from '../../model.ts'
import type { H5Numbers } from '../hdf5.ts'
import type { ModelFile } from '../model-file.ts'
import type { LayerFate } from '../model-format.ts'
import { kerasShape, toKeras } from './kernel-order.ts'
import { writeLayer } from './layer-options.ts'
import { kerasOrder } from './layer-order.ts'

type Json = Readonly<Record<string, unknown>>

/** A layer as Keras stores it. */
interface WrittenLayer {
  readonly name: string
  readonly className: string
  /** By Keras' name of each variable, in its order. */
  readonly arrays: ReadonlyMap<string, H5Numbers>
}

export interface KerasModel {
  readonly config: Json
  readonly isSequential: boolean
  readonly layers: readonly WrittenLayer[]
  readonly fates: readonly LayerFate[]
}

const INPUT_NAME = 'input_layer'

/** A model in Keras' words: Sequential where layers follow one another, else Functional. */
export function writeKerasModel({ model, weights }: ModelFile): KerasModel {
  const parts = model.layers.flatMap(separated)
  const renamed = new Map(parts.map(({ node, outputName }) => [node.name, outputName]))
  const sourceOf = (input: string): string => (input === 'input' ? INPUT_NAME : (renamed.get(input) ?? input))
  const taken = new Set(parts.map(({ node }) => node.name))
  const inOrder = parts.map(({ node, isOwn, shape }) => {
    const [className, options] = within(`layer "${node.name}"`, () => writeLayer(node.layer))
    const name = node.name === INPUT_NAME ? freeName(`${INPUT_NAME}_`, taken) : node.name
    const inputs = node.inputs.map(input => (isOwn ? sourceOf(input) : input))
    return { name, className, inputs, config: { name, dtype: 'float32', ...options }, node, shape }
  })
  const written = kerasOrder(inOrder)
  const shapes = new Map([
    [INPUT_NAME, model.inputShape],
    ...written.map(({ name, shape }) => [name, shape] as const),
  ])
  const isSequential = written.every(
    ({ inputs }, i) => inputs.length === 1 && inputs[0] === (i === 0 ? INPUT_NAME : written[i - 1]!.name),
  )
  const shape = [null, ...model.inputShape]
  const input = layerJson('InputLayer', {
    batch_shape: shape,
    dtype: 'float32',
    sparse: false,
    name: INPUT_NAME,
  })
  const layers = written.map(({ className, config, name, inputs }) => ({
    ...layerJson(className, config),
    ...(!isSequential && { name, inbound_nodes: [inboundNode(inputs, shapes)] }),
  }))
  const name = isSequential ? 'sequential' : 'functional'
  const config = isSequential
    ? { name, trainable: true, dtype: 'float32', layers: [input, ...layers], build_input_shape: shape }
    : {
        name,
        trainable: true,
        layers: [{ ...input, name: INPUT_NAME, inbound_nodes: [] }, ...layers],
        input_layers: [[INPUT_NAME, 0, 0]],
        output_layers: [[written.at(-1)!.name, 0, 0]],
      }
  const className = isSequential ? 'Sequential' : 'Functional'
  return {
    // As Keras writes them: Functional has no public name there.
    config: isSequential
      ? { module: 'keras', class_name: className, config, registered_name: null }
      : { module: 'keras.src.models.functional', class_name: className, config, registered_name: className },
    isSequential,
    layers: written.map(({ name, className, node }) => ({
      name,
      className,
      arrays: arraysOf(
        model.layers.find(layer => layer.name === node.name),
        weights,
      ),
    })),
    fates: model.layers.map(({ name, className }, i) => fateOf({ name, className }, model.layers[i]!)),
  }
}

interface Part {
  readonly node: ModelNode
  /** Where the layers that read the node find its output. */
  readonly outputName: string
  /** Whether its inputs are those of the model, to be looked up; else the part before. */
  readonly isOwn: boolean
  readonly shape: Shape
}

/** Keras has parameters of an activation only in layers of their own, such as ELU. */
function separated(layer: ModelLayer): Part[] {
  const { name, inputs, layer: spec, outputShape: shape } = layer
  const given = 'activation' in spec ? (spec.activation as Activation) : 'linear'
  if (typeof given === 'string' || spec.kind === 'activation')
    return [{ node: { name, inputs, layer: spec }, outputName: name, isOwn: true, shape }]
  const after = `${name}.activation`
  const linear = parseLayer({ ...spec, activation: 'linear' }, name)
  return [
    { node: { name, inputs, layer: linear }, outputName: after, isOwn: true, shape },
    {
      node: { name: after, inputs: [name], layer: activation({ activation: given }) },
      outputName: after,
      isOwn: false,
      shape,
    },
  ]
}

function fateOf({ name, className }: Pick<ModelLayer, 'name' | 'className'>, layer: ModelLayer): LayerFate {
  const parts = separated(layer).map(({ node }) => writeLayer(node.layer)[0])
  const remark = parts.length > 1 ? 'its activation is a layer of its own in Keras' : ''
  return { name, className, became: parts.join(' + '), remark }
}

function arraysOf(layer: ModelLayer | undefined, weights: ModelFile['weights']): Map<string, H5Numbers> {
  return new Map(
    layer?.parameters.map(parameter => [
      parameter.name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      {
        shape: kerasShape(parameter),
        values: toKeras(parameter, weights.get(`${layer.name}/${parameter.name}`)!),
      },
    ]),
  )
}

function layerJson(className: string, config: Json): Json {
  return { module: 'keras.layers', class_name: className, config, registered_name: null }
}

function inboundNode(inputs: readonly string[], shapes: ReadonlyMap<string, Shape>): Json {
  const tensors = inputs.map(name => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, ...shapes.get(name)!], dtype: 'float32', keras_history: [name, 0, 0] },
  }))
  return { args: tensors.length === 1 ? tensors : [tensors], kwargs: {} }
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name
  while (taken.has(free)) free += '_'
  return free
}
