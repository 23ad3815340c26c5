import { HeddleError, within } from '../../../base/errors.ts'
import type { Shape } from '../../../base/shape.ts'
import { INPUT, type ModelNode } from '../../graph.ts'
import type { Model, ModelLayer } from '../../model.ts'
import type { H5Numbers } from '../hdf5.ts'
import type { ModelFile } from '../model-file.ts'
import type { LayerFate } from '../model-format.ts'
import { kerasShape, toKeras } from './kernel-order.ts'
import { kerasOrder } from './layer-order.ts'
import type { Json, KerasWords, Part } from './words.ts'
import { spelled, writeLayer } from './write-layer.ts'

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
  readonly inputName: string
  readonly layers: readonly WrittenLayer[]
  readonly fates: readonly LayerFate[]
}

const INPUT_NAME = 'input_layer'

/** A model in the words of Keras: Sequential where layers follow one another, else Functional. Throws a `HeddleError` that names the layer. */
export function writeKerasModel({ model, weights }: ModelFile, words: KerasWords): KerasModel {
  const parts = placedParts(model, words)
  const taken = new Set(parts.map(({ node }) => node.name))
  const inputName = freeName(INPUT_NAME, taken)
  const inOrder = parts.map(({ node, part, shape }) => {
    const [className, options] = within(`layer "${node.name}"`, () => writeLayer(node.layer, words))
    const inputs = node.inputs.map(input => (input === INPUT ? inputName : input))
    const config = { name: node.name, dtype: 'float32', ...options }
    return { name: node.name, className, inputs, config, part, shape }
  })
  const written = kerasOrder(inOrder)
  const shapes = new Map([
    [inputName, model.inputShape],
    ...written.map(({ name, shape }) => [name, shape] as const),
  ])
  const isSequential = written.every(
    ({ inputs }, i) => inputs.length === 1 && inputs[0] === (i === 0 ? inputName : written[i - 1]!.name),
  )
  const shape = [null, ...model.inputShape]
  const input = words.named('InputLayer', {
    [words.batchShape]: shape,
    dtype: 'float32',
    sparse: false,
    name: inputName,
  })
  const layers = written.map(({ className, config, name, inputs }) => ({
    ...words.named(className, config),
    ...(!isSequential && { name, inbound_nodes: [words.reading(inputs, shapes)] }),
  }))
  const name = isSequential ? 'sequential' : 'functional'
  const config = isSequential
    ? { name, trainable: true, dtype: 'float32', layers: [input, ...layers], build_input_shape: shape }
    : {
        name,
        trainable: true,
        layers: [{ ...input, name: inputName, inbound_nodes: [] }, ...layers],
        input_layers: [[inputName, 0, 0]],
        output_layers: [[written.at(-1)!.name, 0, 0]],
      }
  const byName = new Map(model.layers.map(layer => [layer.name, layer]))
  return {
    config: words.named(isSequential ? 'Sequential' : 'Functional', config),
    isSequential,
    inputName,
    layers: written.map(({ name, className, part }) => ({
      name,
      className,
      arrays: arraysOf(byName.get(name), { part, weights, words }),
    })),
    fates: model.layers.map(layer => fateOf(layer, words)),
  }
}

interface Placed {
  readonly node: ModelNode
  readonly part: Part
  readonly shape: Shape
}

/** The layers that stand for each layer of a model, with the layers that they read. */
function placedParts({ layers }: Model, words: KerasWords): Placed[] {
  /** Where the output of a layer is found. */
  const outputs = new Map<string, string>()
  return layers.flatMap(layer => {
    let inputs = layer.inputs.map(input => outputs.get(input) ?? input)
    return within(`layer "${layer.name}"`, () =>
      words.partsOf(layer).map((part): Placed => {
        const name = `${layer.name}${part.suffix}`
        const node = { name, layer: part.layer, inputs }
        inputs = [name]
        outputs.set(layer.name, name)
        return { node, part, shape: layer.outputShape }
      }),
    )
  })
}

function fateOf(layer: ModelLayer, words: KerasWords): LayerFate {
  const { name, className } = layer
  const parts = words.partsOf(layer)
  const remarks = parts.flatMap(({ remark }) => remark ?? [])
  if (parts.some(({ suffix }) => suffix === '.activation'))
    remarks.push('its activation is a layer of its own in Keras')
  const became = parts.map(part => writeLayer(part.layer, words)[0]).join(' + ')
  return { name, className, became, remark: remarks.join('; ') }
}

/** Why a program does not have a layer; `null`: it has. */
export function refusalOf(layer: ModelLayer, words: KerasWords): string | null {
  try {
    for (const part of words.partsOf(layer)) writeLayer(part.layer, words)
    return null
  } catch (error) {
    if (error instanceof HeddleError) return error.message
    throw error
  }
}

interface Sources extends Pick<ModelFile, 'weights'> {
  readonly part: Part
  readonly words: KerasWords
}

function arraysOf(layer: ModelLayer | undefined, { part, weights, words }: Sources): Map<string, H5Numbers> {
  if (part.weights) {
    const own = Object.entries(part.weights)
    return new Map(own.map(([name, values]) => [name, { shape: [values.length], values }]))
  }
  return new Map(
    layer?.parameters.map(parameter => [
      spelled(part.layer, parameter.name, words),
      {
        shape: kerasShape(parameter),
        values: toKeras(parameter, weights.get(`${layer.name}/${parameter.name}`)!),
      },
    ]),
  )
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name
  while (taken.has(free)) free += '_'
  return free
}
